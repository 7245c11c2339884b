"""Uniforms, scores and values as the compiled samplers make them, against theory, scipy and published vectors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats
from scipy.stats import qmc

from distributions import marginal
from distributions.sampling import elementary, inverse, lhs, recipes, sobol, streams
from distributions.sampling.jit import BLOCK, REPLICATES, jit
from distributions.sampling.streams import stream_key

Array = NDArray[np.float64]


@jit
def _apply_log(x, out):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        out[i] = elementary.log(x[i])


@jit
def _apply_exp(x, out):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        out[i] = elementary.exp(x[i])


@jit
def _apply_root(x, out):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        out[i] = elementary.twelfth_root(x[i])


@jit
def _apply_beyond(x, out):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        out[i] = elementary.beyond_roots(x[i])


@jit
def _apply_quantile(x, out):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        out[i] = elementary.normal_quantile(x[i])


@jit
def _apply_cdf(x, out):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        out[i] = elementary.normal_cdf(x[i])


def _values(function: Any, x: Array) -> Array:
    out = np.empty_like(x)
    function(x, out)
    return out


def test_log_and_exp_are_within_two_units_in_the_last_place() -> None:
    # the C library's own error is up to one, ours adds one
    rng = np.random.default_rng(1)
    x = np.concatenate([np.exp(rng.uniform(-700, 700, 50_000)), rng.uniform(0.5, 2.0, 50_000), [1.0]])
    assert np.max(np.abs(_values(_apply_log, x) - np.log(x)) / np.spacing(np.abs(np.log(x)) + 5e-324)) <= 2
    y = np.concatenate([rng.uniform(-700, 709, 50_000), rng.uniform(-1, 1, 50_000), [0.0]])
    assert np.max(np.abs(_values(_apply_exp, y) - np.exp(y)) / np.spacing(np.exp(y))) <= 2


def test_twelfth_roots() -> None:
    rng = np.random.default_rng(4)
    edges = 2.0 ** np.array([-2.5, 1.5])
    x = np.concatenate([rng.uniform(*edges, 100_000), [1.0, 0.5, 0.25, 2.0, np.sqrt(0.5), np.sqrt(2.0)]])
    exact = x.astype(np.longdouble) ** (np.longdouble(1) / 12)
    ulps = np.abs(_values(_apply_root, x) - exact) / np.spacing(exact.astype(float))
    assert np.max(ulps) <= 2.1
    assert _values(_apply_root, np.array([1.0]))[0] == 1.0
    near = np.array([edges[0] * (1 + 1e-6), edges[1] * (1 - 1e-6)])
    far = np.array([edges[0] * (1 - 1e-6), edges[1] * (1 + 1e-6), 1e-300, 1e300, 0.1, 3.0])
    assert not np.any(_values(_apply_beyond, near))
    assert np.all(_values(_apply_beyond, far) != 0.0)


def test_normal_quantile_and_distribution_function_agree_with_scipy() -> None:
    rng = np.random.default_rng(2)
    tail = 10.0 ** rng.uniform(-15.9, -0.4, 50_000)
    p = np.concatenate([rng.uniform(0, 1, 50_000), tail, [2.0**-53, 0.5, 1 - 2.0**-53]])
    assert np.max(np.abs(_values(_apply_quantile, p) - special.ndtri(p))) < 1e-14
    z = rng.uniform(-8.3, 8.3, 100_000)
    found, exact = _values(_apply_cdf, z), special.ndtr(z)
    assert np.max(np.abs(found - exact)) < 4e-16
    assert np.max(np.abs(found / exact - 1)) < 1e-8


@pytest.mark.parametrize("function", [_apply_log, _apply_exp, _apply_root, _apply_quantile, _apply_cdf])
def test_loops_over_draws_become_vector_instructions(function: Any) -> None:
    # a fresh compilation: what comes from the disk cache cannot be inspected
    from numba import njit

    from distributions.sampling.jit import WholeCompiler

    plain = njit(error_model="numpy", pipeline_class=WholeCompiler)(function.py_func)
    plain(np.ones(8), np.ones(8))
    assembly = next(iter(plain.inspect_llvm().values()))
    assert any(f"<{width} x double>" in assembly for width in (2, 4, 8))


@jit
def _philox(counter, key):  # type: ignore[no-untyped-def]
    return streams.philox(counter[0], counter[1], counter[2], counter[3], key[0], key[1])


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_words(
    counter: tuple[int, ...], key: tuple[int, ...], words: tuple[int, ...]
) -> None:
    # the known-answer vectors of philox4x32-10 in Random123 (Salmon et al. 2011)
    low, high = _philox(np.array(counter, dtype=np.uint64), np.array(key, dtype=np.uint64))
    found = (int(low) & 0xFFFFFFFF, int(low) >> 32, int(high) & 0xFFFFFFFF, int(high) >> 32)
    assert found == words


@pytest.mark.parametrize("block", [0, 5, 2**24 - 1, 2**26 - 1, 2**26, 2**31 + 12_345])
def test_uniforms_of_a_block_are_the_words_of_its_counters(block: int) -> None:
    key, found, quarter = stream_key(11, "a"), np.empty(BLOCK), BLOCK // 4
    streams.fill_uniform(found, block, key)
    for i in range(quarter):
        counter = block * quarter + i
        words = _philox(np.array([counter % 2**32, counter >> 32, key[2], key[3]], dtype=np.uint64), key)
        expected = [(int(word) >> shift & 0xFFFFFFFF) + 0.5 for word in words for shift in (0, 32)]
        np.testing.assert_array_equal(found[i::quarter] * 2.0**32, expected)


def _uniform(seed: int, name: str, blocks: int) -> Array:
    out = np.empty((blocks, BLOCK))
    for block in range(blocks):
        streams.fill_uniform(out[block], block, stream_key(seed, name))
    return out.ravel()


def test_streams_are_uniform_and_apart() -> None:
    a, b, c = _uniform(0, "a", 400), _uniform(0, "b", 400), _uniform(1, "a", 400)
    for u in (a, b, c):
        assert u.min() > 0
        assert u.max() < 1
        assert stats.kstest(u, "uniform").pvalue > 1e-4
    for x, y in ((a, b), (a, c)):
        assert abs(np.corrcoef(x, y)[0, 1]) < 5 / math.sqrt(a.size)
    # of 2^32 cells 102,400 draws share 1.2 on average; ten or more with a probability of 4e-7
    assert a.size - len(np.unique(a)) < 10


def test_uniforms_near_the_ends_get_finer_digits() -> None:
    key, block = stream_key(3, "a"), 5
    coarse = np.empty(BLOCK)
    streams.fill_uniform(coarse, block, key)
    assert np.all((coarse * 2.0**32) % 1.0 == 0.5)
    given = coarse.copy()
    given[[7, 100, 200, 255]] = np.array([0.5, 2047.5, 2.0**32 - 0.5, 2.0**32 - 2047.5]) / 2.0**32
    found = given.copy()
    streams.refine(found, block, key)
    changed = found != given
    assert list(np.flatnonzero(changed)) == [7, 100, 200, 255]
    # in the same cell, at the midpoint of one of 2^52
    assert np.all(np.floor(found * 2.0**32) == np.floor(given * 2.0**32))
    assert np.all((found[changed] * 2.0**52) % 1.0 == 0.5)
    # the digits are the draw's own, whatever else is in its block
    alone = np.full(BLOCK, 0.5)
    alone[100] = given[100]
    streams.refine(alone, block, key)
    assert alone[100] == found[100]


def test_finer_digits_are_uniform() -> None:
    digits = np.empty((400, BLOCK))
    for block in range(400):
        digits[block] = 0.5 / 2.0**32
        streams.refine(digits[block], block, stream_key(0, "a"))
    assert stats.kstest(digits.ravel() * 2.0**32, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("dimension", [0, 1, 2, 17, 200, 1023])
def test_direction_numbers_give_scipys_unscrambled_points(dimension: int) -> None:
    n = 512
    numbers = sobol.direction_numbers(dimension) >> np.uint64(32)
    gray = [i ^ (i >> 1) for i in range(n)]
    ours = [
        np.bitwise_xor.reduce([0, *(int(numbers[k]) for k in range(10) if g >> k & 1)]) / 2**32 for g in gray
    ]
    theirs = qmc.Sobol(1024, scramble=False, bits=32).random(n)[:, dimension]
    np.testing.assert_array_equal(ours, theirs)


def _sobol(names: tuple[str, ...], seed: int, draws: int) -> Array:
    """Points (draws / 16, 16, names): by point and replicate."""
    out = np.empty((len(names), draws // BLOCK, BLOCK))
    for k, name in enumerate(names):
        scrambled = sobol.net(stream_key(seed, name), k)
        for block in range(draws // BLOCK):
            sobol.fill_sobol(out[k, block], block, scrambled, np.empty(REPLICATES, dtype=np.uint64))
    return out.reshape(len(names), -1, REPLICATES).transpose(1, 2, 0)


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("seed", [0, 1, 7])
def test_each_replicate_is_a_digital_net(bits: int, seed: int) -> None:
    n = 1 << bits
    points = _sobol(("x", "y", "z"), seed, n * REPLICATES)
    for replicate in range(REPLICATES):
        net = points[:, replicate]
        for k in range(3):
            assert sorted(np.floor(net[:, k] * n).astype(int)) == list(range(n))
        for split in range(bits + 1):
            wide, high = 1 << split, 1 << (bits - split)
            box = np.floor(net[:, 0] * wide).astype(int) * high + np.floor(net[:, 1] * high).astype(int)
            assert len(np.unique(box)) == n


def test_replicates_are_randomised_apart() -> None:
    # two scrambles of one net are alike point by point, up to a sign that their shifts draw: it must average out
    signs = []
    for seed in range(20):
        points = _sobol(("x",), seed, 256 * REPLICATES)[:, :, 0]
        correlation = np.corrcoef(points.T)
        signs.extend(correlation[0, 1:])
    # 300 correlations of size about 3/4 and independent sign: five standard errors
    assert abs(np.mean(signs)) < 5 * 0.75 / math.sqrt(len(signs))


@pytest.mark.parametrize("draws", [1, 15, 16, 1000, 4096, 5003])
def test_latin_hypercubes_have_one_point_in_each_stratum(draws: int) -> None:
    out = np.empty((-(-draws // BLOCK), BLOCK))
    for block in range(len(out)):
        lhs.fill_lhs(out[block], block, draws, stream_key(5, "x"), np.empty(REPLICATES, dtype=np.uint64))
    u = out.ravel()[:draws]
    for replicate in range(min(REPLICATES, draws)):
        own = u[replicate::REPLICATES]
        assert sorted(np.floor(own * own.size).astype(int)) == list(range(own.size))


@dataclass(frozen=True)
class _Distribution:
    """A scipy frozen distribution as the samplers want it."""

    frozen: Any
    fast: Any = None
    window: Any = None
    base_sf_window: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.frozen, name)


@pytest.mark.parametrize(
    "distribution",
    [
        stats.beta(14, 6),
        stats.beta(2.5, 3.5, 2, 4),
        stats.beta(0.5, 0.7),
        stats.beta(1.05, 30),
        stats.gamma(4, scale=2),
        stats.gamma(0.3),
        stats.t(5),
        stats.weibull_min(1.5),
        stats.gumbel_r(1013, 558),
        stats.lognorm(1.2),
    ],
    ids=lambda distribution: f"{distribution.dist.name}{distribution.args}",
)
def test_fitted_inverse_is_within_its_tolerance_and_samples_the_distribution(distribution: Any) -> None:
    found = recipes.recipe(_Distribution(distribution))
    assert found.kind in (inverse.POLYNOMIAL, inverse.TABLE)
    assert found.error <= recipes.TOLERANCE
    plan = inverse.assemble([("x", found)], [0], "mc", 11, 100_000)
    values, scores, drawn = np.empty(BLOCK), np.empty(BLOCK), []
    for block in range(200):
        inverse.sample_block(plan, block, values, scores, inverse.spots())
        drawn.append(values.copy())
    assert stats.kstest(np.concatenate(drawn), distribution.cdf).pvalue > 1e-4


def test_a_distribution_no_approximation_fits_falls_back_to_its_own_ppf() -> None:
    class Jagged:
        fast = window = base_sf_window = None

        def support(self) -> tuple[float, float]:
            return -math.inf, math.inf

        def ppf(self, q: Array) -> Array:
            q = np.asarray(q)
            return q + np.sin(q * 1e5) * 0.9e-5

        def cdf(self, x: Array) -> Array:
            grid = np.linspace(0, 1, 1_000_001)
            return np.interp(x, self.ppf(grid), grid)

        def sf(self, x: Array) -> Array:
            return 1 - self.cdf(x)

    assert recipes.recipe(Jagged()).kind == inverse.EXACT


def test_fingerprint_changes_with_any_compiled_source(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # numba's cache stamps the calling file alone; ours is named after all of them
    import distributions.sampling.jit as compiled

    for folder in ("distributions/sampling", "sim/kernel"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "sim/kernel/months.py").write_text("a = 1")
    monkeypatch.setattr(compiled, "_ROOT", tmp_path)
    before = compiled.fingerprint()
    (tmp_path / "sim/kernel/months.py").write_text("a = 2")
    changed = compiled.fingerprint()
    (tmp_path / "sim/kernel/months.py").write_text("a = 1")
    assert before != changed
    assert compiled.fingerprint() == before


@pytest.mark.slow
def test_two_far_modes_are_drawn_from_a_table() -> None:
    parts = [{"lognormal": {"p10": 2.0, "p90": 3.0}}, {"lognormal": {"p10": 7.0, "p90": 9.0}}]
    distribution = marginal({"mixture": {"weights": [0.5, 0.5], "parts": parts}})
    assert distribution.recipe.kind == inverse.TABLE
    assert distribution.recipe.error <= recipes.TOLERANCE
    z = np.linspace(-6.0, 6.0, 4001)
    np.testing.assert_allclose(special.ndtr(z), distribution.cdf(distribution.at_scores(z)), atol=2e-8)


@pytest.mark.parametrize("name", ["exponnorm", "norminvgauss"])
def test_quantiles_that_scipy_finds_one_by_one_are_found_at_once(name: str) -> None:
    shapes = {"exponnorm": {"K": 1.5}, "norminvgauss": {"a": 2.0, "b": 1.0}}[name]
    distribution = marginal({"scipy": {"name": name, **shapes, "loc": 1.0, "scale": 2.0}})
    q = np.array([1e-9, 1e-4, 0.1, 0.5, 0.9, 0.9999])
    frozen = getattr(stats, name)(**shapes, loc=1.0, scale=2.0)
    np.testing.assert_allclose(distribution.ppf(q), [frozen.ppf(x) for x in q], rtol=1e-6)
    np.testing.assert_allclose(distribution.cdf(distribution.ppf(q)), q, rtol=1e-8)
    np.testing.assert_allclose(distribution.sf(distribution.isf(q)), q, rtol=1e-6)
    assert (distribution.ppf(0.0), distribution.ppf(1.0)) == distribution.support()
