"""Numbers, money, percentages and titles as a reader sees them."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributions import text
from studies.shared import names
from tests.examples import share


def test_examples_in_the_docstrings_hold() -> None:
    tried = [doctest.testmod(module) for module in (text, names)]
    assert all(each.attempted and not each.failed for each in tried)


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (1_234_567.8, 1_234.0, "$1,234,600 ± 1,200"),
        (12.3456, 0.0123, "$12.346 ± 0.012"),
        (-5_000.0, 99.6, "-$5,000 ± 100"),
        (5.0, 0.0, "$5.00 ± 0"),
        (5.0, float("nan"), "$5.00 ± unknown"),
    ],
)
def test_money_ends_at_the_second_digit_of_its_error(value: float, error: float, shown: str) -> None:
    assert text.money_with_error(value, error) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.0, "0 %"), (1.0, "100 %"), (1e-9, "under 1 %"), (1 - 1e-9, "over 99 %"), (0.5, "50 %")],
)
def test_a_percentage_never_claims_certainty_that_is_not_there(share: float, shown: str) -> None:
    assert text.percent(share) == shown


def test_all_and_none_have_no_decimals() -> None:
    assert (text.percent(0.0, 1), text.percent(1.0, 1)) == ("0 %", "100 %")


def test_without_an_interval_none_is_claimed() -> None:
    assert "no interval" in text.probability_with_interval(1.0, None)


@given(st.floats(min_value=-1e15, max_value=1e15, allow_nan=False))
def test_money_reads_back_to_three_digits(value: float) -> None:
    shown = text.money(value).replace("$", "")
    scale = {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(shown[-1], 1.0)
    assert float(shown.rstrip("kMBT")) * scale == pytest.approx(value, rel=0.0051)


@share(0.3)
@given(st.text())
def test_nothing_that_a_terminal_acts_upon_is_left(title: str) -> None:
    cleaned = text.clean(title)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066\u2028\u2029" for c in cleaned)
    assert len(cleaned.splitlines()) <= 1


def test_tables_line_up_with_wide_characters() -> None:
    lines = text.table([("ab", "1"), ("日本", "22")], indent="")
    assert {text.width(line) for line in lines} == {len("ab    22")}
