"""Several commands in one process of their own, one after the other: it starts, imports and loads but once.

python -m tests.in_turn

reads a JSON list of steps, each a text of Python that is executed first and a command's arguments, and writes the list
of what came of them: exit status, stdout and stderr.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.command import environment, patience

Step = tuple[str, Sequence[object]]
Answer = tuple[int, str, str]


def in_turn(steps: Sequence[Step], folder: Path, *, shell: str = "", **changes: str | None) -> list[Answer]:
    """What came of each step. shell: what a shell does before the process begins, such as a limit."""
    wanted = json.dumps([(before, [str(argument) for argument in arguments]) for before, arguments in steps])
    line = [sys.executable, "-m", "tests.in_turn"]
    done = subprocess.run(
        ["bash", "-c", f'{shell}; exec "$@"', "bash", *line] if shell else line,
        cwd=folder, env=environment(**changes), input=wanted.encode(), capture_output=True, timeout=patience(),
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return [(status, out, err) for status, out, err in json.loads(done.stdout)]


def _answer(arguments: list[str]) -> Answer:
    from studies.cli import main

    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        kept = [os.dup(stream) for stream in (1, 2)]
        try:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            status = main(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            for stream, before in enumerate(kept, 1):
                os.dup2(before, stream)
                os.close(before)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return status, texts[0], texts[1]


def _main() -> None:
    names: dict[str, object] = {}
    answers = []
    for before, arguments in json.load(sys.stdin):
        exec(before, names)
        answers.append(_answer(arguments))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    _main()
