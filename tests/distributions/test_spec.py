"""What a user may get wrong in one value: each fault names the key, what was found, what is allowed, a way out."""

from __future__ import annotations

import datetime
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from distributions import UserError, marginal
from distributions.inputs import registry
from distributions.support import Support

PRICE = Support(0)
SHARE = Support(0, 1)
GPUS = Support(1, integer=True)
GROWTH = Support(-1, lower_open=True)
DECLINE = Support(upper=1, upper_open=True)

# (value, options, words that the message has to have)
BAD: list[tuple[Any, dict[str, Any], list[str]]] = [
    # forms
    ({"lognorm": {"p10": 1, "p90": 2}}, {}, ["unknown form", "did you mean 'lognormal'?"]),
    ({"lognormal": {"p10": 1, "p90": 2}, "normal": {}}, {}, ["lognormal, normal", "one form"]),
    ({}, {}, ["found no form", "uniform, triangular, pert"]),
    ({"p10": 1, "p90": 2}, {}, ["p10, p90 without a form", "uniform, triangular"]),
    ({"min": 1, "max": 2}, {}, ["found no form"]),
    ({"lognormal": {"p10": 1, "p90": 2}, "sourc": "x"}, {}, [".sourc", "did you mean 'source'?"]),
    ({"normal": 3}, {}, [".normal", "found 3", "mean, sd or two percentiles"]),
    # parameters
    ({"pert": {"min": 1, "max": 3}}, {}, [".pert", "'mode' is missing"]),
    ({"normal": {"mean": 1}}, {}, ["'sd' is missing"]),
    ({"normal": {}}, {}, ["parameters are missing", "mean, sd or two percentiles"]),
    ({"normal": {"mean": 1, "sd": 1, "p10": 0}}, {}, ["mean, sd, p10", "mean, sd or two percentiles"]),
    ({"normal": {"mean": 1, "std": 2}}, {}, [".normal.std", "unknown parameter", "did you mean 'sd'?"]),
    ({"lognormal": {"mean": 1, "sd": 1, "sigma": 1}}, {}, ["mean, sd, sigma", "median, sigma"]),
    # types
    ("3.0", {}, ['found "3.0", a text', "a number", "without quotes: 3.0"]),
    (True, {}, ["found true, a boolean", "a number"]),
    ([1], {}, ["found an array of 1", "a number"]),
    (datetime.date(2026, 1, 1), {}, ["2026-01-01, a date"]),
    (None, {}, ["found nothing"]),
    ({"uniform": {"min": "3", "max": True}}, {}, ['min: found "3"', "max: found true, a boolean"]),
    ({"uniform": {"min": 0, "max": [1]}}, {}, ["found an array of 1"]),
    # finite
    (math.nan, {}, ["found nan", "finite"]),
    (math.inf, {}, ["found inf", "finite"]),
    (-math.inf, {}, ["found -inf", "finite"]),
    (10**400, {}, ["401 digits", "finite"]),
    ({"uniform": {"min": 0, "max": math.inf}}, {}, [".uniform.max", "finite"]),
    ({"normal": {"mean": math.nan, "sd": 1}}, {}, [".normal.mean", "finite"]),
    ({"uniform": {"min": 0, "max": 10**400}}, {}, ["401 digits", "finite"]),
    ({"uniform": {"min": 0, "max": 1}, "min": math.nan}, {}, [".min", "finite"]),
    # support
    (-1, {"support": PRICE}, ["found -1", "≥ 0"]),
    (1.2, {"support": SHARE}, ["found 1.2", "0 … 1"]),
    (-0.1, {"support": SHARE}, ["found -0.1", "0 … 1"]),
    (80, {"support": SHARE}, ["found 80", "0 … 1", "0.8 for 80 %"]),
    (-1, {"support": GROWTH}, ["found -1", "> -1"]),
    (1, {"support": DECLINE}, ["found 1", "< 1"]),
    (1.5, {"support": GPUS}, ["found 1.5", "whole number ≥ 1"]),
    (0, {"support": GPUS}, ["found 0", "whole number ≥ 1"]),
    ({"lognormal": {"p10": 1, "p90": 3}}, {"support": GPUS}, ["whole number ≥ 1", "discrete"]),
    ({"discrete": {"values": [1, 2.5], "weights": [1, 1]}}, {"support": GPUS}, ["whole number ≥ 1"]),
    ({"normal": {"mean": 3, "sd": 2}}, {"support": PRICE}, ["6.68 % below 0", "≥ 0", "lognormal", "min = 0"]),
    ({"normal": {"mean": 0.7, "sd": 0.2}}, {"support": SHARE}, ["6.68 % above 1", "min = 0 and max = 1"]),
    ({"uniform": {"min": -2, "max": 2}}, {"support": GROWTH}, ["25 % below -1", "> -1"]),
    ({"discrete": {"values": [-1, 0], "weights": [0.1, 0.9]}}, {"support": GROWTH}, ["10 % below -1"]),
    ({"pert": {"min": 60, "mode": 80, "max": 90}}, {"support": SHARE}, ["100 % above 1", 'unit = "percent"']),
    ({"mixture": {"weights": [1, 1], "parts": [-1, 2]}}, {"support": PRICE}, ["50 % below 0"]),
    # order and spread
    ({"lognormal": {"p10": 9, "p90": 2}}, {}, [".lognormal.p90", "found 2, which is below p10 = 9"]),
    ({"normal": {"p10": 2, "p90": 2}}, {}, ["equals p10 = 2", "give a plain number"]),
    ({"uniform": {"min": 3, "max": 1}}, {}, ["min = 3 is above max = 1", "min ≤ max"]),
    ({"uniform": {"min": 1, "max": 1}}, {}, ["min = max = 1", "give a plain number"]),
    ({"pert": {"min": 1, "mode": 9, "max": 3}}, {}, ["mode = 9 is above max = 3"]),
    ({"triangular": {"min": 1, "mode": 0, "max": 3}}, {}, ["min = 1 is above mode = 0"]),
    ({"normal": {"mean": 1, "sd": -1}}, {}, ["found -1", "> 0"]),
    ({"normal": {"mean": 1, "sd": 0}}, {}, ["found 0", "> 0", "give a plain number"]),
    ({"lognormal": {"median": 1, "sigma": 0}}, {}, [".sigma", "> 0"]),
    ({"lognormal": {"p10": 0, "p90": 2}}, {}, [".lognormal.p10", "found 0", "> 0"]),
    ({"lognormal": {"median": -1, "sigma": 1}}, {}, [".median", "> 0"]),
    ({"lognormal": {"p10": 1}}, {}, ["two percentiles"]),
    ({"lognormal": {"p10": 1, "p50": 2, "p90": 3}}, {}, ["two percentiles", "quantiles"]),
    ({"beta": {"mean": 0.5, "sd": 0.6}}, {}, [".beta.sd", "below 0.5, the largest possible"]),
    ({"beta": {"mean": 80, "sd": 10}}, {}, [".beta.mean", "0.8 for 80 %"]),
    # truncation
    (
        {"normal": {"mean": 0, "sd": 1}, "min": 10},
        {},
        ["7.62e-22 % of the mass is left with min = 10;", "allowed: 0.0001 % or more"],
    ),
    ({"uniform": {"min": 0, "max": 1}, "min": 2}, {}, ["0 % of the mass is left with min = 2;"]),
    ({"normal": {"mean": 0, "sd": 1}, "min": 2, "max": 1}, {}, ["min = 2 is above max = 1"]),
    ({"normal": {"mean": 0, "sd": 1}, "min": 1, "max": 1}, {}, ["give a plain number"]),
    ({"normal": {"mean": 0, "sd": 1}, "min": "1"}, {}, [".min", "a text"]),
    ({"discrete": {"values": [1, 2], "weights": [1, 1]}, "max": 1}, {}, ["only 1 is left", "plain number"]),
    # metalog
    ({"quantiles": {"p05": 3, "p50": 2, "p95": 5}}, {}, [".quantiles.p50", "below p05"]),
    ({"quantiles": {"p0": 3, "p50": 4}}, {}, [".quantiles.p0", "level 0 %", "above 0 and below 100"]),
    ({"quantiles": {"p100": 5, "p50": 4}}, {}, [".quantiles.p100", "level 100 %"]),
    ({"quantiles": {"p5_": 3, "p50": 4}}, {}, [".quantiles.p5_", "unknown parameter"]),
    ({"quantiles": {"p05": 3, "p5": 4}}, {}, ["the same level as p05"]),
    ({"quantiles": {"p50": 4}}, {}, ["2 to 16 percentiles"]),
    ({"quantiles": {"p05": 1, "p50": 1.1, "p95": 10}}, {}, ["density would be negative at level 24.6"]),
    ({"quantiles": {"p10": -1, "p50": 10, "p90": 20}}, {"support": PRICE}, [".p10", "found -1", "> 0"]),
    ({"quantiles": {"p10": 1, "p50": 10, "p90": 100}}, {"support": PRICE}, ["no finite mean", "CVaR"]),
    # discrete
    ({"discrete": {"values": [1, 2], "weights": [1, -1]}}, {}, [".weights.1", "found -1", "≥ 0"]),
    ({"discrete": {"values": [1, 2], "weights": [0, 0]}}, {}, ["all are 0"]),
    ({"discrete": {"values": [1, 2], "weights": [1]}}, {}, ["found 1 for 2 values"]),
    ({"discrete": {"values": [1, 2], "weights": [1, 0]}}, {}, ["only value with weight", "plain number"]),
    ({"discrete": {"values": 3, "weights": [1, "2"]}}, {}, ["values: found 3", 'weights.1: found "2"']),
    ({"discrete": {"values": [], "weights": []}}, {}, ["found an array of 0"]),
    # scipy
    ({"scipy": {"name": "weibul_min", "c": 2}}, {}, ["no continuous family", "did you mean 'weibull_min'"]),
    ({"scipy": {"name": "poisson", "mu": 2}}, {}, ["a discrete family"]),
    ({"scipy": {"name": "weibull_min"}}, {}, ["'c' is missing"]),
    ({"scipy": {"name": "betaprime", "a": 3}}, {}, ["'b' is missing"]),
    ({"scipy": {"name": "weibull_min", "c": -2}}, {}, ["no distribution with c = -2"]),
    ({"scipy": {"name": "weibull_min", "c": 2, "d": 1}}, {}, [".scipy.d", "unknown parameter", "c, [loc]"]),
    ({"scipy": {"name": "norm", "scale": 0}}, {}, [".scipy.scale", "> 0"]),
    ({"scipy": {"name": "__class__"}}, {}, ["no continuous family"]),
    ({"scipy": {"c": 1}}, {}, ["'name' is missing"]),
    ({"scipy": {"name": "cauchy"}}, {}, ["no finite mean", "CVaR", "min or max"]),
    ({"scipy": {"name": "pareto", "b": 1.5}}, {}, ["no finite variance"]),
    ({"scipy": {"name": "pareto", "b": 2}}, {}, ["no finite variance"]),
    ({"scipy": {"name": "cauchy"}, "min": 0}, {}, ["no finite mean"]),
    # units
    (
        {"uniform": {"min": 1, "max": 2}, "unit": "USD"},
        {"unit": "USD/week"},
        [".unit", "USD/week", "USD/day"],
    ),
    (
        {"uniform": {"min": 1, "max": 2}, "unit": "banana"},
        {"unit": "USD/week"},
        ["banana", "USD/week", "USD/day"],
    ),
    ({"uniform": {"min": 1, "max": 2}, "unit": 3}, {"unit": "USD/week"}, [".unit", "found 3", "a text"]),
    ({"uniform": {"min": 1, "max": 2}, "source": ""}, {}, [".source", "empty"]),
    # mixture
    ({"mixture": {"weights": [1], "parts": [1, 2]}}, {}, ["found 1 for 2 parts"]),
    ({"mixture": {"weights": [0, 0], "parts": [1, 2]}}, {}, ["all are 0"]),
    ({"mixture": {"weights": [1, 1], "parts": [2, 2]}}, {}, ["plain number"]),
    (
        {"mixture": {"weights": [1, 1], "parts": [{"normal": {"mean": "x", "sd": 1}}, {"prt": {}}]}},
        {},
        ["parts.0.normal.mean", "parts.1.prt", "did you mean 'pert'"],
    ),
]


def message_of(value: Any, **options: Any) -> str:
    with pytest.raises(UserError) as raised:
        marginal(value, key="price.input", **options)
    for fault in raised.value.faults:
        assert fault.key.startswith("price.input")
        assert len(str(fault)) < 500
        assert str(fault).isprintable()
    return str(raised.value)


@pytest.mark.parametrize(("value", "options", "parts"), BAD, ids=lambda value: str(value)[:50])
def test_bad_values(value: Any, options: dict[str, Any], parts: list[str]) -> None:
    message = message_of(value, **options)
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"", ["is empty"]),
        (b"x\n", ["no rows", "two or more"]),
        (b"x\n1\n", ["one row", "plain number"]),
        (b"x\n1\n1\n", ["every value of x is 1", "plain number"]),
        (b"y\n1\n2\n", ['no column "x"', "y"]),
        (b"xx,y\n1\n2\n", ['no column "x"', "did you mean 'xx'"]),
        (b"x\n1\nnan\n", ["row 3", "column x", '"nan"', "finite"]),
        (b"x\n1\n\n=cmd()\n", ["row 4", '"=cmd()"', "a number"]),
        (b"x,y\n1,2\n,3\n", ["row 3", "the cell is empty"]),
        (b'x\n1\n"2,5"\n', ["row 3", '"2,5"', "decimal point"]),
        (b"x\n1\n\xff\xfe\n", ["not UTF-8", "byte 4"]),
        (b'x\n1\n"2\n', ["bad.csv"]),
    ],
)
def test_bad_data(tmp_path: Path, content: bytes, parts: list[str]) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    message = message_of({"data": {"file": "bad.csv", "column": "x"}}, folder=tmp_path)
    for part in [*parts, "price.input.data"]:
        assert part in message


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("odd.csv", "did you mean 'ood.csv'"),
        ("/etc/passwd", "outside the scenario's folder"),
        ("../x.csv", "outside the scenario's folder"),
        (".", "is a folder"),
        ("pipe", "not a regular file"),
        ("x" * 5000, "cannot be read"),
        ("a\0b", "cannot be read"),
        ("", "empty text"),
        ("big.csv", "at most 50 MB"),
    ],
)
def test_bad_files(tmp_path: Path, file: str, part: str) -> None:
    (tmp_path / "ood.csv").write_text("x\n1\n2\n")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "big.csv").open("wb") as big:
        big.truncate(2_000_000_000)
    assert part in message_of({"data": {"file": file, "column": "x"}}, folder=tmp_path)


def test_bad_fit(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n2\n4\n")
    form = {"file": "a.csv", "column": "x"}
    assert "did you mean 'gamma'" in message_of({"data": {**form, "fit": "gama"}}, folder=tmp_path)
    assert "a text" in message_of({"data": {**form, "fit": 3}}, folder=tmp_path)


def test_several_faults_come_together() -> None:
    message = message_of({"pert": {"min": "a", "mod": 2}})
    assert len(message.splitlines()) == 4


def test_mass_that_no_draw_can_meet_is_not_outside() -> None:
    """9 standard deviations are 1e-19; the smallest probability of a draw is 1e-16."""
    marginal({"normal": {"mean": 9, "sd": 1}}, support=PRICE)
    with pytest.raises(UserError, match=r"1\.28e-10 %"):
        marginal({"normal": {"mean": 7, "sd": 1}}, support=PRICE)


def test_whole_numbers() -> None:
    assert marginal(2, support=GPUS).value == 2
    assert marginal({"discrete": {"values": [1, 2], "weights": [0.5, 0.5]}}, support=GPUS).mean() == 1.5


def test_every_default_is_a_value() -> None:
    for item in registry().values():
        distribution = marginal(item.default, key=item.key, unit=item.unit, support=item.support)
        assert distribution.unit == item.unit
        assert not isinstance(item.default, dict) or not distribution.certain


@pytest.mark.parametrize(
    ("support", "words"),
    [
        (Support(), "any"),
        (Support(0), "≥ 0"),
        (Support(0, 1), "0 … 1"),
        (Support(0, 1, lower_open=True), "0 … 1, not 0"),
        (GROWTH, "> -1"),
        (DECLINE, "< 1"),
        (GPUS, "whole number ≥ 1"),
    ],
)
def test_support_in_words(support: Support, words: str) -> None:
    assert str(support) == words


@pytest.mark.slow
def test_common_forms_do_without_scipy_stats() -> None:
    """Its import takes longer than most commands do."""
    code = (
        "import sys; from distributions import marginal\n"
        "for form in ({'lognormal': {'p10': 1, 'p90': 2}}, {'pert': {'min': 1, 'mode': 2, 'max': 3}},"
        " {'normal': {'mean': 0, 'sd': 1}, 'min': 0}, {'quantiles': {'p10': 1, 'p90': 2}}):\n"
        "    m = marginal(form); m.ppf(0.3), m.cdf(1.5), m.mean()\n"
        "assert 'scipy.stats' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
