"""Hostile and careless TOML text ends in tables or in a message that says where and what, fast."""

from __future__ import annotations

import contextlib
import functools
import math
import os
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributions.errors import Fault, UserError
from distributions.tables import reading as toml_text
from distributions.tables import text_file
from distributions.tables.lines import places
from distributions.text import shown_path


def fault_of(text: str | bytes) -> Fault:
    """The one fault of a text."""
    with pytest.raises(UserError) as caught:
        toml_text.parse(text_file.decode(text if isinstance(text, bytes) else text.encode()))
    (fault,) = caught.value.faults
    assert "\n" not in str(fault)
    return fault


def file_fault(path: Path | str) -> str:
    """The message for a file that cannot be read."""
    with pytest.raises(UserError) as caught:
        toml_text.read(path)
    return str(caught.value)


def test_tables_that_hold_themselves_are_too_deep() -> None:
    tables: dict[str, object] = {}
    tables["study"] = [tables]
    with pytest.raises(UserError, match="nested too deep"):
        list(toml_text.unusable(tables))


# --- files


def test_a_missing_file_names_its_nearest_neighbour(tmp_path: Path) -> None:
    (tmp_path / "support_bot.toml").write_text("")
    (tmp_path / "other.toml").write_text("")
    message = file_fault(tmp_path / "suport_bot.toml")
    assert message.startswith(f"{tmp_path}/suport_bot.toml: no such file")
    assert f"did you mean {tmp_path}/support_bot.toml?" in message
    assert f"did you mean {tmp_path}/support_bot.toml?" in file_fault(tmp_path / "support_bot")
    assert "other.toml, support_bot.toml" in file_fault(tmp_path / "zzzzzz")
    assert "no folder" in file_fault(tmp_path / "none" / "a.toml")
    assert 'its character "о" is U+043E' in file_fault(tmp_path / "support_bоt.toml")


def test_a_folder_names_the_files_in_it(tmp_path: Path) -> None:
    (tmp_path / "a b.toml").write_text("")
    (tmp_path / "note.txt").write_text("")
    message = file_fault(tmp_path)
    assert "is a folder" in message
    assert message.endswith("it holds 'a b.toml'")


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.toml"
    path.write_text("")
    path.chmod(0)
    if os.getuid() == 0:  # who may read anything

        def deny(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", deny)
    assert "permission" in file_fault(path)


def test_special_files_are_refused_without_being_opened(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.toml"
    os.mkfifo(fifo)
    assert "is a named pipe; allowed: a regular file" in file_fault(fifo)
    assert "is a character device" in file_fault("/dev/zero")


def test_size_is_checked_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "big.toml"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    assert "has 100,000,000 bytes; allowed: at most 1,000,000 bytes" in file_fault(path)


@pytest.mark.parametrize("name", ["a b.toml", "☕.toml", "it's.toml", "two\nlines.toml"])
def test_odd_file_names_are_read_and_quoted(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("a = 1")
    assert toml_text.read(path).tables == {"a": 1}
    path.write_text("a 1")
    message = file_fault(path)
    assert "\n" not in message
    assert message.startswith(f"{shown_path(str(path))}:1:3: ")


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 5000, "/dev/null/a.toml"])
def test_impossible_paths(path: str) -> None:
    assert "\n" not in file_fault(path)


# --- encodings


def test_bom_crlf_and_a_missing_last_line_end_change_nothing() -> None:
    plain = 'a = 1\nb = "é"\n'
    want = toml_text.parse(text_file.decode(plain.encode()))
    for variant in (
        b"\xef\xbb\xbf" + plain.encode(),
        plain.replace("\n", "\r\n").encode(),
        plain.rstrip("\n").encode(),
    ):
        assert toml_text.parse(text_file.decode(variant)) == want


@pytest.mark.parametrize(
    ("data", "words", "line"),
    [
        ("a = 1".encode("utf-16"), "UTF-16", None),
        (b"\xfe\xff" + "a = 1".encode("utf-16-be"), "UTF-16", None),
        ("a = 1 # note".encode("utf-16-le"), "UTF-16", None),
        ("a = 1".encode("utf-32"), "UTF-32", None),
        (b"a = 1\n# caf\xe9\n", "must be UTF-8: byte 0xE9 at offset 11", 2),
        (b"\xef\xbb\xbfa = 1\n# caf\xe9\n", "byte 0xE9 at offset 14", 2),
        (b"\x89HDF\r\n\x1a\n", "is a NetCDF or HDF5 file, not text: byte 0x89 at offset 0", None),
        (b"\x89PNG\r\n\x1a\n", "is a PNG image, not text: byte 0x89 at offset 0", None),
        (
            b"PK\x03\x04abc",
            "zip archive or office document, not text: found the control character U+0003",
            None,
        ),
        (b"abc\0\0\0\xff", "is a binary file, not text: byte 0xFF at offset 6", None),
        (b'a = 1\nb = "x\0y"', "control character U+0000 at byte offset 12", 2),
        (b'a = "\x1b[31m"', "control character U+001B", 1),
        (b"a = 1\rb = 2\r", "LF or CRLF", 1),
    ],
)
def test_what_is_not_utf8_text(data: bytes, words: str, line: int | None) -> None:
    fault = fault_of(data)
    assert words in str(fault)
    assert fault.line == line


# --- syntax


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('a = 1\ntitle "x"', 2, 'title "x"; write key = value'),
        ("a: 3", 1, "followed by '=', not ':'"),
        ('a = 1\nb = "x\nc = 3', 2, 'the quoted text is never closed: b = "x'),
        ('a = 1\nb = """x\nc = 3', 2, 'the quoted text is never closed: b = """x'),
        ("a = { b = 1\nc = 3", 1, "'{' is never closed: a = { b = 1; an inline table stays on one line"),
        ('a = [1, 2\n\n[b]\nc = "d"', 1, "'[' is never closed: a = [1, 2"),
        ("[a\nb = 1", 1, "'[' is never closed: [a"),
        ("a = 0,25", 1, "a = 0,25; decimals take a point: write 0.25"),
        ("a = { min = 0,25, max = 3 }", 1, "write 0.25"),
        ("a = 1,000,000", 1, "write 1_000_000"),
        ("a = 1,500", 1, "write 1_500 for thousands, 1.500 for decimals"),
        ("a = 1.000.000", 1, "thousands take no point: write 1_000_000"),
        ("a = $3", 1, "write 3"),
        ("a = $1,200", 1, "write 1_200"),
        ("a = 40%", 1, "write 0.4"),
        ("a = { normal = { mean = 2.5 %, sd = 1 } }", 1, "write 0.025"),
        ("a = 3k", 1, "write 3_000"),
        ("a = .5", 1, "write 0.5"),
        ("a = 5.", 1, "write 5.0"),
        ("a = 007", 1, "write 7"),
        ("a = rag", 1, 'text goes in double quotes: "rag"'),
        ("a = “rag”", 1, "quotes are straight"),
        ("a = True", 1, "write true"),
        ("a = { b = 1, }", 1, "no comma before '}'"),
        ("a = 1 b = 2", 1, "after a statement: a = 1 b = 2"),
        ('a = "\\q"', 1, "Unescaped"),
    ],
)
def test_syntax_errors_show_line_column_text_and_hint(text: str, line: int, words: str) -> None:
    fault = fault_of(text)
    assert fault.line == line
    assert fault.column is not None
    assert "not valid TOML" in fault.problem
    assert words in str(fault)


@pytest.mark.parametrize(
    ("text", "key", "line", "words"),
    [
        ("a = 1\nb = 2\na = 3\n", "a", 3, "the same key twice: first in line 1"),
        ("[a]\nb = 1\n[c]\n[a]\n", "a", 4, "the same table twice: first in line 1"),
        ("[a]\nb = { c = 1, c = 2 }", "a.b.c", 2, "the same key twice"),
        ("inputs.price = 3\n[inputs.price]", "inputs.price", 2, "twice: first in line 1"),
        ("a = { b = 1 }\n[a.c]", "a.c", 2, "'a' has its whole value in line 1"),
        ("a.b.c = 1\na.b = 2", "a.b", 2, "line 1"),
    ],
)
def test_keys_and_tables_set_twice(text: str, key: str, line: int, words: str) -> None:
    fault = fault_of(text)
    assert (fault.key, fault.line) == (key, line)
    assert words in fault.problem


@pytest.mark.parametrize("text", ["a = 1\t# tab", 'a = "q\tb"', "a = [1, 2, ]", "\ta\t=\t1"])
def test_tabs_and_trailing_commas_of_arrays_are_fine(text: str) -> None:
    assert toml_text.parse(text) == tomllib.loads(text)


# --- bombs


def seconds(text: str) -> float:
    """Of processor time, for reading a text, whatever comes of it."""
    start = time.process_time()
    with contextlib.suppress(UserError):
        toml_text.parse(text)
    return time.process_time() - start


@functools.cache
def honest() -> float:
    """What 300,000 characters of ordinary lines take here."""
    text = "".join(f"a{k:05} = 1\n" for k in range(27_000))
    return min(seconds(text) for _ in range(3))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = " + "[" * 100_000 + "]" * 100_000, "too deeply nested"),
        ("a = " + "{ b = " * 100_000 + "1", "too deeply nested"),
        (".".join("a" * 50_000) + " = 1", "dotted key has more than 20 parts"),
        ("[" + " . ".join("a" * 50_000) + "]", "dotted key has more than 20 parts"),
        ("a = 1\nb = " + "9" * 5000, "a number of 5,000 digits"),
    ],
)
def test_bombs_are_refused_fast(text: str, words: str) -> None:
    assert seconds(text) < honest()
    fault = fault_of(text)
    assert words in fault.problem
    assert fault.line == text.count("\n") + 1


@pytest.mark.parametrize(
    "unit",
    ['"""\\', '"""\\""" ', '"', "'", '"a\n', "'''a''", '"\\', "a=1\n", "[a]\n", "a={b=[{c=1}]}\n", "[[a]]\n"],
)
def test_repetition_takes_linear_time(unit: str) -> None:
    # were it the square of the length, this would be thousands
    assert seconds(unit * (300_000 // len(unit))) < 10 * honest()


def test_brackets_and_dots_in_strings_and_comments_do_not_count() -> None:
    noise = "[" * 100 + "a." * 100
    text = (
        f'a = "{noise}"\nb = \'{noise}\'\nc = """\n{noise}\\""" """"\n# {noise}\nd = \'\'\'\n{noise}\'\'\'\n'
    )
    assert toml_text.parse(text) == tomllib.loads(text)


# --- positions and numbers


def test_lines_of_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(
        '[study]\ntitle = "x"\n\n[inputs.price]\ninput = { uniform = { min = 1, max = 2 } }\n'
        '"tuned input".x = 1e400\n[[dependence]]\ninputs = [\n  "a",\n  "b",\n]\n'
        "[[dependence]]\ninputs = []\n"
    )
    document = toml_text.read(path)
    for where, line in {
        ("study",): 1,
        ("study", "title"): 2,
        ("inputs",): 4,
        ("inputs", "price", "input", "uniform", "max"): 5,
        ("inputs", "price", "input", "no such"): 5,
        ("inputs", "price", "tuned input", "x"): 6,
        ("dependence", 0, "inputs", 1): 10,
        ("dependence", 1, "inputs"): 13,
    }.items():
        assert document.line(where) == line, where
    assert document.line(()) is None
    assert document.raw(("inputs", "price", "tuned input", "x")) == "1e400"


def test_unusable_values_are_found_anywhere() -> None:
    tables = toml_text.parse(
        "a = nan\nb = [{ c = -inf }, 1e400]\nd = 1e30\n" + "e = " + "9" * 400 + "\nf = -1.1e30"
    )
    found = dict(toml_text.unusable(tables))
    assert set(found) == {("a",), ("b", 0, "c"), ("b", 1), ("e",), ("f",)}
    assert [path for path, _ in toml_text.unusable({"a": [1, None], "b": {"c": "\ud800"}})] == [
        ("a", 1),
        ("b", "c"),
    ]
    assert found[("b", 1)] == math.inf


def test_a_value_on_its_own() -> None:
    assert toml_text.value("3") == 3
    assert toml_text.value(" { uniform = { min = 1, max = 2 } }") == {"uniform": {"min": 1, "max": 2}}
    for text in ["", "{", "1\nb = 2", "0,25", "\ud800", "a\x1b[31m", "[" * 9999]:
        with pytest.raises(UserError) as caught:
            toml_text.value(text, key="--set price.input")
        (fault,) = caught.value.faults
        assert fault.key == "--set price.input"
        assert str(fault).isprintable()


@given(st.binary(max_size=300) | st.text("a.=[]{}\"'\\#,\n 1-e_:\t", max_size=80).map(str.encode))
def test_any_bytes_end_in_tables_or_a_user_error(data: bytes) -> None:
    try:
        text = text_file.decode(data)
        tables = toml_text.parse(text)
    except UserError as error:
        assert len(error.faults) == 1  # noqa: PT017 - either end is right
        assert str(error).isprintable()  # noqa: PT017
    else:
        assert tables == tomllib.loads(text) or "nan" in text
        assert len(list(places(text))) >= bool(tables)


@pytest.mark.parametrize("written", ["[inputs.prіce]\ninput = 3\n", '[inputs."prіce"]\ninput = 3\n'])
def test_a_letter_that_only_looks_like_another_is_named(written: str, tmp_path: Path) -> None:
    from sim import Scenario

    path = tmp_path / "look.toml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        Scenario.load(path)
    assert 'its character "і" is U+0456' in str(caught.value)
    with pytest.raises(UserError, match=r"U\+0430"):
        Scenario.from_dict({"study": {"compare": ["rаg", "prompt"]}})
