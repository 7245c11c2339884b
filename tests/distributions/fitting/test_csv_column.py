"""A column is read row by row; what is wrong with a file is said with its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from distributions.errors import UserError
from distributions.fitting import csv_column
from distributions.fitting.csv_column import read_column
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
        (b"x\n1\n2.5\nthree\n", ["row 4", '"three"']),
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


def written(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "numbers.csv"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("ms\n3,5\n4,25\n", ["row 2", '"3,5" has 2 cells', "a decimal comma?"]),
        ("ms\n7\n1.234,5\n", ["row 3", '"1.234,5"', "a decimal comma?"]),
        ('ms\n"3,5"\n"4,25"\n', ["row 2", 'found "3,5"', "--decimal ,"]),
        ("ms,host\n3,a,b\n4,c\n", ["row 2", "has 3 cells, the header 2"]),
        ("ms,ms\n3,5\n4,25\n", ['2 columns of the name "ms"', "rename"]),
        ("host;ms\na;3,5\nb;4,25\n", ['no column "ms"', "separated by ';'", "--decimal ,"]),
        ("host\tms\na\t3\nb\t4\n", ['no column "ms"', "separated by a tab"]),
    ],
)
def test_a_row_that_does_not_fit_its_header_is_never_read_in_part(
    tmp_path: Path, content: str, parts: list[str]
) -> None:
    with pytest.raises(UserError) as caught:
        read_column(written(tmp_path, content), "ms", most=100)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("ms\n3,5\n4,25\n", [3.5, 4.25]),
        ("ms\n1.234,5\n12.345.678\n7\n", [7.0, 1234.5, 12345678.0]),
        ("host;ms\na,b;3,5\nc;4,25\n", [3.5, 4.25]),
        ("host\tms\na\t-3,5\nb\t4,25e2\n", [-3.5, 425.0]),
    ],
)
def test_decimal_commas_are_read_where_they_are_announced(
    tmp_path: Path, content: str, expected: list[float]
) -> None:
    found = read_column(written(tmp_path, content), "ms", most=100, decimal=",")
    assert found.values.tolist() == expected


def test_the_separator_is_named_where_the_only_column_is_taken(tmp_path: Path) -> None:
    for content, words in (
        ("a;b\n3,5;4\n4,25;5\n", "separated by ';'"),
        ("a;b\n3;4\n5;6\n", "separated by ';'"),
        ("ms\tx\n3\t4\n5\t6\n", "separated by a tab"),
        ("ms,ms\n3,5\n4,25\n", '2 columns of the name "ms"'),
    ):
        with pytest.raises(UserError, match=words):
            read_column(written(tmp_path, content), None, most=100)


@pytest.mark.parametrize("cell", ["1,234.5", "1.23,4", "12.34", "1,2,3", ",", "1.2345,6"])
def test_what_is_no_number_with_a_decimal_comma_is_refused(tmp_path: Path, cell: str) -> None:
    with pytest.raises(UserError, match="row 2"):
        read_column(written(tmp_path, f"host;ms\na;{cell}\nb;1\n"), "ms", most=100, decimal=",")


def test_the_only_column_needs_no_name(tmp_path: Path) -> None:
    found = read_column(written(tmp_path, "ms\n3\n4\n"), None, most=100)
    assert (found.column, found.values.tolist()) == ("ms", [3.0, 4.0])
    with pytest.raises(UserError, match="allowed: host, ms"):
        read_column(written(tmp_path, "host,ms\na,3\nb,4\n"), None, most=100)
