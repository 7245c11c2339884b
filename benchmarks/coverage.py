"""How often 95 % intervals hold the truth, over many seeds, where the truth is known in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from scipy import stats

from benchmarks.measures import Row
from sim import Model, simulate
from studies.drivers import analysis as drivers
from studies.information import analysis as information

Found = Iterator[tuple[str, tuple[float, float], float]]
WANTED = "93 to 97 %"
AT_LEAST = "93 % or more"
OR_WARNED = ", or warned"
NORMAL = {"normal": {"mean": 0.0, "sd": 1.0}}
SIGMA = 0.6
HEAVY, DEARER = 2.0, 20.0
"""Sigma of a cost whose mean a few draws carry; what the other choice costs, which is dearer than that mean."""
COST = Model({"x": {"lognormal": {"median": 1.0, "sigma": SIGMA}}}, ("y",), lambda v: {"y": v["x"]})
PAIR = Model(
    {"a": {"normal": {"mean": 100.0, "sd": 20.0}}, "b": {"normal": {"mean": 110.0, "sd": 15.0}}},
    ("a", "b"),
    lambda v: {"a": v["a"], "b": v["b"]},
)
TOSS = Model({"x": NORMAL}, ("a", "b"), lambda v: {"a": v["x"], "b": 0.3 + 0.0 * v["x"]})
TERMS, SUM_BELOW = 6, 1.0
SUM = Model(
    {f"x{k}": NORMAL for k in range(TERMS)}, ("a", "b"),
    lambda v: {"a": sum(v.values()), "b": np.full_like(v["x0"], SUM_BELOW)},
)  # fmt: skip
ISHIGAMI = Model(
    {f"x{k}": {"uniform": {"min": -math.pi, "max": math.pi}} for k in (1, 2, 3)},
    ("y",),
    lambda v: {"y": np.sin(v["x1"]) + 7 * np.sin(v["x2"]) ** 2 + 0.1 * v["x3"] ** 4 * np.sin(v["x1"])},
)
INDICES = {("first", "x1"): 0.313905191148, ("first", "x2"): 0.44241114479, ("total", "x1"): 0.55758885521}


def _cost(design: str) -> Callable[[int], Found]:
    distribution = stats.lognorm(SIGMA)
    tail = distribution.mean() * stats.norm.sf(stats.norm.ppf(0.95) - SIGMA) / 0.05

    def one(seed: int) -> Found:
        row = simulate(COST, 4096, seed, design, threads=1).measure("cost", COST.outputs[0], (0.5, 0.95))
        yield f"mean of a lognormal cost, {design}", row.ci95, distribution.mean()
        yield f"its P95, {design}", tuple(row.quantiles_ci95[1]), float(distribution.ppf(0.95))
        yield f"its CVaR 95, {design}", row.cvar95_ci95, tail

    return one


def _heavy(design: str, draws: int) -> Callable[[int], Found]:
    """A mean and EVPI that a few draws carry: the interval has to hold the truth, or a warning to stand beside it."""
    distribution = stats.lognorm(HEAVY)
    model = Model(
        {"x": {"lognormal": {"median": 1.0, "sigma": HEAVY}}}, ("a", "b"),
        lambda v: {"a": v["x"], "b": np.full_like(v["x"], DEARER)},
    )  # fmt: skip
    point = math.log(DEARER) / HEAVY
    evpi = distribution.mean() * stats.norm.cdf(HEAVY - point) - DEARER * stats.norm.sf(point)
    of = f"a lognormal of sigma {HEAVY:g}, {draws:,} draws, {design}"

    def one(seed: int) -> Found:
        run = simulate(model, draws, seed, design, threads=1)
        warned = {found.quantity for found in run.tail_warnings}
        for name, quantity, interval, truth in (
            ("mean", "cost", run.mean("cost", "a").ci95, distribution.mean()),
            ("EVPI", "evpi", run.mean("regret", "a").ci95, evpi),
        ):
            yield f"{name} of {of}", tuple(interval), truth
            held = interval[0] <= truth <= interval[1] or quantity in warned
            yield f"{name} of {of}{OR_WARNED}", (0.0, 1.0), 0.5 if held else 2.0

    return one


def _pair(design: str) -> Callable[[int], Found]:
    truth = float(stats.norm.cdf(10.0 / 25.0))

    def one(seed: int) -> Found:
        found = simulate(PAIR, 4096, seed, design, threads=1).probability_cheaper("a", "b")
        yield f"P(cheaper) of two normals, {design}", found.ci95 or (math.nan, math.nan), truth

    return one


def _drawn_on(design: str, tolerance: float) -> Callable[[int], Found]:
    truth = float(stats.norm.cdf(SUM_BELOW / math.sqrt(TERMS)))

    def one(seed: int) -> Found:
        run = simulate(SUM, seed=seed, design=design, tolerance=tolerance, totals=True)
        found = run.probability_cheaper("a", "b").ci95 or (math.nan, math.nan)
        yield f"P(cheaper) drawn on to ± {100 * tolerance:g} points, {design}", found, truth

    return one


def _indices(seed: int) -> Found:
    found = drivers.analyse(ISHIGAMI, base_samples=256, seed=seed, threads=1)
    for (name, key), truth in INDICES.items():
        index, width = (float(found[column].sel(input=key)) for column in (name, f"{name}_ci"))
        yield f"{name}-order index {key} of Ishigami, 16 nets of 256", (index - width, index + width), truth


def _evpi(seed: int) -> Found:
    truth = float(stats.norm.pdf(0.3) - 0.3 * stats.norm.sf(0.3))
    low, high = information.value(TOSS, draws=2048, seed=seed)["evpi_ci"].values
    yield "EVPI of a normal against a constant, 2,048 draws", (low, high), truth


def coverage(seeds: int) -> list[Row]:
    """Rows of the table; 1,000 seeds know a coverage of 95 % to ± 1.4 points."""
    drawn_on = (_drawn_on("mc", 0.003), _drawn_on("sobol", 0.0004))
    held: dict[str, int] = {}
    heavy = [_heavy(design, draws) for design in ("mc", "sobol", "lhs") for draws in (4096, 65_536)]
    for one in (
        _cost("mc"),
        _cost("sobol"),
        _cost("lhs"),
        *heavy,
        _pair("mc"),
        _pair("sobol"),
        *drawn_on,
        _indices,
        _evpi,
    ):
        for seed in range(seeds):
            for name, (low, high), truth in one(seed):
                held[name] = held.get(name, 0) + bool(low <= truth <= high)
    return _rows(held, seeds)


def _rows(held: Mapping[str, int], seeds: int) -> list[Row]:
    def wanted(name: str) -> str:
        # of a mean that a few draws carry the interval alone need not hold, if the run says so
        return "" if f"{name}{OR_WARNED}" in held else AT_LEAST if name.endswith(OR_WARNED) else WANTED

    return [
        Row(f"coverage over {seeds:,} seeds: {name}", f"{100 * n / seeds:.1f} %", wanted(name))
        for name, n in held.items()
    ]
