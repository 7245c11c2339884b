"""Rank correlations as they are drawn, where values of an input have a probability of their own and draws tie."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from distributions import UserError, marginal
from distributions.dependence import Copula, correlation
from distributions.inputs import registry
from distributions.rank_matching import atoms, attained, limits, matched
from distributions.sampling.jit import REPLICATES
from sim import Model, Scenario, simulate
from sim.models.held_draws import Sample

Array = NDArray[np.float64]

KEYS = tuple(registry())

NORMAL = {"normal": {"mean": 0.0, "sd": 1.0}}
LOGNORMAL = {"lognormal": {"median": 3.0, "sigma": 0.8}}
FIVE = {"discrete": {"values": [1, 2, 2, 3, 3, 3, 7, 9.5], "weights": [1] * 8}}


def two(p: float) -> dict[str, Any]:
    """0, or with probability p 1."""
    return {"discrete": {"values": [0, 1], "weights": [1 - p, p]}}


def idle(p: float, distribution: Any = LOGNORMAL) -> dict[str, Any]:
    """0 with probability p."""
    return {"mixture": {"weights": [p, 1 - p], "parts": [0.0, distribution]}}


def copula(dependence: dict[tuple[str, str], float], **inputs: Any) -> Copula:
    return correlation(dependence.items(), {name: marginal(value) for name, value in inputs.items()})


def refused(dependence: dict[tuple[str, str], float], **inputs: Any) -> str:
    with pytest.raises(UserError) as raised:
        copula(dependence, **inputs)
    return str(raised.value)


def check_drawn(values: Array, one: int, other: int, rank: float) -> None:
    """Spearman's correlation of mid-ranks within each of the 16 replicates against the asked one."""
    draws = values[[one, other]].reshape(2, -1, REPLICATES)
    found = [stats.spearmanr(*draws[:, :, r]).statistic for r in range(REPLICATES)]
    # five standard errors, what cutting a continuous input into steps costs, and the bias of n draws
    error = 5.0 * np.std(found, ddof=1) / math.sqrt(REPLICATES) + 1e-4 + 1.0 / draws.shape[1]
    assert error < 0.05
    assert np.mean(found) == pytest.approx(rank, abs=error)


@pytest.mark.slow
@pytest.mark.parametrize("design", ["sobol", "lhs", "mc"])
@pytest.mark.parametrize(
    ("one", "other", "rank"),
    [
        (two(0.5), two(0.5), 0.5),
        (two(0.1), two(0.1), 0.7),
        (two(0.1), two(0.9), -0.7),
        (two(0.5), two(0.5), 0.97),
        (idle(0.7), idle(0.7, {"uniform": {"min": 1, "max": 2}}), 0.9),
        (idle(0.4), LOGNORMAL, -0.6),
        (two(0.3), NORMAL, 0.75),
        (FIVE, FIVE, -0.8),
        (FIVE, idle(0.2), 0.3),
        ({**idle(0.4, NORMAL), "min": -0.5, "max": 2.0}, two(0.3), 0.6),
    ],
)
def test_what_is_drawn_has_the_correlation_that_is_asked_for(
    one: Any, other: Any, rank: float, design: str
) -> None:
    model = Model({"x": one, "y": other}, ("x",), lambda v: {"x": v["x"]}, ((("x", "y"), rank),))
    run = simulate(model, 1 << 15, 3, design, keep=1 << 15, threads=1)
    check_drawn(run.sample_values, 0, 1, rank)


@pytest.mark.parametrize("rank", [-0.9, -0.3, 0.2, 0.5, 0.999])
def test_two_fair_coins_have_a_closed_form(rank: float) -> None:
    # P(both 1) = 1/4 + arcsin(r)/(2 π) (Sheppard 1899), so that ρ = 2 arcsin(r)/π
    found = copula({("x", "y"): rank}, x=two(0.5), y=two(0.5))
    # r is kept to nine decimals
    assert found.matrix[0, 1] == pytest.approx(math.sin(math.pi * rank / 2), abs=1e-9)


@pytest.mark.parametrize("r", [-0.95, -0.4, 0.3, 0.8, 0.99])
@pytest.mark.parametrize("p", [0.05, 0.5, 0.8])
def test_a_coin_and_a_continuous_input_against_a_bivariate_normal_probability(p: float, r: float) -> None:
    # 12 Cov(Φ(Z1), half of 1{Z2 > t}): Φ(Z1) is the probability that a third score lies below Z1
    third = stats.multivariate_normal.cdf([0.0, stats.norm.ppf(p)], cov=[[1, r / 2**0.5], [r / 2**0.5, 1]])
    exact = 12.0 * 0.5 * (third - p / 2) / math.sqrt(1 - p**3 - (1 - p) ** 3)
    one, other = (atoms(marginal(value).distribution) for value in (two(p), NORMAL))
    assert attained(r, one, other) == pytest.approx(exact, abs=1e-4)
    assert matched(exact, one, other) == pytest.approx(r, abs=1e-3)


def test_continuous_inputs_keep_the_closed_form_to_the_last_bit() -> None:
    many = {"discrete": {"values": list(range(500)), "weights": [1] * 500}}
    ranks = {("x", "y"): 0.37, ("y", "z"): -0.61, ("x", "z"): 1e-3, ("z", "w"): 0.2}
    found = copula(ranks, x=NORMAL, y=LOGNORMAL, z={"uniform": {"min": 0, "max": 1}}, w=many)
    for (one, other), rank in ranks.items():
        i, j = found.members.index(one), found.members.index(other)
        assert found.matrix[i, j] == 2 * np.sin(np.pi * rank / 6)


def test_several_inputs_have_all_their_correlations() -> None:
    inputs = {"a": two(0.4), "b": idle(0.3), "c": NORMAL, "d": FIVE, "e": LOGNORMAL}
    ranks = {("a", "b"): 0.5, ("a", "c"): -0.4, ("b", "c"): -0.3, ("c", "d"): 0.6, ("d", "e"): 0.2}
    model = Model(inputs, ("a",), lambda v: {"a": v["a"]}, tuple(ranks.items()))
    values = simulate(model, 1 << 15, 8, keep=1 << 15, threads=1).sample_values
    names = list(inputs)
    for i, one in enumerate(names):
        for j in range(i + 1, len(names)):
            check_drawn(values, i, j, ranks.get((one, names[j]), 0.0))


def test_a_correlation_that_ties_forbid_is_refused_with_the_largest() -> None:
    message = refused({("x", "y"): 0.5}, x=two(0.1), y=two(0.9))
    for part in ("dependence.0.rank_correlation", "found 0.5", "x and y have", "from -1 to 0.111"):
        assert part in message
    # a fair coin follows a continuous input as far as √3/2
    message = refused({("x", "y"): -1}, x=NORMAL, y=two(0.5))
    for part in ("found -1", "y has", "from -0.866 to 0.866"):
        assert part in message
    assert copula({("x", "y"): -0.866}, x=NORMAL, y=two(0.5)).matrix[0, 1] < -0.999


@pytest.mark.parametrize("value", [two(0.5), two(0.1), FIVE, idle(0.7)])
def test_inputs_of_one_distribution_can_be_tied_completely(value: Any) -> None:
    assert copula({("x", "y"): 1}, x=value, y=value).matrix[0, 1] == 1.0


@pytest.mark.parametrize(
    ("one", "other"), [(two(0.2), two(0.6)), (idle(0.7), NORMAL), (FIVE, idle(0.3)), (two(0.5), two(0.5))]
)
def test_correlations_rise_from_the_least_to_the_largest(one: Any, other: Any) -> None:
    a, b = (atoms(marginal(value).distribution) for value in (one, other))
    least, most = limits(a, b)
    found = [attained(r, a, b) for r in (-1.0, -0.999, -0.7, -0.2, 0.0, 0.2, 0.7, 0.999, 1.0)]
    # near the ends all that can go together does, and rounding is left
    assert np.all(np.diff(found) > -1e-12)
    assert found[1] < found[2] < found[3] < found[4] < found[5] < found[6] < found[7]
    assert (found[0], found[-1]) == (least, most)
    assert found[4] == pytest.approx(0.0, abs=1e-12)


def test_a_matrix_that_no_copula_has_is_refused_with_one_that_some_has() -> None:
    ranks = {("a", "b"): 0.8, ("b", "c"): 0.8, ("a", "c"): -0.1}
    inputs = {"a": two(0.5), "b": two(0.4), "c": idle(0.3)}
    message = refused(ranks, **inputs)
    assert "a, b, c" in message
    nearest = message.split("nearest feasible: ")[1].rstrip("?)").split("; ")
    offered = {(part.split()[0], part.split()[2]): float(part.split()[3]) for part in nearest}
    assert set(offered) <= set(ranks)
    assert copula({**ranks, **offered}, **inputs).members == ("a", "b", "c")


def test_draws_given_a_tied_value_are_those_of_a_run() -> None:
    inputs = {name: marginal(value) for name, value in (("x", two(0.4)), ("y", idle(0.5)), ("z", two(0.2)))}
    ranks = {("x", "y"): 0.6, ("x", "z"): -0.3}
    tied = correlation(ranks.items(), inputs)
    model = Model(inputs, ("x",), lambda v: {"x": v["x"]}, tuple(ranks.items()))
    x, y, z = simulate(model, 1 << 16, 1, keep=1 << 16, threads=1).sample_values
    sample = Sample(inputs, tied, ["x"], 1 << 14, 2)
    for value in (0.0, 1.0):
        given = sample.values(0, {"x": value})
        for name, of_run in (("y", y > 0), ("z", z > 0)):
            share = of_run[x == value].mean()
            # five standard errors of independent draws, at least as many as these
            error = 5.0 * math.sqrt(share * (1 - share) * (2.0**-14 + 1.0 / np.sum(x == value)))
            assert np.mean(given[name] > 0) == pytest.approx(share, abs=error)


@pytest.mark.slow
def test_a_scenario_draws_what_it_prints() -> None:
    keys = ["tune.hosting_monthly", "rag.vector_db_monthly"]
    scenario = Scenario.from_dict(
        {
            "inputs": {
                "tune": {"hosting_monthly": idle(0.7)},
                "rag": {"vector_db_monthly": idle(0.7, {"uniform": {"min": 50.0, "max": 400.0}})},
            },
            "dependence": [{"inputs": keys, "rank_correlation": 0.9}],
        }
    )
    values = simulate(scenario, 1 << 14, 1).sample_values
    check_drawn(values, KEYS.index(keys[0]), KEYS.index(keys[1]), 0.9)
    with pytest.raises(UserError, match=r"dependence\.0\.rank_correlation: found -0\.9, stronger than"):
        Scenario.from_dict(
            {
                "inputs": {"tune": {"hosting_monthly": idle(0.7)}, "rag": {"vector_db_monthly": idle(0.7)}},
                "dependence": [{"inputs": keys, "rank_correlation": -0.9}],
            }
        )
