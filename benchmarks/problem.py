"""The reference scenario, and the plain numbers of it that peers compute with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.peers.problem import STRATEGIES, Distribution, Problem
from sim import STRATEGIES as OURS
from sim import Scenario

FILE = Path(__file__).with_name("reference.toml")


def reference(*, copula: bool) -> Scenario:
    """The reference scenario, with its dependence or without."""
    scenario = Scenario.load(FILE)
    return scenario if copula else replace(scenario, dependence=())


def _distribution(marginal: Any) -> Distribution:
    """Family and parameters, from the form that the scenario gives."""
    ((form, p),) = ((name, p) for name, p in marginal.spec.items() if isinstance(p, dict))
    if form == "pert":
        up, down = p["mode"] - p["min"], p["max"] - p["mode"]
        width = up + down
        return "beta", (1 + 4 * up / width, 1 + 4 * down / width, p["min"], width)
    if form == "beta":
        k = p["mean"] * (1 - p["mean"]) / p["sd"] ** 2 - 1
        return "beta", (p["mean"] * k, (1 - p["mean"]) * k, 0.0, 1.0)
    if form == "gamma":
        return "gamma", ((p["mean"] / p["sd"]) ** 2, p["sd"] ** 2 / p["mean"])
    if form == "normal":
        return "normal", (p["mean"], p["sd"])
    if form == "uniform":
        return "uniform", (p["min"], p["max"])
    if form == "triangular":
        return "triangular", (p["min"], p["mode"], p["max"])
    if form == "discrete":
        return "discrete", (*p["values"], *p["weights"])
    if form == "lognormal":
        return "lognormal", tuple(marginal.distribution.fast.parameters)
    raise ValueError(f"the peers have no {form}")


def plain(scenario: Scenario) -> Problem:
    """A scenario of the forms that the reference uses, as numbers."""
    if OURS != STRATEGIES:
        raise RuntimeError("the peers know other strategies")
    copula = scenario.copula
    return Problem(
        scenario.horizon,
        scenario.discount_rate,
        scenario.compare,
        {key: distribution.value for key, distribution in scenario.inputs.items() if distribution.certain},
        {
            key: _distribution(distribution)
            for key, distribution in scenario.inputs.items()
            if not distribution.certain
        },
        copula.members if copula is not None else (),
        tuple(map(tuple, copula.cholesky.tolist())) if copula is not None else (),
    )
