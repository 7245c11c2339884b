"""Runs commands under an audit hook, and tells what they did that they promised not to do; see `test_audit.py`.

python -m tests.security.watched REPORT ALLOWED_FOLDERS COMMAND ... [then COMMAND ...] ...
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from tests.small import make_small

MARK = "mark_of_the_user_5b1e"
"""In the title of the scenario: text that must never be compiled."""

ROOT = Path(__file__).resolve().parents[2]
OURS = tuple(str(ROOT / package) + os.sep for package in ("distributions", "sim", "studies"))
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main(report: str, allowed: str, command: list[str]) -> int:
    """The largest of the commands' statuses; what was found is in the file `report`, a list of texts."""
    folders = tuple(os.path.realpath(folder) + os.sep for folder in allowed.split(os.pathsep))
    found: list[str] = []

    def told(event: str, detail: object) -> None:
        where = [frame for frame in traceback.extract_stack() if frame.filename.startswith(OURS)]
        found.append(f"{event}: {detail} {where[-1] if where else ''}")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.bind", "socket.sendto"):
            told(event, arguments[1:])
        elif event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            path, mode, flags = arguments
            writes = set(mode or "") & set("wax+") or (flags or 0) & WRITES
            real = os.path.realpath(os.fsdecode(path))
            if writes and not real.startswith((*folders, "/dev/")):
                told(event, (real, mode))
        elif event in ("compile", "exec") and MARK in repr(arguments[0])[:10_000]:
            told(event, "text of the user")
        elif event == "pickle.find_class":
            # whoever called the unpickler: two frames above this hook, behind C code
            caller = sys._getframe(1).f_code.co_filename
            if caller.startswith(OURS):
                told(event, arguments)
        elif event in ("os.system", "subprocess.Popen") and MARK in repr(arguments):
            told(event, "text of the user")
        elif event == "urllib.Request":
            told(event, arguments[:1])

    sys.addaudithook(hook)
    from studies.cli import main as breakeven

    if command:
        make_small(pytest.MonkeyPatch())
    commands: list[list[str]] = [[]]
    for word in command:
        if word == "then":
            commands.append([])
        else:
            commands[-1].append(word)
    status = max(breakeven(one) for one in commands)
    seen = list(found)
    Path(report).write_text(json.dumps(seen))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
