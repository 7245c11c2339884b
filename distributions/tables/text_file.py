"""Text from a file that a user names: a regular file of a sane size, in UTF-8, without control characters.

Everything else ends in a UserError that says what was found. Nothing special is opened, nothing big is read.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
from pathlib import Path

from distributions.errors import Fault, UserError, not_ascii
from distributions.text import shown_path

SIZE_LIMIT = 1_000_000
"""Bytes; the largest scenario of the project has a few thousand."""


def contents(path: Path) -> str:
    """The text of a file; UserError, without a file name, for what is not a small regular file of text."""
    return decode(_bytes(path))


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _bytes(path: Path) -> bytes:
    """The bytes of a regular file of a sane size."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UserError(_folder_fault(path))
        if not stat.S_ISREG(status.st_mode):
            raise UserError(Fault("", f"is {_kind(status.st_mode)}", allowed="a regular file"))
        if status.st_size > SIZE_LIMIT:
            raise UserError(_size_fault(f"{status.st_size:,}"))
        with path.open("rb") as stream:
            data = stream.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        raise UserError(_missing_fault(path)) from None
    except PermissionError:
        raise UserError(Fault("", "permission to read it is denied", allowed="a file you may read")) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UserError(Fault("", f"cannot be read: {reason}", allowed="the path of a TOML file")) from None
    if len(data) > SIZE_LIMIT:
        raise UserError(_size_fault(f"more than {SIZE_LIMIT:,}"))
    return data


def _size_fault(size: str) -> Fault:
    return Fault("", f"has {size} bytes", allowed=f"at most {SIZE_LIMIT:,} bytes")


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISCHR, "a character device"),
        (stat.S_ISBLK, "a block device"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for test, name in kinds if test(mode)), "a special file")


def _folder_fault(path: Path) -> Fault:
    names = [name for name in _names(path) if name.endswith(".toml")]
    hint = f"it holds {_listed(names)}" if names else "it holds no .toml file"
    return Fault("", "is a folder", allowed="a TOML file", hint=hint)


def _missing_fault(path: Path) -> Fault:
    folder = path.parent
    if not os.path.isdir(folder):  # noqa: PTH112 - unlike Path.is_dir, never raises
        shown = shown_path(folder)
        return Fault("", f"no such file, and no folder {shown}", allowed="the path of a TOML file")
    names = _names(folder)
    tomls = [name for name in names if name.endswith(".toml")]
    for candidates in (tomls, names):
        near = difflib.get_close_matches(path.name, candidates, n=1) or [
            name for name in candidates if name.removesuffix(".toml") == path.name
        ]
        if near:
            shown = shown_path(folder / near[0])
            letters = not_ascii(path.name) if near[0].isascii() else ""
            return Fault("", "no such file", hint=f"did you mean {shown}? {letters}".rstrip())
    hint = f"the folder holds {_listed(tomls)}" if tomls else "the folder holds no .toml file"
    return Fault("", "no such file", hint=hint)


def _names(folder: Path) -> list[str]:
    """File names of a folder, sorted; none where it cannot be listed."""
    try:
        return sorted(entry.name for entry in os.scandir(folder))
    except OSError:
        return []


def _listed(names: list[str]) -> str:
    few = ", ".join(shown_path(name) for name in names[:8])
    return few if len(names) <= 8 else f"{few} and {len(names) - 8} more"


# --- the encoding

_MAGIC = (
    (b"\x89HDF", "a NetCDF or HDF5 file"),
    (b"CDF\x01", "a NetCDF file"),
    (b"CDF\x02", "a NetCDF file"),
    (b"\x89PNG", "a PNG image"),
    (b"PK\x03\x04", "a zip archive or office document"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
)
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")


def decode(data: bytes) -> str:
    """UTF-8 bytes as text, without byte order mark, with line feeds only; control characters are refused."""
    wide = _wide(data)
    if wide:
        raise UserError(
            Fault("", f"found {wide} text", allowed="UTF-8", hint='save it as "UTF-8" in the editor')
        )
    kind = next((name for start, name in _MAGIC if data.startswith(start)), "")
    bom = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    try:
        text = data[bom:].decode()
    except UnicodeDecodeError as error:
        raise UserError(_byte_fault(data, bom + error.start, kind)) from None
    illegal = _ILLEGAL.search(text)
    if illegal:
        offset = bom + len(text[: illegal.start()].encode())
        line, column = position(text, illegal.start())
        code = ord(illegal.group())
        what = f"found the control character U+{code:04X} at byte offset {offset}"
        if kind:
            raise UserError(Fault("", f"is {kind}, not text: {what}", allowed="a TOML file, UTF-8 text"))
        if code == 13:
            hint = "a carriage return alone ends no line: save with LF or CRLF line ends"
        else:
            hint = f'inside double quotes it is written "\\u{code:04X}"'
        raise UserError(Fault("", what, allowed="text", hint=hint, line=line, column=column))
    return text.replace("\r\n", "\n")


def _wide(data: bytes) -> str:
    """The name of a Unicode encoding other than UTF-8 that the bytes are in, or ""."""
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return "UTF-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    start = data[:400]
    half = len(start) // 2
    if half > 2 and max(start[0::2].count(0), start[1::2].count(0)) > 0.7 * half:
        return "UTF-16" if start.count(0) < 0.7 * len(start) else ""
    return ""


def _byte_fault(data: bytes, offset: int, kind: str) -> Fault:
    """A fault for a byte that is not UTF-8: of a binary file, or of text in an older encoding."""
    what = f"byte 0x{data[offset]:02X} at offset {offset} is not UTF-8"
    if kind or b"\0" in data:
        return Fault("", f"is {kind or 'a binary file'}, not text: {what}", allowed="a TOML file, UTF-8 text")
    line = data.count(b"\n", 0, offset) + 1
    column = offset - (data.rfind(b"\n", 0, offset) + 1) + 1
    letter = data[offset : offset + 1].decode("latin-1")
    reading = f" (Latin-1 {letter!r}?)" if letter.isprintable() else ""
    return Fault(
        "", f"must be UTF-8: {what}{reading}", hint="save it as UTF-8 in the editor", line=line, column=column
    )
