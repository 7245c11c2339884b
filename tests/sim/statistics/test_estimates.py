"""Intervals, quantiles and moments against exact values, other routes and their own promise of coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.kernel import reductions
from sim.statistics import estimates as statistics
from sim.statistics.estimates import Moments


@pytest.mark.parametrize("k", [0, 1, 610, 999, 1000])
def test_score_interval_is_scipys(k: int) -> None:
    low, high = statistics.wilson(k / 1000, 1000)
    exact = stats.binomtest(k, 1000).proportion_ci(method="wilson")
    assert (float(low), float(high)) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_students_t_is_scipys() -> None:
    for degrees in range(1, 16):
        assert statistics.student_t(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-9)


def _by_replicate(values: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([np.sum(values[r::16]) for r in range(16)], dtype=float)


def test_all_ties_are_certain_and_half() -> None:
    draws = np.full(16, 100)
    estimate, low, high = statistics.probability(np.zeros(16), draws.astype(float), draws, False)
    assert (float(estimate), float(low), float(high)) == (0.5, 0.5, 0.5)


def test_no_events_leave_a_positive_width() -> None:
    draws = np.full(16, 1000)
    for stratified in (False, True):
        estimate, low, high = statistics.probability(np.zeros(16), np.zeros(16), draws, stratified)
        assert float(estimate) == 0.0
        assert float(low) == 0.0
        assert 3 / 16000 * 0.9 < float(high) < 6 / 16000


@pytest.mark.parametrize("p", [0.02, 0.3, 0.5])
@pytest.mark.parametrize("stratified", [False, True])
def test_intervals_cover_the_truth_as_often_as_they_say(p: float, stratified: bool) -> None:
    # 1,000 repeats: the central 99.9 % range of Binomial(1000, 0.95) is 926 … 971
    rng = np.random.default_rng(int(p * 100))
    draws = np.full(16, 500)
    held = 0
    for _ in range(1000):
        events = rng.binomial(500, p, 16).astype(float)
        _, low, high = statistics.probability(events, np.zeros(16), draws, stratified)
        held += float(low) <= p <= float(high)
    assert 926 <= held <= 971


def test_ties_narrow_the_interval_to_their_variance() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(1000):
        kind = rng.choice(3, 8000, p=[0.1, 0.8, 0.1])  # loss, tie, win
        events, ties = _by_replicate(kind == 2), _by_replicate(kind == 1)
        _, low, high = statistics.probability(events, ties, np.full(16, 500), False)
        held += float(low) <= 0.5 <= float(high)
    assert 926 <= held <= 971


def test_moments_merge_to_the_same_in_any_pieces() -> None:
    rng = np.random.default_rng(6)
    x = 1e9 + rng.normal(size=10_001)
    whole = Moments.of(x)
    pieces = Moments.empty()
    for part in np.split(x, [1, 17, 4000, 4001, 9000]):
        pieces = pieces.merge(Moments.of(part))
    assert float(pieces.count) == x.size
    assert float(pieces.mean) == pytest.approx(np.mean(x), rel=1e-15)
    # means near 1e9 round at 1.2e-7, and so then do deviations of size 1
    assert float(pieces.sd) == pytest.approx(float(whole.sd), rel=1e-8)
    assert float(whole.sd) == pytest.approx(np.std(x, ddof=1), rel=1e-9)


def test_mcse_of_replicates_is_the_textbook_one_for_equal_counts() -> None:
    means = np.random.default_rng(7).normal(size=16)
    by_replicate = Moments(np.full(16, 50.0), means, np.ones(16))
    assert float(statistics.mcse(by_replicate, True)) == pytest.approx(np.std(means, ddof=1) / 4)


def _histogram(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    centre = float(np.median(x))
    scale = float(np.quantile(x, 0.9) - np.quantile(x, 0.1)) / 2 or 1.0
    counts, keys = np.zeros(reductions.BINS, dtype=np.int64), np.zeros(256, dtype=np.int64)
    for start in range(0, x.size, 256):
        row = np.zeros(256)
        part = x[start : start + 256]
        row[: part.size] = part
        rows = np.concatenate([row, np.ones(256), np.zeros(256)])
        reductions.add_histogram(
            rows, reductions.Measure(0, 256, 512), part.size, centre, 1.0 / scale, keys, counts, 0, False
        )
    return counts, reductions.bin_edges(centre, scale), np.array([x.min(), x.max()])


@pytest.mark.parametrize(
    "x",
    [
        np.random.default_rng(8).normal(50, 3, 200_000),
        -np.random.default_rng(9).lognormal(0, 2, 200_000),
        np.random.default_rng(10).standard_t(3, 200_000) * 1e-9,
        1e15 + np.random.default_rng(11).uniform(0, 1e13, 200_000),
    ],
    ids=["normal", "heavy", "tiny", "huge"],
)
def test_histogram_quantiles_and_tail_means_are_those_of_the_draws(x: np.ndarray) -> None:  # type: ignore[type-arg]
    counts, edges, extremes = _histogram(x)
    assert counts.sum() == x.size
    levels = [0.001, 0.01, 0.05, 0.5, 0.95, 0.99, 0.999]
    found, exact = statistics.quantiles(counts, edges, extremes, levels), np.quantile(x, levels)
    away = np.abs(exact - np.median(x)) + (np.quantile(x, 0.9) - np.quantile(x, 0.1)) / 2
    # a sample quantile lies anywhere between two neighbouring draws: in a thin tail they are far apart
    between = np.quantile(x, levels, method="higher") - np.quantile(x, levels, method="lower")
    assert np.all(np.abs(found - exact) <= 1e-3 * away + between)
    tail = np.sort(x)[-x.size // 20 :].mean()
    span = abs(tail - np.median(x)) + (np.quantile(x, 0.9) - np.quantile(x, 0.1)) / 2
    assert abs(statistics.upper_tail_mean(counts, edges, extremes, 0.95) - tail) <= 1e-3 * span


def test_constant_draws_have_their_value_at_every_quantile() -> None:
    x = np.full(1000, 42.0)
    counts, edges, extremes = _histogram(x)
    np.testing.assert_array_equal(statistics.quantiles(counts, edges, extremes, [0.0, 0.05, 0.5, 1.0]), 42.0)
    assert statistics.upper_tail_mean(counts, edges, extremes, 0.95) == 42.0
