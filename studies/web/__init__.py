"""The calculator in the browser: inputs on sliders, the answer with its uncertainty redrawn at every move.

A page is a `state` (which scenario, what is compared, which inputs are edited) that fits into a link. `edit` turns it
into a scenario, `compute` simulates that on the server, `answers` reduces the run to what is shown, and `charts`,
`controls` and `words` say how. `guard` keeps out other sites' pages, and whoever lacks the `token`. NiceGUI carries it;
the optional dependencies `breakeven[web]` bring it.
"""
