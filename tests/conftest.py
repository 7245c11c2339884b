"""The command in this process, for tests of all folders, and how many examples Hypothesis looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from studies.cli import main
from tests import shared
from tests.small import make_small

if TYPE_CHECKING:
    from tests.command import Invoke

# How long an example takes says more of what else the machine does than of the example.
settings.register_profile(
    "change", max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "long",
    max_examples=3000,
    print_blob=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("change")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked `long` is for the profile of that name, and so for `make long`. What is slow comes first."""
    if config.getoption("--hypothesis-profile") != "long":
        left_out = [item for item in items if item.get_closest_marker("long")]
        items[:] = [item for item in items if not item.get_closest_marker("long")]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    items[:] = slow_first(items, workers)


def slow_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Each worker begins with its part of the list: slow tests, then others, so that none ends with a slow one."""
    slow = [item for item in items if item.get_closest_marker("slow")]
    others = [item for item in items if not item.get_closest_marker("slow")]
    found = []
    for k in range(workers):
        for kind in (slow, others):
            found += kind[k * len(kind) // workers : (k + 1) * len(kind) // workers]
    return found


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> shared.Answered:
    """One run in good surroundings, to be read only."""
    return shared.answered(tmp_path_factory)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Analyses take few draws, whatever they are asked for: of those in this process."""
    make_small(monkeypatch)


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Invoke:
    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()  # what was printed before is not the command's
        status = main([str(argument) for argument in arguments])
        found = capsys.readouterr()
        return status, found.out, found.err

    return call
