"""A run.nc that is not ours: values in other files are not read, and what is no variable is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from studies.shared.folder import netcdf


def external_link(file: h5py.File, other: Path) -> None:
    file["secret"] = h5py.ExternalLink(str(other), "values")


def soft_link(file: h5py.File, other: Path) -> None:
    file["again"] = h5py.SoftLink("/cost")


def external_storage(file: h5py.File, other: Path) -> None:
    file.create_dataset("secret", (4,), dtype="i1", external=[(str(other), 0, 4)])


def virtual(file: h5py.File, other: Path) -> None:
    layout = h5py.VirtualLayout(shape=(3,), dtype="f8")
    layout[:] = h5py.VirtualSource(str(other), "values", shape=(3,))
    file.create_virtual_dataset("secret", layout)


def group(file: h5py.File, other: Path) -> None:
    file.create_group("inner")


def reference(file: h5py.File, other: Path) -> None:
    file.create_dataset("pointers", (1,), dtype=h5py.ref_dtype)


def huge(file: h5py.File, other: Path) -> None:
    file.create_dataset("zeros", (10**12,), dtype="f8", chunks=(1000,), compression="gzip")


def our_own(path: Path) -> None:
    netcdf.write(xr.Dataset({"cost": ("draw", np.arange(3.0))}, attrs={"title": "t"}), path)


def test_our_own_is_read(tmp_path: Path) -> None:
    our_own(tmp_path / "run.nc")
    assert netcdf.read(tmp_path / "run.nc")["cost"].values.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (external_link, "link"),
        (soft_link, "link"),
        (external_storage, "another file"),
        (virtual, "another file"),
        (group, "not a variable"),
        (reference, "type"),
        (huge, "bytes"),
    ],
)
def test_what_ours_never_hold_is_refused(
    spoil: Callable[[h5py.File, Path], None], said: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["values"] = np.arange(3.0)
    our_own(tmp_path / "run.nc")
    with h5py.File(tmp_path / "run.nc", "r+") as file:
        spoil(file, other)
    with pytest.raises(OSError, match=said):
        netcdf.read(tmp_path / "run.nc")
