"""Calculations are arithmetic and nothing else; a file of claims is read with every fault named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from distributions import expression as arithmetic
from distributions.errors import UserError
from distributions.inputs import documents
from studies.audit.evidence import reader
from studies.audit.evidence.claims import Claim
from studies.audit.evidence.derivation import Derivation, Simulations

CLAIM = """
[[claim]]
id = "one"
document = "a paper"
kind = "result"
says = "two a day is sixty a month"
[claim.quantities]
days = 30
per_day = { value = 2, unit = "USD" }
rate = { input = "gpu.hourly_rate" }
month = "days * per_day"
[[claim.figure]]
published = 60
unit = "USD/month"
derive = "month"
free = "per_day"
"""


def written(folder: Path, text: str = CLAIM) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def derivation(claim: Claim, at: int = 0) -> Derivation:
    return Derivation(claim, claim.figures[at], Simulations())


# --- arithmetic


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7.0),
        ("(a - b) / 4", 0.5),
        ("-a ** 2", -25.0),
        ("2 ** -1", 0.5),
        (" a\t", 5.0),
        ("1e3", 1000.0),
    ],
)
def test_a_calculation_gives_its_number(text: str, expected: float) -> None:
    values = {"a": np.array([5.0]), "b": np.array([3.0])}
    assert arithmetic.parse(text).evaluate(values) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    ["", "a +", "f(1)", "a.b", "a[0]", "'a' * 9", "a if b else c", "a < b", "[a]", "lambda: 0", "a; b", "x := 1",
     "True", "1j", "__import__('os')", "a and b", "a // b", "1" + "0" * 400, "(" * 300, "a + " * 200 + "a", "a\0"],
)  # fmt: skip
def test_whatever_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        arithmetic.parse(text)


def test_overflow_and_division_by_zero_are_not_finite() -> None:
    for text in ("9 ** 9 ** 9", "1 / (a - a)", "(a - 6) ** 0.5"):
        assert not np.isfinite(arithmetic.parse(text).evaluate({"a": np.array([5.0])})).all()


# --- the shipped file


def test_every_shipped_claim_is_of_a_known_document_and_can_be_worked_out() -> None:
    claims = reader.load()
    assert len(claims) == len({claim.id for claim in claims}) == 43
    for claim in claims:
        assert claim.document in {*documents(), "all"}
        for figure in claim.figures:
            assert figure.calculation is not None or figure.about, claim.id


# --- faults


FAULTS = {
    "cycle": (
        'month = "days * per_day"',
        'month = "days * year"\nyear = "12 * month"',
        ["one.quantities.month", "month -> year -> month"],
    ),
    "itself": ('month = "days * per_day"', 'month = "month + 1"', ["one.quantities.month", "month -> month"]),
    "unknown name": (
        'derive = "month"',
        'derive = "moth"',
        ["one.figure[0].derive", "'moth'", "did you mean 'month'?"],
    ),
    "unknown name inside": (
        '"days * per_day"',
        '"day * per_day"',
        ["one.quantities.month", "did you mean 'days'?"],
    ),
    "unknown key": ("published", "publshed", ["one.figure[0].publshed", "did you mean 'published'?"]),
    "unknown table": ("[[claim.figure]]", "[[claim.figures]]", ["one.figures", "did you mean 'figure'?"]),
    "unknown kind": ('"result"', '"resullt"', ["one.kind", "did you mean 'result'?"]),
    "unknown input": (
        "gpu.hourly_rate",
        "gpu.hourly_rat",
        ["one.quantities.rate.input", "did you mean 'gpu.hourly_rate'?"],
    ),
    "unknown claim": (
        "[claim.quantities]",
        'supports = ["onne"]\n[claim.quantities]',
        ["one.supports", "did you mean 'one'?"],
    ),
    "unknown scenario": (
        "days = 30",
        'days = { scenario = "support_bott", output = "cost" }',
        ["did you mean 'support_bot'?"],
    ),
    "unknown strategy": (
        "days = 30",
        'days = { scenario = "support_bot", output = "cost", strategy = "rga" }',
        ["one.quantities.days.strategy", "did you mean 'rag'?"],
    ),
    "unknown output": (
        "days = 30",
        'days = { scenario = "support_bot", output = "costs" }',
        ["did you mean 'cost'?"],
    ),
    "free is worked out": ('free = "per_day"', 'free = "month"', ["one.figure[0].free", "worked out"]),
    "free is not used": ('free = "per_day"', 'free = "rate"', ["one.figure[0].free", "does not depend"]),
    "free is unknown": (
        'free = "per_day"',
        'free = "per_dya"',
        ["one.figure[0].free", "did you mean 'per_day'?"],
    ),
    "text for a number": ("days = 30", "days = true", ["one.quantities.days", "found true, a boolean"]),
    "three ends": ("days = 30", "days = [1, 2, 3]", ["one.quantities.days"]),
    "ends in disorder": (
        "published = 60",
        "published = [9, 2]",
        ["one.figure[0].published", "9 is above high 2"],
    ),
    "not finite": ("days = 30", "days = nan", ["finite"]),
    "no derivation": (
        'derive = "month"\nfree = "per_day"',
        "",
        ["one.figure[0]", "has neither derive, input nor about"],
    ),
    "input and derive": ("published = 60", 'published = 60\ninput = "price.input"', ["one.figure[0].input"]),
    "no arithmetic": ('"days * per_day"', '"open(days)"', ["one.quantities.month", "open(days)"]),
    "prior without source": (
        "days = 30",
        "days = { prior = { uniform = { min = 1, max = 2 } } }",
        ["one.quantities.days.prior", "together with source"],
    ),
    "broken prior": (
        "days = 30",
        'days = { prior = { unifrom = { min = 1, max = 2 } }, source = "x" }',
        ["did you mean 'uniform'?"],
    ),
    "tolerance": ("published = 60", "published = 60\ntolerance = 2", ["one.figure[0].tolerance"]),
    "bound": (
        "published = 60",
        'published = 60\nbound = "atleast"',
        ["one.figure[0].bound", "did you mean 'at_least'?"],
    ),
    "no id": ('id = "one"', "", ["id", "missing"]),
    "no name": ("days = 30", '"a b" = 30', ["no name"]),
    "empty": (CLAIM, "", ["claim: missing"]),
    "same id": (CLAIM, CLAIM + CLAIM, ["'one' is given twice"]),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_names_file_claim_and_key(case: str, tmp_path: Path) -> None:
    old, new, wanted = FAULTS[case]
    assert old in CLAIM
    with pytest.raises(UserError) as caught:
        reader.load(written(tmp_path, CLAIM.replace(old, new)))
    message = str(caught.value)
    for fragment in ("mine.toml", *wanted):
        assert fragment in message


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    broken = CLAIM.replace('"result"', '"wrong"').replace('derive = "month"', 'derive = "moth"')
    with pytest.raises(UserError) as caught:
        reader.load(written(tmp_path, broken))
    assert len(caught.value.faults) == 2
    assert all(fault.line for fault in caught.value.faults)


# --- working out


def test_ranges_propagate_to_all_corners(tmp_path: Path) -> None:
    text = CLAIM.replace("days = 30", "days = [28, 31]").replace("value = 2", "value = [1, 3]")
    (claim,) = reader.load(written(tmp_path, text))
    assert derivation(claim).derived() == (28.0, 93.0)


def test_a_quantity_that_appears_twice_is_the_same_in_both_places(tmp_path: Path) -> None:
    text = CLAIM.replace("days = 30", "days = [28, 31]").replace(
        '"days * per_day"', '"days / days * per_day"'
    )
    (claim,) = reader.load(written(tmp_path, text))
    assert derivation(claim).derived() == (2.0, 2.0)


def test_what_is_needed_gives_the_published_figure_again(tmp_path: Path) -> None:
    (claim,) = reader.load(written(tmp_path, CLAIM.replace("published = 60", "published = 77")))
    needed = derivation(claim).needed()
    assert needed is not None
    assert needed.ends == (pytest.approx(77 / 30, rel=1e-9),) * 2


def test_what_is_needed_of_ranges_is_where_they_begin_to_meet(tmp_path: Path) -> None:
    text = CLAIM.replace("days = 30", "days = [20, 40]").replace("published = 60", "published = [200, 400]")
    (claim,) = reader.load(written(tmp_path, text))
    needed = derivation(claim).needed()
    # At 5 the most, 40 times, is 200; at 20 the least, 20 times, is 400.
    assert needed is not None
    assert (needed.low, needed.high) == (pytest.approx(5.0, rel=1e-9), pytest.approx(20.0, rel=1e-9))


def test_a_pole_is_no_solution(tmp_path: Path) -> None:
    text = CLAIM.replace('"days * per_day"', '"1 / (per_day - 3.3)"').replace(
        "published = 60", "published = 0"
    )
    (claim,) = reader.load(written(tmp_path, text))
    found = derivation(claim).needed()
    assert found is None or found.low is None or found.low > 1e6


def test_what_is_left_open_spans_the_prior_and_the_median_elsewhere(tmp_path: Path) -> None:
    text = CLAIM.replace('derive = "month"\nfree = "per_day"', 'derive = "100 * rate"\nfree = "rate"')
    (claim,) = reader.load(written(tmp_path, text))
    # P10 and P90 of the default as the registry has them.
    assert derivation(claim).derived() == (pytest.approx(190.0), pytest.approx(390.0))
    (claim,) = reader.load(written(tmp_path, text.replace('\nfree = "rate"', "")))
    assert derivation(claim).derived() == pytest.approx((100 * (1.9 * 3.9) ** 0.5,) * 2)


def test_a_calculation_without_a_value_names_claim_and_key(tmp_path: Path) -> None:
    text = CLAIM.replace('"days * per_day"', '"per_day / (days - 30)"')
    (claim,) = reader.load(written(tmp_path, text))
    with pytest.raises(UserError, match=r"one\.derive.*no finite value"):
        derivation(claim).derived()
