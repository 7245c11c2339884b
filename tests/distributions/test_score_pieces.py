"""Values read off pieces in the normal score are those of the distribution."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from distributions import marginal
from distributions.inputs import registry
from distributions.sampling import inverse, recipes, score_pieces
from distributions.sampling.jit import BLOCK

Array = NDArray[np.float64]


@functools.cache
def _pieced(key: str) -> Any:
    """The distribution of an input's default, or None where it is not drawn by pieces."""
    item = registry()[key]
    distribution = marginal(item.default, key=key, unit=item.unit, support=item.support)
    return None if distribution.certain or distribution.recipe.linked.pieces is None else distribution


def _followed(recipe: inverse.Recipe, z: Array) -> Array:
    values = z.copy()
    at, place = np.empty(BLOCK, dtype=np.int64), np.empty(BLOCK)
    for start in range(0, z.size, BLOCK):
        assert score_pieces.follow_scores(values[start : start + BLOCK], recipe.linked.pieces, at, place)
    return values


def test_most_inputs_that_are_linked_are_drawn_by_pieces() -> None:
    assert sum(_pieced(key) is not None for key in registry()) > 40


@pytest.mark.parametrize("key", registry())
def test_a_value_by_pieces_is_the_distributions_within_its_tolerance(key: str) -> None:
    distribution = _pieced(key)
    if distribution is None:
        return
    z = np.linspace(-score_pieces.FARTHEST, score_pieces.FARTHEST - 1e-9, 16 * BLOCK)
    x = _followed(distribution.recipe, z)
    off = np.where(
        z < 0.0,
        np.abs(distribution.cdf(x) - stats.norm.cdf(z)),
        np.abs(distribution.sf(x) - stats.norm.sf(z)),
    )
    assert off.max() <= distribution.recipe.linked.error <= recipes.TOLERANCE


def test_too_far_out_nothing_is_done() -> None:
    found = marginal({"lognormal": {"median": 2.0, "sigma": 1.0}}).recipe
    at, place = np.empty(BLOCK, dtype=np.int64), np.empty(BLOCK)
    for odd in (5.0, -5.0 - 1e-12, 9.0, -40.0):
        row = np.full(BLOCK, 0.25)
        row[77] = odd
        before = row.copy()
        assert not score_pieces.follow_scores(row, found.linked.pieces, at, place)
        np.testing.assert_array_equal(row, before)


@pytest.mark.parametrize(
    "spec",
    [{"normal": {"mean": 0.0, "sd": 1.0}}, {"discrete": {"values": [1, 2], "weights": [0.5, 0.5]}}],
    ids=str,
)
def test_what_is_cheap_or_jumps_has_no_pieces(spec: dict[str, Any]) -> None:
    assert marginal(spec).recipe.linked.pieces is None


@pytest.mark.parametrize("design", ["mc", "sobol"])
@pytest.mark.parametrize(
    "spec",
    [
        {"lognormal": {"median": 1.0, "sigma": 1.1}},
        {"uniform": {"min": 3.0, "max": 4.0}},
        {"triangular": {"min": 0.0, "mode": 1.0, "max": 5.0}},
        {"beta": {"mean": 0.7, "sd": 0.1}},
        {"discrete": {"values": [1, 2, 5], "weights": [0.2, 0.3, 0.5]}},
    ],
    ids=str,
)
def test_a_linked_input_has_the_draws_it_has_alone(spec: dict[str, Any], design: str) -> None:
    """With nothing to be mixed with, a value through its score is the one straight from its uniform."""
    distribution = marginal(spec)
    alone = inverse.assemble([("x", distribution.recipe)], [0], design, 7, 1 << 20)
    linked = inverse.assemble(
        [("x", distribution.recipe)], [0], design, 7, 1 << 20, linked=["x"], mixing=np.eye(1)
    )
    one, other, scores = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    for block in range(2000):
        inverse.sample_block(alone, block, one, scores, inverse.spots())
        inverse.sample_block(linked, block, other, scores, inverse.spots())
        if "discrete" in spec:
            np.testing.assert_array_equal(one, other)
        else:
            # each is within 1e-8 of the distribution in u
            assert np.max(np.abs(distribution.cdf(one) - distribution.cdf(other))) <= 2.0 * recipes.TOLERANCE
