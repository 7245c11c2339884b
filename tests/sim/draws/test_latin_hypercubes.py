"""Latin hypercubes of many inputs: the inputs are independent of each other, whatever the seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from distributions.sampling.jit import REPLICATES
from sim import Model, simulate

pytestmark = pytest.mark.slow

Array = NDArray[np.float64]

INPUTS, DRAWS, SEEDS = 50, 1000, 160
POINTS = -(-DRAWS // REPLICATES)
"""Of the first eight of the 16 hypercubes; the others have one less."""
FULL = DRAWS % REPLICATES


def _costs(values: Any) -> dict[str, Array]:
    total = np.sum(list(values.values()), axis=0)
    return {"a": total, "b": np.full_like(total, 27.0)}


MODEL = Model(
    {f"x{k}": {"uniform": {"min": 0.0, "max": 1.0}} for k in range(INPUTS)},
    ("a", "b"),
    _costs,
)


def _p_sum_above_27() -> float:
    """Of 50 uniforms (Irwin 1927, Hall 1927), exactly: as probable as a sum below 23."""
    terms = (Fraction((-1) ** k * math.comb(INPUTS, k) * (23 - k) ** INPUTS) for k in range(24))
    return float(sum(terms) / math.factorial(INPUTS))


@dataclass(frozen=True)
class _Seeds:
    """What came of each seed, and how often a point was taken to a stratum, (points, points)."""

    probability: Array
    sd: Array
    correlations: Array
    image: Array
    pair: Array


@pytest.fixture(scope="module")
def seeds() -> _Seeds:
    probability, sd, correlations = [], [], []
    image, pair = np.zeros((POINTS, POINTS)), np.zeros((POINTS, POINTS))
    upper = np.triu_indices(INPUTS, 1)
    for seed in range(SEEDS):
        run = simulate(MODEL, DRAWS, seed, "lhs", threads=1)
        probability.append(run.probability_cheaper("b", "a").estimate)
        sd.append(np.std(run.sample_costs[0]))
        u = run.sample_values
        correlations.append(np.asarray(np.corrcoef(u))[upper])
        padded = np.pad(u, ((0, 0), (0, POINTS * REPLICATES - DRAWS)))
        strata = (padded.reshape(INPUTS, POINTS, REPLICATES)[:, :, :FULL] * POINTS).astype(int)
        np.add.at(image, (np.arange(POINTS)[None, :, None], strata), 1.0)
        np.add.at(pair, (strata[:, 0], strata[:, 1]), 1.0)
    return _Seeds(np.array(probability), np.array(sd), np.array(correlations), image, pair)


def test_a_sum_of_many_inputs_has_its_spread_and_its_probability(seeds: _Seeds) -> None:
    truth = _p_sum_above_27()
    assert truth == pytest.approx(0.16409, abs=5e-6)
    for found, exact in ((seeds.probability, truth), (seeds.sd, math.sqrt(INPUTS / 12))):
        # five standard errors; the mean of a thousand draws' sd is lower than that of all by 1/4000 of it
        assert abs(found.mean() - exact) < 5.0 * found.std() / math.sqrt(SEEDS) + exact / 4000


def test_inputs_are_not_correlated_and_correlations_spread_as_those_of_random_permutations(
    seeds: _Seeds,
) -> None:
    r = seeds.correlations
    # a hypercube's correlation has a variance of 1/(n - 1), the mean of the 16 of a sixteenth of that
    variance = 1.0 / (DRAWS - REPLICATES)
    assert abs(r.mean()) < 5.0 * math.sqrt(variance / r.size)
    # five standard errors of a variance, and what points within their strata add or take (1/n^2)
    assert np.mean(r**2) / variance == pytest.approx(1.0, abs=5.0 * math.sqrt(2.0 / r.size) + 1.0 / POINTS**2)


def test_each_point_is_taken_to_every_stratum_as_often_and_so_are_two(seeds: _Seeds) -> None:
    expected = SEEDS * INPUTS * FULL / POINTS
    freedom = (POINTS - 1) ** 2
    # Pearson's statistic over its degrees of freedom: five standard deviations
    assert np.sum((seeds.image - expected) ** 2) / expected / freedom < 1.0 + 5.0 * math.sqrt(2.0 / freedom)
    apart = seeds.pair[~np.eye(POINTS, dtype=bool)]
    assert np.trace(seeds.pair) == 0.0
    expected /= POINTS - 1
    freedom = apart.size - 1
    assert np.sum((apart - expected) ** 2) / expected / freedom < 1.0 + 5.0 * math.sqrt(2.0 / freedom)


@pytest.mark.parametrize("draws", [32, 48, 80, 500])
def test_few_points_are_permuted_evenly(draws: int) -> None:
    points = -(-draws // REPLICATES)
    full = draws % REPLICATES or REPLICATES
    pair = np.zeros((points, points))
    for seed in range(40):
        values = simulate(MODEL, draws, seed, "lhs", threads=1).sample_values
        padded = np.pad(values, ((0, 0), (0, points * REPLICATES - draws)))
        strata = (padded.reshape(INPUTS, points, REPLICATES)[:, :, :full] * points).astype(int)
        assert np.all(np.sort(strata, axis=1) == np.arange(points)[:, None])
        np.add.at(pair, (strata[:, 0], strata[:, -1]), 1.0)
    apart = pair[~np.eye(points, dtype=bool)]
    freedom = apart.size - 1
    # Pearson's statistic over its degrees of freedom: five standard deviations
    statistic = np.sum((apart - apart.mean()) ** 2) / apart.mean() / freedom
    assert statistic < 1.0 + 5.0 * math.sqrt(2.0 / freedom)
