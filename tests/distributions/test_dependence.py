"""Rank correlations: the copula against closed answers, and every matrix or pair that has to be refused."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from distributions import Marginal, UserError, marginal
from distributions.dependence import Copula, correlation, least_eigenvalue, nearest_feasible, normal_scores
from tests.examples import share

INPUTS = {
    "a": marginal({"lognormal": {"median": 1, "sigma": 0.5}}),
    "b": marginal({"lognormal": {"median": 1, "sigma": 0.3}}),
    "c": marginal({"normal": {"mean": 0, "sd": 1}}),
    "d": marginal({"uniform": {"min": 0, "max": 1}}),
    "e": marginal({"uniform": {"min": 0, "max": 1}}),
    "fixed": marginal(3),
}
IMPOSSIBLE = np.array([[1.0, 0.9, 0.9], [0.9, 1.0, -0.9], [0.9, -0.9, 1.0]])
RANK_ONLY = np.array([[1.0, -0.5, -0.5], [-0.5, 1.0, -0.5], [-0.5, -0.5, 1.0]])


def pairs_of(matrix: Any) -> list[tuple[tuple[str, str], float]]:
    names = list(INPUTS)
    n = len(matrix)
    return [((names[i], names[j]), float(matrix[i][j])) for i in range(n) for j in range(i + 1, n)]


def refused(pairs: Any, inputs: dict[str, Marginal] = INPUTS) -> str:
    with pytest.raises(UserError) as raised:
        correlation(pairs, inputs)
    return str(raised.value)


@pytest.mark.parametrize(
    ("rank", "pearson", "kendall", "product"),
    [
        (0.5, 0.517638090205, 0.346377246624, 1.28100600869),
        (-0.8, -0.813473286152, -0.604852026628, 1.0491486304),
    ],
)
def test_known_answers(rank: float, pearson: float, kendall: float, product: float) -> None:
    copula = correlation([(("a", "b"), rank)], INPUTS)
    assert copula.members == ("a", "b")
    assert copula.matrix[0, 1] == pytest.approx(pearson, abs=1e-11)
    assert 2 / math.pi * math.asin(copula.matrix[0, 1]) == pytest.approx(kendall, abs=1e-11)
    n = 200_000
    z = np.random.default_rng(5).standard_normal((n, 2)) @ copula.cholesky.T
    x = [INPUTS[name].ppf(stats.norm.cdf(z[:, i])) for i, name in enumerate(copula.members)]
    # Five standard errors of 200,000 draws (0.0037 at a million).
    assert stats.spearmanr(*x).statistic == pytest.approx(rank, abs=0.0037 * math.sqrt(5))
    standard_error = float(np.std(x[0] * x[1])) / math.sqrt(n)
    assert float(np.mean(x[0] * x[1])) == pytest.approx(product, abs=5 * standard_error)


def test_least_eigenvalues() -> None:
    assert least_eigenvalue(IMPOSSIBLE) == pytest.approx(-0.8, abs=1e-9)
    assert least_eigenvalue(normal_scores(IMPOSSIBLE)) == pytest.approx(-0.815961998958, abs=1e-9)
    assert least_eigenvalue(RANK_ONLY) == pytest.approx(0, abs=1e-9)
    assert least_eigenvalue(normal_scores(RANK_ONLY)) == pytest.approx(-0.0352761804101, abs=1e-9)


@pytest.mark.parametrize(
    ("matrix", "parts"),
    [
        (IMPOSSIBLE, ["a, b, c", "-0.815962", "-0.8 before", "a with b", "b with c", "(given: -0.9)"]),
        (RANK_ONLY, ["a, b, c", "-0.0352762", "nearest feasible", "a with b -0.482 (given: -0.5)"]),
    ],
)
def test_a_matrix_that_no_copula_has(matrix: Any, parts: list[str]) -> None:
    message = refused(pairs_of(matrix))
    for part in parts:
        assert part in message
    nearest = nearest_feasible(matrix)
    copula = correlation(pairs_of(nearest), INPUTS)
    assert copula.matrix == pytest.approx(normal_scores(nearest))


def test_only_those_who_clash_are_named() -> None:
    message = refused([*pairs_of(IMPOSSIBLE), (("d", "e"), 0.3)])
    assert "like this: a, b, c;" in message
    assert "d with e" not in message


def test_a_pair_left_out_is_independent_and_may_be_what_is_wrong() -> None:
    message = refused([(("a", "b"), 0.9), (("b", "c"), 0.9)])
    assert re.search(r"a with c 0\.\d+ \(not given\)", message)
    assert "(given: 0)" not in message
    assert "(given: 0)" in refused([(("a", "b"), 0.9), (("b", "c"), 0.9), (("a", "c"), 0)])


@pytest.mark.slow
@share(0.2)
@given(some.lists(some.floats(-1, 1), min_size=6, max_size=6))
def test_the_nearest_feasible_is_feasible(values: list[float]) -> None:
    rank = np.eye(4)
    rank[np.triu_indices(4, 1)] = values
    rank = np.triu(rank) + np.triu(rank, 1).T
    nearest = nearest_feasible(rank)
    copula = correlation(pairs_of(nearest), INPUTS)
    size = len(copula.members)
    assert copula.cholesky @ copula.cholesky.T == pytest.approx(copula.matrix, abs=1e-8)
    assert np.all(np.triu(copula.cholesky, 1) == 0)
    assert np.diag(copula.matrix) == pytest.approx(np.ones(size))


def test_members_come_in_the_order_of_the_inputs_and_in_groups() -> None:
    copula = correlation([(("e", "c"), 0.2), (("b", "a"), 0.4)], INPUTS)
    assert copula.members == ("a", "b", "c", "e")
    assert copula.components == (("a", "b"), ("c", "e"))
    assert copula.matrix[2, 3] == pytest.approx(2 * math.sin(math.pi * 0.2 / 6))


@pytest.mark.parametrize("sign", [1, -1])
def test_plus_and_minus_one_tie_inputs_together(sign: int) -> None:
    copula = correlation([(("a", "b"), sign), (("c", "d"), 0.5)], INPUTS)
    z = np.random.default_rng(0).standard_normal((10, 4)) @ copula.cholesky.T
    assert np.array_equal(z[:, 1], sign * z[:, 0])


def test_no_pairs_no_members() -> None:
    copula = correlation([], INPUTS)
    assert isinstance(copula, Copula)
    assert copula.members == ()
    assert copula.cholesky.shape == (0, 0)


@pytest.mark.parametrize(
    ("names", "value", "parts"),
    [
        (("a", "b"), 1.1, ["rank_correlation", "1.1", "-1 to 1"]),
        (("a", "b"), math.nan, ["nan", "-1 to 1"]),
        (("a", "b"), "0.5", ["'0.5'", "-1 to 1"]),
        (("a", "b"), True, ["True", "-1 to 1"]),
        (("a",), 0.5, ["found 1 inputs", "two different inputs"]),
        (("a", "b", "c"), 0.5, ["found 3 inputs", "two different inputs"]),
        (("a", "a"), 0.5, ["a is named twice"]),
        (("a", "fixde"), 0.5, ["unknown input 'fixde'", "did you mean 'fixed'?"]),
        (("a", "fixed"), 0.5, ["fixed is a plain number", "no spread to correlate"]),
        ("ab", 0.5, ["two different inputs"]),
        ((1, 2), 0.5, ["two different inputs"]),
    ],
)
def test_pairs_that_are_refused(names: Any, value: Any, parts: list[str]) -> None:
    message = refused([(names, value)])
    assert "dependence.0" in message
    for part in parts:
        assert part in message


@pytest.mark.parametrize("again", [(("a", "b"), 0.5), (("b", "a"), 0.5), (("b", "a"), 0.1)])
def test_the_same_pair_twice(again: Any) -> None:
    assert "correlated already" in refused([(("a", "b"), 0.5), again])


def test_all_faults_at_once() -> None:
    message = refused([(("a", "x"), 0.5), (("a", "b"), 2), (("c", "c"), 0)])
    assert len(message.splitlines()) == 3
