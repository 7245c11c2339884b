"""Published figures as data (`claims.toml`), and the small calculations that give them again.

`arithmetic` parses a calculation, `claims` reads a file of claims, `derivation` works one out. May import `sim`
and `distributions`; gives no verdicts, which is the business of `studies.audit`.
"""
