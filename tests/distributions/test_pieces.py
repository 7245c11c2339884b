"""Values read off quintic pieces are those of the distribution, of the recipe, and of no other half."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from distributions import marginal
from distributions.inputs import registry
from distributions.sampling import inverse, pieces, quintics, recipes
from distributions.sampling.jit import BLOCK
from distributions.sampling.streams import fill_uniform, refine, stream_key

Array = NDArray[np.float64]


@functools.cache
def _pieced(key: str) -> Any:
    """The distribution of an input's default, or None where it is not drawn by pieces."""
    item = registry()[key]
    distribution = marginal(item.default, key=key, unit=item.unit, support=item.support)
    return None if distribution.certain or distribution.recipe.pieces is None else distribution


def _uniforms(n: int, seed: int = 3) -> Array:
    """Dense in both tails, as far as the pieces reach, and in between."""
    rng = np.random.default_rng(seed)
    edge = 2.0 ** rng.uniform(-pieces.OCTAVES - 1, -1, n // 2)
    u = np.concatenate([edge, 1.0 - edge, rng.uniform(1e-5, 1 - 1e-5, n // 2)])
    inside = (u > 2.0 ** (-pieces.OCTAVES - 1)) & (1.0 - u > 2.0 ** (-pieces.OCTAVES - 1)) & (u != 0.5)
    found: Array = u[inside]
    return found[: found.size // BLOCK * BLOCK]


def _followed(recipe: inverse.Recipe, u: Array) -> Array:
    values = u.copy()
    at, place = np.empty(BLOCK, dtype=np.int64), np.empty(BLOCK)
    for start in range(0, u.size, BLOCK):
        assert pieces.follow(values[start : start + BLOCK], recipe.pieces, at, place)
    return values


def test_most_inputs_are_drawn_by_pieces() -> None:
    assert sum(_pieced(key) is not None for key in registry()) > 40


@pytest.mark.parametrize("key", registry())
def test_a_value_by_pieces_is_the_distributions_within_its_tolerance(key: str) -> None:
    distribution = _pieced(key)
    if distribution is None:
        return
    u = _uniforms(4096)
    x = _followed(distribution.recipe, u)
    lower = u < 0.5
    off = np.where(lower, np.abs(distribution.cdf(x) - u), np.abs(distribution.sf(x) - (1.0 - u)))
    assert off.max() <= recipes.TOLERANCE
    # interpolation keeps to a fixed share of the distance from the end, so that tails are as exact as the middle;
    # the distribution's own recipe is held to an error in u alone
    exact = inverse.from_uniforms(distribution.recipe, u)
    assert np.max(np.abs(distribution.cdf(exact) - distribution.cdf(x)) / np.minimum(u, 1.0 - u)) < 2e-8
    assert distribution.recipe.error <= recipes.TOLERANCE
    assert distribution.recipe.method.endswith(", in pieces")


def test_beyond_the_last_octave_nothing_is_done() -> None:
    found = recipes.recipe(marginal({"lognormal": {"median": 2.0, "sigma": 1.0}}))
    at, place = np.empty(BLOCK, dtype=np.int64), np.empty(BLOCK)
    for odd in (2.0**-22, 1.0 - 2.0**-22, 2.0**-53, 1.0 - 2.0**-53):
        row = np.full(BLOCK, 0.25)
        row[77] = odd
        before = row.copy()
        assert not pieces.follow(row, found.pieces, at, place)
        np.testing.assert_array_equal(row, before)


def test_at_the_middle_and_at_both_ends_of_the_pieces() -> None:
    found = recipes.recipe(marginal({"lognormal": {"median": 2.0, "sigma": 1.0}}))
    assert found.pieces is not None
    at, place, row = np.empty(BLOCK, dtype=np.int64), np.empty(BLOCK), np.full(BLOCK, 0.25)
    last = 2.0 ** (-pieces.OCTAVES - 1)
    given = [0.5, np.nextafter(0.5, 0.0), np.nextafter(0.5, 1.0), last, 1.0 - last - 2.0**-53]
    row[[0, 9, 18, 27, 36]] = given
    assert pieces.follow(row, found.pieces, at, place)
    np.testing.assert_allclose(
        row[[0, 9, 18, 27, 36]], np.exp(np.log(2.0) + stats.norm.ppf(given)), rtol=1e-8
    )


def test_a_block_with_a_draw_beyond_the_pieces_is_made_by_the_recipe() -> None:
    found = recipes.recipe(marginal({"normal": {"mean": 5.0, "sd": 2.0}}))
    plan = inverse.assemble([("x", found)], [0], "mc", 7, 1)
    u, values, scores = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    beyond = 0
    for block in range(6_600, 7_100):
        fill_uniform(u, block, stream_key(7, "x"))
        if np.minimum(u, 1.0 - u).min() < 2.0 ** (-pieces.OCTAVES - 1):
            beyond += 1
            refine(u, block, stream_key(7, "x"))
            inverse.sample_block(plan, block, values, scores, inverse.spots())
            np.testing.assert_array_equal(values, inverse.from_uniforms(found, u))
    # one draw in 2^20 lies there: these are blocks in which two do
    assert beyond == 2


@pytest.mark.parametrize(
    "spec",
    [
        {"triangular": {"min": 0, "mode": 1, "max": 5}},
        {"uniform": {"min": 0, "max": 1}},
        {"discrete": {"values": [1, 2], "weights": [0.5, 0.5]}},
    ],
    ids=str,
)
def test_what_is_cheap_or_jumps_has_no_pieces(spec: dict[str, Any]) -> None:
    assert marginal(spec).recipe.pieces is None


def test_a_distribution_that_bends_faster_than_a_piece_keeps_its_recipe() -> None:
    spec = {
        "mixture": {
            "weights": [0.5, 0.5],
            "parts": [{"normal": {"mean": 0, "sd": 1}}, {"normal": {"mean": 40, "sd": 0.01}}],
        }
    }
    found = marginal(spec).recipe
    assert found.pieces is None
    assert found.error <= recipes.TOLERANCE


def test_a_truncated_distribution_stays_within_its_ends() -> None:
    distribution = marginal({"normal": {"mean": 10.0, "sd": 4.0}, "min": 2.0, "max": 11.0})
    x = _followed(distribution.recipe, _uniforms(8192))
    assert 2.0 <= x.min() <= x.max() <= 11.0


def test_draws_by_pieces_follow_the_distribution() -> None:
    distribution = stats.lognorm(1.1)
    found = marginal({"lognormal": {"median": 1.0, "sigma": 1.1}}).recipe
    plan = inverse.assemble([("x", found)], [0], "mc", 11, 100_000)
    values, scores, drawn = np.empty(BLOCK), np.empty(BLOCK), []
    for block in range(400):
        inverse.sample_block(plan, block, values, scores, inverse.spots())
        drawn.append(values.copy())
    assert stats.kstest(np.concatenate(drawn), distribution.cdf).pvalue > 1e-4


def test_the_coefficients_of_high_powers_are_the_bits_of_one_number() -> None:
    rng = np.random.default_rng(3)
    at_nodes = np.cumsum(rng.uniform(0.1, 1.0, (500, quintics.TERMS)), axis=1) * 10.0 ** rng.uniform(
        -9, 9, (500, 1)
    )
    at_nodes[0] = 0.0  # all coefficients zero
    at_nodes[1] = quintics.NODES  # a straight line
    found = quintics.fit(at_nodes)
    held = found[:, 3].copy().view(np.uint64)
    for power, shift in ((4, 27), (5, 47)):
        np.testing.assert_array_equal(found[:, power], (held << np.uint64(shift)).view(np.float64))
    # what is left of the nodes' values: the rounding of the highest powers, of which lower ones make up for most
    off = np.abs(found @ np.vander(quintics.NODES, quintics.TERMS, increasing=True).T - at_nodes)
    size = np.abs(found[:, 3:]) @ np.array([2.0**-15, 2.0**-8, 2.0**-5])
    # the sign of a zero among them is a bit of a lower power, and that no more than the least of numbers
    assert np.all(off.max(axis=1) <= size / 16 + 1e-14 * np.abs(at_nodes).max(axis=1) + 1e-300)
