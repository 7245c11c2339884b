"""A pool hands back what work gave or raised, and tells of work that was lost."""

from __future__ import annotations

import threading

import pytest

from sim.engine import pool as module
from sim.engine.pool import Pool


def test_results_and_errors_come_back() -> None:
    pool = Pool(2)

    def fails() -> None:
        raise TimeoutError("the work's own")

    assert pool.submit(lambda a, b: a + b, 2, 3).result() == 5
    with pytest.raises(TimeoutError, match="own"):
        pool.submit(fails).result()
    pool.close()


def test_long_work_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    pool, begun, gate = Pool(1), threading.Event(), threading.Event()

    def work() -> bool:
        begun.set()
        return gate.wait()

    piece = pool.submit(work)
    begun.wait()  # a thread may take longer to begin than this patience lasts
    threading.Timer(0.2, gate.set).start()
    assert piece.result() is True
    pool.close()


def test_a_lost_piece_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    pool = Pool(1)
    piece = pool.submit(lambda: 1)
    piece.result()
    # its answer is taken: as if the thread had died before it could say what came of it
    with pytest.raises(MemoryError):
        piece.result()
    pool.close()
