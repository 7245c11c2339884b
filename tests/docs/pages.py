"""The pages of the manual as a reader follows them: files are written, commands run, and what they print compared.

In a page's blocks of code,

- `console`: each line that begins with "$ " is run, and the lines that follow are what it prints, whole.
  `$ cat FILE` shows a file, which is written.
- `sh`: the lines that begin with "breakeven " are run, with few draws; what they print is not shown. Tests of their
  own run those of `ELSEWHERE` just as a page has them.
- `toml` whose first line is "# NAME.toml" is a file, which is written.
- `python` is run, each block with the names of those before it; `pycon` is checked by doctest. What begins with
  "# FILE.py" is a file of the package that a reader would add: tests of its own do so.

    python -m tests.docs.pages

writes what the `console` blocks of all pages print anew.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from studies.cli import main
from tests.small import make_small

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if "_build" not in page.parts]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
NOWHERE = "tcp://10."
"""Addresses of machines that only an example has."""

FEW = {
    "run": "--draws 20000 --no-figures",
    "quotes": "--draws 4096",
    "diff": "--draws 1024",
    "drivers": "--base-samples 64",
    "advise": "--draws 20000",
    "solve": "--draws 4096",
    "sweep": "--draws 1024",
    "information": "--draws 4096",
}
"""What the commands of `sh` blocks get, where they do not ask for fewer draws."""

ELSEWHERE = ("audit", "serve")
"""An audit has no draws to take fewer of; a server runs until it is stopped."""


@dataclass
class Block:
    """A block of code: its language, its text and where the text begins and ends in the page."""

    language: str
    text: str
    start: int
    end: int


@dataclass
class Reader:
    """Follows pages in a folder of their own. differences: what a page shows and a command no longer prints."""

    folder: Path
    differences: list[str] = field(default_factory=list)
    names: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "bin").mkdir()
        program = self.folder / "bin" / "breakeven"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m studies "$@"\n')
        program.chmod(0o755)
        (self.folder / "here" / "studies").mkdir(parents=True)
        for data in ("scenarios", "quotes"):
            (self.folder / "here" / "studies" / data).symlink_to(ROOT / "studies" / data)
        self.here = self.folder / "here"
        (self.here / "latency.csv").write_text("ms\n" + "".join(f"{300 + 7 * k}\n" for k in range(60)))

    def follow(self, page: Path) -> str:
        """Does what a page says; the page with the outputs as they are now."""
        text = page.read_text(encoding="utf-8")
        parts, last = [], 0
        for block in blocks(text):
            again = self._block(block)
            parts += [text[last : block.start], again]
            last = block.end
            if again != block.text:
                self.differences.append(f"{page.name} shows\n{block.text}\nand this is printed:\n{again}")
        return "".join([*parts, text[last:]])

    def _block(self, block: Block) -> str:
        if block.language == "console":
            return "".join(self._command(*one) for one in shown(block.text))
        if block.language == "sh":
            with pytest.MonkeyPatch.context() as patch:
                make_small(patch)
                for command in breakeven_commands(block.text):
                    if NOWHERE not in command and command.split()[1] not in ELSEWHERE:
                        self._run(_with_few_draws(command))
        elif block.language == "toml" and (name := re.match(r"# (\w+\.toml)\n", block.text)):
            (self.here / name[1]).write_text(block.text)
        elif block.language in ("python", "pycon") and not re.match(r"# [\w/]+\.py\n", block.text):
            with contextlib.chdir(self.here):
                self._python(block)
        return block.text

    def _command(self, command: str, output: str) -> str:
        """The command with what it prints now."""
        words = shlex.split(command)
        if words[0] == "cat" and len(words) == 2:
            (self.here / words[1]).write_text(output)
            return f"$ {command}\n{output}"
        return f"$ {command}\n{settled(self._run(command))}"

    def _environment(self) -> dict[str, str]:
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}

    def _run(self, command: str) -> str:
        """What a command prints; ours in this process, where all is imported and loaded already."""
        arguments = plain(command, self.here)
        if arguments is not None:
            with io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) as printed:
                with (
                    contextlib.chdir(self.here),
                    contextlib.redirect_stdout(printed),
                    contextlib.redirect_stderr(printed),
                ):
                    status = main(arguments)
                printed.seek(0)
                text = printed.read()
            assert status == 0, f"{command}: {text}"
            return text
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.here,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}"
        return done.stdout

    def _python(self, block: Block) -> None:
        if block.language == "python":
            exec(compile(block.text, "<manual>", "exec"), self.names)
            return
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        test = doctest.DocTestParser().get_doctest(block.text, self.names, "manual", None, None)
        said: list[str] = []
        runner.run(test, out=said.append, clear_globs=False)
        self.names = dict(test.globs)
        self.differences += said


def blocks(text: str) -> Iterator[Block]:
    """The blocks of code of a page, in order."""
    for found in BLOCK.finditer(text):
        yield Block(found[1], found[2], found.start(2), found.end(2))


def shown(text: str) -> list[tuple[str, str]]:
    """The commands of a `console` block, each with the lines that follow it."""
    assert text.startswith("$ "), text
    return [
        (one[1], one[2]) for one in re.finditer(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, flags=re.MULTILINE)
    ]


def breakeven_commands(text: str) -> list[str]:
    """The commands of a `sh` block that are ours, without the remarks beside them."""
    lines = [line.partition(" #")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line.startswith("breakeven ")]


def words(command: str) -> list[str]:
    """The arguments of one command, up to a remark, a pipe or a redirection."""
    found = shlex.split(command, comments=True)
    ends = [at for at, word in enumerate(found) if word in ("|", ">")]
    return found[: min(ends, default=len(found))]


def _with_few_draws(command: str) -> str:
    few = FEW.get(command.split()[1], "")
    asked = re.search(r" --draws (\S+)", command)
    if asked is None:
        return f"{command} {few}".strip()
    if not few.startswith("--draws") or float(asked[1]) <= float(few.split()[1]):
        return command
    return f"{command.replace(asked[0], '')} {few}"


def plain(command: str, folder: Path) -> list[str] | None:
    """The arguments of a command of ours that needs no shell but for names of files; None of any other."""
    parts = shlex.shlex(command, posix=True, punctuation_chars="<>|&;()")
    parts.whitespace_split = True
    first, *arguments = parts
    shell = any(set(part) <= set("<>|&;()") for part in arguments) or set(command) & set("?$`~")
    if first != "breakeven" or shell:
        return None
    return [name for part in arguments for name in _files(part, folder) or [part]]


def _files(part: str, folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.glob(part)) if "*" in part else []


def settled(printed: str) -> str:
    """What is printed, with one name for every run's folder and one time for all work."""
    text = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{8}", "20261121T101500Z-1a2b3c4d", printed)
    return re.sub(r"\([^()]*, [^()]* of it for the numbers\)", "(5.9 s, 3.5 s of it for the numbers)", text)


def write_anew() -> None:
    """Writes the pages with the outputs as they are now."""
    os.environ["COLUMNS"] = "80"  # as where there is no terminal
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            again = Reader(Path(folder)).follow(page)
        if again != page.read_text(encoding="utf-8"):
            page.write_text(again, encoding="utf-8")
            sys.stdout.write(f"{page.relative_to(ROOT)} is written anew\n")


if __name__ == "__main__":
    write_anew()
