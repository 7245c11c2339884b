"""A column is read row by row; what is wrong with a file is said with its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from distributions import csv_column
from distributions.csv_column import read_column
from distributions.errors import UserError
from distributions.support import Support

ROWS = """cloud, kind ,usd
aws,spot,3
aws,on_demand,9
gcp,spot,
"new, cloud",spot,1
aws,spot,2
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rates.csv"
    path.write_text(ROWS, encoding="utf-8-sig")
    return path


def test_values_are_sorted_and_what_is_left_out_is_counted(file: Path) -> None:
    found = read_column(file, "usd", most=10, where=[("kind", "spot")], skip_empty=True)
    assert found.values.tolist() == [1, 2, 3]
    assert (found.rows, found.unmatched, found.empty) == (5, 1, 1)
    found = read_column(file, "usd", most=10, where=[("kind", "spot"), ("cloud", "aws")])
    assert found.values.tolist() == [2, 3]
    assert (found.rows, found.unmatched, found.empty) == (5, 3, 0)


def test_an_empty_cell_is_refused_unless_it_may_be_skipped(file: Path) -> None:
    with pytest.raises(UserError, match="row 4, column usd: the cell is empty"):
        read_column(file, "usd", most=10)


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ([("kind", "spt")], ['has "spt" in kind', "did you mean 'spot'?", "on_demand"]),
        ([("knd", "spot")], ['no column "knd"', "did you mean 'kind'?"]),
        ([("kind", "on_demand"), ("cloud", "gcp")], ["kind = on_demand and cloud = gcp together"]),
        ([("kind", "on_demand")], ["one value", "two or more"]),
    ],
)
def test_a_selection_of_nothing_says_what_there_is(
    where: list[tuple[str, str]], wanted: list[str], file: Path
) -> None:
    with pytest.raises(UserError) as error:
        read_column(file, "usd", most=10, where=where, skip_empty=True)
    for words in wanted:
        assert words in str(error.value)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", ["is empty"]),
        (b"x\n", ["no rows"]),
        (b"x\n1\n", ["one row"]),
        (b"x\n1\n2,5\nthree\n", ["row 4", '"three"']),
        (b"x\n1\nnan\n", ["row 3", "nan", "finite"]),
        (b"x\n1\n-inf\n", ["row 3", "finite"]),
        (b"x\n1\n-2\n", ["row 3", "found -2", "≥ 0"]),
        (b"x\n1\n\0\0\n", ["binary file", "after row 2"]),
        (b"\x89PNG\r\n\x1a\n\0\0", ["not UTF-8", "byte 0"]),
        ("x\n1\n2\n".encode("utf-16"), ["not UTF-8", "iconv"]),
        (b'x\n"1\n2\n', ["row"]),
        (b"x\n1\n2\n3\n4\n", ["more than 3 rows"]),
        (b"x\n" + b"1" * 60, ["a line of 50 characters"]),
    ],
)
def test_bad_files(
    content: bytes, wanted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_column, "LONGEST_LINE", 50)
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        read_column(path, "x", most=3, support=Support(0))
    for words in wanted:
        assert words in str(error.value)
    assert len(error.value.faults) == 1
