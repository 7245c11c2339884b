"""The command in this process, for tests of all folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from studies.cli import main

if TYPE_CHECKING:
    from tests.command import Invoke


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Invoke:
    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()  # what was printed before is not the command's
        status = main([str(argument) for argument in arguments])
        found = capsys.readouterr()
        return status, found.out, found.err

    return call
