"""What is wrong with a quote's file is said at once, each fault with its line, its key and what is allowed."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from distributions.errors import UserError
from sim import Scenario
from sim.quotes.costs import offers
from sim.quotes.quote import Quote

GOOD = """\
[quote]
vendor = "Acme"
strategy = "tuned_hosted"
term_months = 12
[quote.fixes]
"price.small_input" = 0.3
[[quote.fee]]
name = "platform"
per = "month"
amount = 4000
[[quote.fee]]
name = "usage"
per = "query"
tiers = [ { up_to = 1_000_000, price = 0.002 }, { price = 0.0012 } ]
[quote.commitment]
minimum_monthly = 10_000
[quote.escalator]
annual = { uniform = { min = 0.0, max = 0.07 } }
"""


def load(tmp_path: Path, text: str) -> Quote:
    path = tmp_path / "quote.toml"
    path.write_text(text)
    return Quote.load(path)


def faults(tmp_path: Path, text: str) -> str:
    with pytest.raises(UserError) as error:
        load(tmp_path, text)
    return str(error.value)


def test_a_good_quote_is_read(tmp_path: Path) -> None:
    quote = load(tmp_path, GOOD)
    assert (quote.vendor, quote.strategy, quote.term) == ("Acme", "tuned_hosted", 12)
    assert list(quote.prices) == ["fee.platform", "fee.usage.tier_1", "fee.usage.tier_2"]
    assert quote.pins["price.small_input"].value == 0.3
    assert quote.terms["escalator.annual"].support() == (0.0, 0.07)
    assert quote.at_list


WRONG: list[tuple[str, str, int, tuple[str, ...]]] = [
    ('"tuned_hosted"', '"tuned_hosed"', 3, ("quote.strategy", "did you mean 'tuned_hosted'", "prompt, rag")),
    ('per = "query"', 'per = "year"', 13, ("fee[1].per", "found 'year'", "once, month, query")),
    ('per = "query"', 'per = "gpu_hour"', 13, ("rents no GPUs", "tuned_self_hosted")),
    ("amount = 4000", "amount = -1", 10, ("fee[0].amount", "≥ 0")),
    ("amount = 4000", "amount = 4000\ntiers = []", 7, ("has both amount and tiers",)),
    ("amount = 4000", "", 7, ("has neither amount nor tiers",)),
    ("amount = 4000", "amuont = 4000", 10, ("unknown key", "did you mean 'amount'")),
    ("price = 0.0012", "price = -0.0012", 14, ("tiers[1].price", "≥ 0")),
    ("{ price = 0.0012 }", "{ up_to = 2e6, price = 0.0012 }", 14, ("2000000.0 in the last tier", "without up_to")),
    ("up_to = 1_000_000, ", "", 14, ("tiers[0].up_to", "missing")),
    (
        "{ price = 0.0012 }",
        "{ up_to = 500_000, price = 0.001 }, { price = 0.0012 }",
        14,
        ("the tier before ends at 1e+06", "rising order"),
    ),
    ("term_months = 12", "term_months = 0", 4, ("quote.term_months", "from 1 to 120")),
    ("term_months = 12", "term_months = 12.0", 4, ("write 12",)),
    ("term_months = 12", 'valid_until = "next year"', 4, ("valid_until", "2026-11-01")),
    ('"price.small_input" = 0.3', '"price.small_imput" = 0.3', 6, ("unknown input", "did you mean")),
    (
        '"price.small_input" = 0.3',
        '"price.small_input" = { uniform = { min = 1, max = 2 }, unit = "USD/month" }',
        6,
        ("price.small_input", "USD/M tokens"),
    ),
    ('name = "usage"', 'name = "platform"', 12, ("names two fees",)),
    ("minimum_monthly = 10_000", "minimum = 10_000", 16, ("did you mean 'minimum_monthly'",)),
    ("minimum_monthly = 10_000", "minimum_monthly = -5", 16, ("commitment.minimum_monthly", "≥ 0")),
    ("annual = {", "anual = {", 18, ("did you mean 'annual'",)),
    ("[quote.commitment]", "[quote.comitment]", 15, ("did you mean 'commitment'",)),
    ('vendor = "Acme"', "vendor = 3", 2, ("quote.vendor", "a text")),
    ('vendor = "Acme"', 'vendor = "Acme"\nreplaces = ["input tokenz"]', 3, ("did you mean 'input tokens'",)),
    ('vendor = "Acme"', 'vendor = "Acme"\ncurrency = "EUR"', 1, ("exchange_rate", "missing, for a quote in EUR")),
    ("[quote.escalator]", "[escalator]", 17, ("did you mean [quote.escalator]?",)),
]  # fmt: skip
"""What is changed in a good quote, the line of the fault and words of it."""


@pytest.mark.parametrize(("old", "new", "line", "said"), WRONG)
def test_a_fault_is_named(tmp_path: Path, old: str, new: str, line: int, said: tuple[str, ...]) -> None:
    assert old in GOOD
    message = faults(tmp_path, GOOD.replace(old, new, 1))
    assert f"quote.toml:{line}:" in message
    for words in said:
        assert words in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("amount = 4000", "amount = 4000\nincluded = {{ a = [{}] }}"),
        ("{{ price = 0.0012 }}", "{{ up_to = [{}], price = 0.0012 }}"),
        ("up_to = 1_000_000", "up_to = [{}]"),
    ],
)
def test_what_is_found_is_not_printed_at_length(tmp_path: Path, old: str, new: str) -> None:
    found = GOOD.replace(old.format(), new.format(", ".join(["1234567890"] * 1000)), 1)
    assert found != GOOD
    message = faults(tmp_path, found)
    assert "found a" in message
    assert len(message) < 500


def test_all_faults_at_once(tmp_path: Path) -> None:
    broken = (
        GOOD.replace('"tuned_hosted"', '"x"')
        .replace("4000", "-1")
        .replace("term_months = 12", "term_months = 0")
    )
    assert len(faults(tmp_path, broken).splitlines()) == 3


def test_a_scenario_is_no_quote_and_a_quote_no_scenario(tmp_path: Path) -> None:
    assert "this is a scenario, not a vendor's quote" in faults(tmp_path, '[study]\ntitle = "t"\n')
    path = tmp_path / "q.toml"
    path.write_text(GOOD)
    with pytest.raises(UserError, match="a vendor's quote, not a scenario"):
        Scenario.load(path)


def test_a_minimum_needs_usage(tmp_path: Path) -> None:
    text = '[quote]\nvendor = "A"\nstrategy = "rag"\n[quote.commitment]\nminimum_monthly = 5\n'
    assert "no usage fee that would count towards it" in faults(tmp_path, text)


def test_two_quotes_of_one_name(tmp_path: Path) -> None:
    subject = Scenario.from_dict({"study": {"title": "t"}})
    one = load(tmp_path, GOOD)
    with pytest.raises(UserError, match="'Acme' is the name of the quote in"):
        offers(subject, [one, one])
    with pytest.raises(UserError, match="is the name of a strategy"):
        offers(subject, [load(tmp_path, GOOD.replace('"Acme"', '"rag"'))])


def test_a_lapsed_quote_is_read(tmp_path: Path) -> None:
    quote = load(tmp_path, GOOD.replace("term_months = 12", "valid_until = 2026-01-31"))
    assert quote.lapsed(datetime.date(2026, 2, 1))
    assert not quote.lapsed(datetime.date(2026, 1, 31))


def test_pins_may_be_tables_within_tables(tmp_path: Path) -> None:
    quote = load(tmp_path, GOOD.replace('"price.small_input" = 0.3', "price.small_input = 0.4"))
    assert quote.pins["price.small_input"].value == 0.4
