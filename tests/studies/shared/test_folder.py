"""A run's folder is whole or absent, whatever fails; nothing that exists is touched."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from distributions.errors import UserError
from studies.shared.folder import contents, netcdf, run_folder
from studies.shared.folder.run_folder import RunFolder, remove_stale, slug
from tests.command import patience
from tests.studies.synthetic import synthetic_run

FILES = {"run.json", "run.nc", "scenario.toml", "run.log", "figures/a.svg", "figures/a.png"}


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    return synthetic_run(draws=50)[["cost_mean", "cost_cdf_value", "sample_cost"]]


def publish(final: Path, data: xr.Dataset, *, make_parents: bool = False) -> None:
    with RunFolder(final, make_parents=make_parents) as folder:
        contents.write(
            folder,
            name="run",
            record={"estimate": 0.61, "none": float("nan"), "array": np.arange(2)},
            data=data,
            tables={"study": {"title": "x"}},
            figures=[("a", {"svg": b"<svg/>", "png": b"png"})],
            log=["one", "two"],
        )
        folder.publish()


def held(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_has_every_file_and_leaves_nothing_beside_it(tmp_path: Path, data: xr.Dataset) -> None:
    publish(tmp_path / "outputs" / "bot" / "run", data, make_parents=True)
    final = tmp_path / "outputs" / "bot" / "run"
    assert held(final) == FILES
    assert [path.name for path in final.parent.iterdir()] == ["run"]
    assert (final / "run.json").read_text() == (
        '{\n  "estimate": 0.61,\n  "none": null,\n  "array": [\n    0,\n    1\n  ]\n}\n'
    )


def test_an_empty_folder_is_as_good_as_none(tmp_path: Path, data: xr.Dataset) -> None:
    (tmp_path / "run").mkdir()
    publish(tmp_path / "run", data)
    assert held(tmp_path / "run") == FILES


def occupy_with_file(final: Path) -> None:
    final.write_text("mine")


def occupy_with_folder(final: Path) -> None:
    final.mkdir()
    (final / "thesis.txt").write_text("mine")


def occupy_with_link(final: Path) -> None:
    (final.parent / "elsewhere").mkdir()
    final.symlink_to(final.parent / "elsewhere")


def occupy_with_dangling_link(final: Path) -> None:
    final.symlink_to(final.parent / "nowhere")


OCCUPANTS = [occupy_with_file, occupy_with_folder, occupy_with_link, occupy_with_dangling_link]


@pytest.mark.parametrize("occupy", OCCUPANTS)
def test_what_is_there_is_refused_before_anything_is_computed(
    tmp_path: Path, occupy: Callable[[Path], None]
) -> None:
    occupy(tmp_path / "run")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match="nothing was overwritten"), RunFolder(tmp_path / "run"):
        pytest.fail("the block must not be entered")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_parent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"), RunFolder(tmp_path / "no" / "run"):
        pytest.fail("the block must not be entered")
    assert list(tmp_path.iterdir()) == []


def test_a_parent_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with (
        pytest.raises(UserError, match="cannot write"),
        RunFolder(tmp_path / "file" / "a" / "run", make_parents=True),
    ):
        pytest.fail("the block must not be entered")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_parent_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(UserError, match="Permission denied"), RunFolder(tmp_path / "run"):
            pytest.fail("the block must not be entered")
    finally:
        tmp_path.chmod(0o700)


class Written:
    """An open file whose writing is watched too."""

    def __init__(self, file: Any, watched: Callable[..., Any]) -> None:
        self.file = file
        self.write = watched(file.write)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class Failing:
    """Makes the k-th call of any of the watched functions fail as on a full disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException) -> None:
        self.calls = 0
        self.at = at
        self.error = error
        for owner, name in (
            (os, "open"), (os, "fsync"), (Path, "mkdir"), (Path, "rename"), (netcdf, "_encoded"),
        ):  # fmt: skip
            monkeypatch.setattr(owner, name, self.watched(getattr(owner, name)))
        opened = self.watched(Path.open)
        monkeypatch.setattr(Path, "open", lambda *a, **k: Written(opened(*a, **k), self.watched))

    def watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if self.calls == self.at:
                raise self.error
            return function(*args, **kwargs)

        return call


@pytest.mark.slow
@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()],
    ids=["full disk", "interrupt"],
)
def test_whichever_write_fails_the_folder_is_whole_or_absent(
    tmp_path: Path, data: xr.Dataset, error: BaseException
) -> None:
    """The first, second, … call that writes fails, until one loop gets through without."""
    for at in range(1, 200):
        place = tmp_path / str(at)
        place.mkdir()
        final = place / "study" / "run"
        with pytest.MonkeyPatch.context() as patch:
            failing = Failing(patch, at, error)
            with contextlib.suppress(UserError, KeyboardInterrupt):
                publish(final, data, make_parents=True)
            struck = failing.calls >= at
        if final.exists():
            assert held(final) == FILES
            assert [path.name for path in final.parent.iterdir()] == ["run"]
        else:
            assert struck
            assert list(place.iterdir()) == [], f"call {at} left something behind"
        if not struck:
            assert at > 25
            return
    pytest.fail("never got through")


def test_a_full_disk_says_what_is_free(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="bytes are free"), RunFolder(tmp_path / "run"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_of_two_runs_into_one_folder_one_gets_it(tmp_path: Path, data: xr.Dataset) -> None:
    started = threading.Barrier(2)
    results: list[str] = []

    def one() -> None:
        try:
            with RunFolder(tmp_path / "run") as folder:
                folder.write("run.json", b"{}")
                started.wait(patience())
                folder.publish()
            results.append("published")
        except UserError as error:
            results.append(str(error))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results)[1] == "published"
    assert "nothing was overwritten" in sorted(results)[0]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def aged(folder: Path, seconds: float) -> Path:
    folder.mkdir()
    (folder / "run.json").write_text("{")
    then = folder.stat().st_mtime - seconds
    os.utime(folder, (then, then))
    return folder


def test_what_a_killed_run_left_is_removed_and_nothing_else(tmp_path: Path, data: xr.Dataset) -> None:
    stale = aged(tmp_path / ".run.partial-0123abcd", 1e6)
    fresh = aged(tmp_path / ".run.partial-0123abce", 0)
    other = aged(tmp_path / ".mine.partial-x", 1e6)
    held_by_another = aged(tmp_path / ".run.partial-0123abcf", 1e6)
    lock = run_folder._locked(held_by_another)
    try:
        publish(tmp_path / "run", data)
    finally:
        if lock is not None:
            os.close(lock)
    assert not stale.exists()
    assert fresh.exists()
    assert other.exists()
    assert held_by_another.exists()
    assert remove_stale(tmp_path) == [held_by_another]


@given(st.text(max_size=200))
def test_any_title_makes_one_safe_folder_name(title: str) -> None:
    name = slug(title)
    assert name
    assert len(name) <= 54
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not name.startswith("-")


@pytest.mark.parametrize(
    "title", ["../../etc/x", "/abs", "CON", "", "x" * 5000, "😀", "\u202eabc", "a\nb", "\x1b[31m"]
)
def test_titles_that_would_be_dangerous_as_names(title: str) -> None:
    assert "/" not in slug(title)
    assert slug(title) not in ("", ".", "..", "con")


def test_the_same_dataset_gives_the_same_netcdf_bytes(tmp_path: Path, data: xr.Dataset) -> None:
    data = data.assign(flag=("strategy", [True, False, True, False, True]))
    data["cost_mean"].attrs = {"units": "USD", "nothing": None, "distribution": {"lognormal": {"p10": 1}}}
    for name in ("a.nc", "b.nc"):
        netcdf.write(data, tmp_path / name)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as back:
        xr.testing.assert_equal(back["cost_cdf_value"], data["cost_cdf_value"])
        assert back["cost_mean"].attrs == {"units": "USD", "distribution": '{"lognormal": {"p10": 1}}'}
        assert back.attrs["title"] == data.attrs["title"]


def test_draws_are_not_stored(tmp_path: Path, data: xr.Dataset) -> None:
    publish(tmp_path / "run", data)
    with xr.open_dataset(tmp_path / "run" / "run.nc", engine="h5netcdf") as back:
        assert "draw" not in back.dims
