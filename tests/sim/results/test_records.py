"""Records of a run's numbers: as they are stored and read again, as labelled arrays, and months that may never come."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from distributions.errors import UserError
from sim import BreakEven, Model, Summary, simulate

MODEL = Model(
    {"x": {"lognormal": {"median": 1.0, "sigma": 0.5}}},
    ("a", "b"),
    lambda v: {"a": v["x"], "b": 2.0 - v["x"]},
)
THREE = simulate(
    Model({"x": {"uniform": {"min": 0, "max": 1}}}, ("a", "b", "c"), lambda v: dict.fromkeys("abc", v["x"])),
    256,
)
RUN = simulate(MODEL, 256, 1)
"""So few draws that the outermost quantiles have no intervals."""


def test_a_summary_that_was_stored_is_read_as_it_was() -> None:
    found = RUN.measure("cost", "a")
    stored = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    again = Summary.of(stored)
    assert again.to_dict() == found.to_dict()
    assert stored["quantiles_ci95"]["0.01"][0] is None
    assert np.isnan(again.quantiles_ci95[0, 0])
    assert again.quantile(0.5) == found.quantile(0.5) == stored["quantiles"]["0.5"]
    assert [again.value, *again.ci95] == [stored["mean"], *stored["ci95"]]
    older = Summary.of({name: stored[name] for name in ("mean", "quantiles")})
    assert (older.value, older.quantile(0.95)) == (found.value, found.quantile(0.95))
    assert all(math.isnan(number) for number in (older.mcse, older.cvar95, *older.ci95))


def test_means_quantiles_and_arrays_are_those_of_the_summary() -> None:
    found, data = RUN.difference("b", "a"), RUN.difference("b", "a").to_dataset("ba")
    mean = RUN.mean_difference("b", "a")
    assert (mean.value, mean.ci95, mean.mcse, mean.sd) == (found.value, found.ci95, found.mcse, found.sd)
    assert float(data["ba_mean"]) == found.value
    np.testing.assert_array_equal(data["ba_quantile_ci"].sel(quantile=0.5), found.quantiles_ci95[4])
    np.testing.assert_array_equal(RUN.quantiles("cost", "a"), RUN.measure("cost", "a").quantiles)
    np.testing.assert_array_equal(RUN.difference_quantiles([0.5]), RUN.difference(levels=[0.5]).quantiles)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: RUN.mean("cost", "c"), "c: is not in this run; allowed: a, b"),
        (lambda: RUN.probability_cheapest("c"), "c: is not in this run"),
        (lambda: RUN.measure("total", "a"), "measure: found 'total'; allowed: cost, cost_per_query, regret"),
        (lambda: RUN.quantiles("cost", "a", [0.5, 2]), "levels: found 2; allowed: from 0 to 1"),
        (lambda: RUN.difference(levels=[-1]), "levels: found -1"),
        (lambda: RUN.difference_quantiles(math.nan), "levels: found nan"),
        (lambda: simulate("bot.toml"), "subject: found 'bot.toml'; allowed: a Scenario or a Model"),  # type: ignore[arg-type]
        (lambda: simulate(MODEL, True), "found True; allowed: a whole number"),
        (lambda: simulate(MODEL, 64, keep="x"), "--keep-draws: found 'x'"),  # type: ignore[arg-type]
        (lambda: simulate(MODEL, 64, threads="2"), "--threads: found '2'"),  # type: ignore[arg-type]
        (lambda: simulate(MODEL, 64, tolerance="0.01", max_seconds="x"), "--max-seconds: found 'x'"),  # type: ignore[arg-type]
        (lambda: simulate(MODEL, 64, eligible="ab"), "eligible: found 'ab'; allowed: a list of strategies"),
        (lambda: simulate(MODEL, 64, eligible=["a", "c"]), "eligible: found 'c'; allowed: a, b"),
        (
            lambda: THREE.difference("a", "c"),
            "difference: that of a and c was not measured; allowed: a and b",
        ),
        (lambda: THREE.mean_difference("c", "b"), "simulate(…, differences=[('b', 'c')])"),
        (
            lambda: simulate(MODEL, 64, differences=["ab"]),
            "differences: found 'ab'; allowed: a pair of two of a, b",
        ),
        (lambda: simulate(MODEL, 64, differences=[("a", "x")]), "differences: found ('a', 'x')"),
        (lambda: simulate(MODEL, 64, differences="ab"), "differences: found 'ab'; allowed: a list of pairs"),
        (lambda: simulate(MODEL, "100k"), "found '100k'; allowed: a whole number from 1"),  # type: ignore[arg-type]
    ],
)
def test_what_a_run_has_not_is_said(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(UserError) as raised:
        call()
    assert message in str(raised.value)


def test_a_number_of_draws_may_be_of_numpy() -> None:
    assert simulate(MODEL, np.int64(256), 1).mean("cost", "a") == RUN.mean("cost", "a")


def test_a_month_that_comes_in_too_few_draws_is_never() -> None:
    month = BreakEven("a", "b", by_month=np.array([0.0, 0.5, 0.1]), never=0.4)
    assert (month.median, month.probability) == (2, 0.6)
    assert month.quantiles((0.55, 0.6, 0.61)) == [3, 3, None]
    assert month.quantiles((0.5, 0.99), if_reached=True) == [2, 3]
    assert month.to_dict()["probability_by_month"] == [0.0, 0.5, 0.6]
    barely = BreakEven("a", "b", by_month=np.array([0.0, 0.0]), never=1.0)
    assert (barely.median, barely.to_dict()["quantiles_if_reached"]) == (None, None)


def test_a_difference_that_is_asked_for_is_that_of_a_run_of_its_pair() -> None:
    """Measured beside others, to the last bit; who is cheaper is counted of every pair, measured or not."""
    costs = {"a": lambda x: x, "b": lambda x: 2.0 - x, "c": lambda x: x**2}

    def model(*names: str) -> Model:
        return Model(MODEL.marginals, names, lambda v: {name: costs[name](v["x"]) for name in names})

    run = simulate(model("a", "b", "c"), 4096, 1, differences=[("c", "a")])
    assert run.measured == (("a", "b"), ("a", "c"))
    for pair in run.measured:
        alone = simulate(model(*pair), 4096, 1)
        assert run.difference(*pair).to_dict() == alone.difference().to_dict()
    alone = simulate(model("b", "c"), 4096, 1)
    assert run.probability_cheaper("b", "c") == alone.probability_cheaper("b", "c")
