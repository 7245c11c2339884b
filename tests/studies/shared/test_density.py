"""The picture of a density in characters: heights are probabilities, and bars lie where their ends do."""

from __future__ import annotations

import pytest

from distributions.spec import marginal
from studies.shared.density import BLOCKS, COLUMNS, ROWS, Bar, picture, quantiles


def heights(lines: list[str]) -> list[int]:
    """Eighths of a row that each column is high."""
    columns = [line[2:].ljust(COLUMNS) for line in lines]
    return [sum(BLOCKS.index(line[at]) for line in columns) for at in range(COLUMNS)]


def test_columns_are_as_high_as_the_probability_in_them() -> None:
    distribution = marginal({"triangular": {"min": 0, "mode": 0, "max": 1}})
    *density, axis = picture(distribution)
    found = heights(density)
    assert found[0] == 8 * ROWS
    # The density falls in a straight line, and a column shows it to half an eighth.
    low, high = (float(value) for value in distribution.ppf([0.005, 0.995]))
    for at in range(COLUMNS):
        middle = low + (high - low) * (at + 0.5) / COLUMNS
        first = low + (high - low) * 0.5 / COLUMNS
        assert found[at] == pytest.approx(8 * ROWS * (1 - middle) / (1 - first), abs=0.51)
    assert axis.split() == ["0.0025", "0.929"]


def test_bars_lie_on_the_axis_of_the_density() -> None:
    distribution = marginal({"uniform": {"min": 0, "max": 60}})
    ranged, single, *_, axis = picture(
        distribution, [Bar("paper", 0, 30), Bar("note", 45, 45), Bar("wide", 0, 60)]
    )
    assert ranged[2] == "├"
    assert ranged[2 + 30] == "┤"
    assert ranged.endswith("paper 0 to 30")
    assert single.index("◆") == 2 + 45
    assert single.endswith("note 45")
    assert axis.split() == ["0", "60"]


def test_a_wide_range_has_a_logarithmic_axis_on_which_a_lognormal_is_even() -> None:
    distribution = marginal({"lognormal": {"p10": 1, "p90": 1000}})
    *density, axis = picture(distribution)
    assert "(logarithmic)" in axis
    found = heights(density)
    assert found == found[::-1]
    assert max(found) == 8 * ROWS


def test_a_range_from_almost_nothing_stays_linear_where_it_is_even_there() -> None:
    *density, axis = picture(marginal({"uniform": {"min": 0, "max": 1}}))
    assert "logarithmic" not in axis
    assert heights(density) == [8 * ROWS] * COLUMNS


def test_steps_are_drawn_and_a_certain_value_is_not() -> None:
    *density, _ = picture(marginal({"discrete": {"values": [1, 2], "weights": [3, 1]}}))
    found = heights(density)
    assert (found[0], found[-1]) == (8 * ROWS, 2 * ROWS + 4)
    assert sum(found[1:-1]) == 0
    assert picture(marginal(3)) == []


def test_quantiles_are_labelled_with_two_digits() -> None:
    distribution = marginal({"uniform": {"min": 0, "max": 100}})
    assert [line.split() for line in quantiles(distribution, [0.05, 0.5, 0.95])] == [
        ["P05", "P50", "P95"],
        ["5", "50", "95"],
    ]
