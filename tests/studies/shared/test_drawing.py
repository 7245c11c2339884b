"""Figures from a process of their own are those drawn here, and whatever befalls it they are drawn here."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from sim import Model
from sim.results.labelled import LabelledArrays
from studies.shared.command import drawing as drawings
from studies.shared.command.drawing import drawing, drawn
from studies.tornado.analysis import at_medians

FIGURE = "studies.tornado.figures.tornado"
INPUTS = {name: {"uniform": {"min": 0.0, "max": float(k)}} for k, name in enumerate("abc", start=1)}


@pytest.fixture(scope="module")
def data() -> LabelledArrays:
    return at_medians(Model(INPUTS, ("y",), lambda values: {"y": sum(values.values())}), "y", 0.1, 0.9)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The processes that were begun, of which none outlives its test; threads of the runner do not hinder."""
    begun: list[int] = []
    start = drawings._begun

    def watched(modules: list[str]) -> object:
        found = start(modules)
        assert found is not None
        begun.append(int(found[0].pid or 0))
        return found

    monkeypatch.setattr(drawings, "_begun", watched)
    monkeypatch.setattr(drawings, "_may_fork", lambda: True)
    yield begun
    for process in begun:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


def test_they_are_the_same_bytes(data: LabelledArrays, processes: list[int]) -> None:
    with drawing([FIGURE]) as pictures:
        first, second = pictures.draw(FIGURE, data), pictures.draw(FIGURE, data)
        assert first() == second() == drawn(FIGURE, data)
    assert len(processes) == 1


def test_many_figures_have_two_processes_and_either_may_be_killed(
    data: LabelledArrays, processes: list[int]
) -> None:
    with drawing([FIGURE] * (drawings.EACH + 1)) as pictures:
        assert len(processes) == 2
        before = [pictures.draw(FIGURE, data) for _ in range(3)]
        assert [picture() for picture in before] == [drawn(FIGURE, data)] * 3
        os.kill(processes[1], signal.SIGKILL)
        after = [pictures.draw(FIGURE, data) for _ in range(3)]
        assert [picture() for picture in after] == [drawn(FIGURE, data)] * 3


def test_where_the_process_is_killed_they_are_drawn_here(data: LabelledArrays, processes: list[int]) -> None:
    with drawing([FIGURE]) as pictures:
        os.kill(processes[0], signal.SIGKILL)
        assert [pictures.draw(FIGURE, data)() for _ in range(2)] == [drawn(FIGURE, data)] * 2


def test_what_fails_there_is_told_here(
    data: LabelledArrays, processes: list[int], capfd: pytest.CaptureFixture[str]
) -> None:
    with drawing([FIGURE]) as pictures, pytest.raises(KeyError, match="high"):
        pictures.draw(FIGURE, LabelledArrays({}, attrs=data.attrs))()
    assert capfd.readouterr() == ("", "")


def test_what_nobody_waits_for_is_given_up(data: LabelledArrays, processes: list[int]) -> None:
    with drawing([FIGURE]) as pictures:
        pictures.draw(FIGURE, data)


def test_no_process_is_begun_beside_threads_or_for_nothing(
    data: LabelledArrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawings, "_begun", lambda modules: pytest.fail("begun"))
    ends = threading.Event()
    thread = threading.Thread(target=ends.wait)
    thread.start()
    try:
        with drawing([FIGURE]) as pictures:
            assert pictures.draw(FIGURE, data)() == drawn(FIGURE, data)
    finally:
        ends.set()
        thread.join()
    with drawing([]):
        pass


def test_a_process_that_is_stopped_is_ended_and_the_figure_drawn_here(
    data: LabelledArrays, processes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawings, "PATIENCE", 0.5)
    with drawing([FIGURE]) as pictures:
        os.kill(processes[0], signal.SIGSTOP)
        assert pictures.draw(FIGURE, data)() == drawn(FIGURE, data)
