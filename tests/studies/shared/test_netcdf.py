"""A file that we write is what xarray writes of the same Dataset."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import xarray as xr

from sim.results.labelled import LabelledArrays
from studies.shared.folder import netcdf

DATA = xr.Dataset(
    {
        "cost": (("strategy", "month"), np.array([[1.0, 2.0, np.nan], [4.0, 5.0, 6.0]]), {"units": "USD"}),
        "pair": (("strategy", "other"), np.eye(2)),
        "draws": (("checkpoint",), np.arange(4), {"levels": [1, 2], "table": {"a": 1}, "left": None}),
        "empty": (("strategy", "box"), np.empty((2, 0))),
        "source": ("strategy", np.array(["Büro, Q3", ""])),
        "name": ((), "rag"),
        "base": ((), 1.5),
        "count": ((), 3),
    },
    coords={
        "strategy": ["rag", "hybrid"],
        "other": ["rag", "hybrid"],
        "month": ("month", [0, 1, 2], {"units": "months"}),
        "label": ("strategy", ["RAG", "Hybrid"]),
        "far": ("checkpoint", np.arange(4.0)),
    },
    attrs={"title": "Büro", "draws": 1000, "rate": 0.08, "sure": True, "terms": ["a", "b"]},
)


def test_it_holds_what_xarray_writes(tmp_path: Path) -> None:
    netcdf.write(DATA, tmp_path / "ours.nc")
    theirs = DATA.copy()
    theirs.attrs = {"Conventions": "CF-1.11", **DATA.attrs, "sure": 1, "terms": '["a", "b"]'}
    theirs["draws"].attrs = {"levels": "[1, 2]", "table": '{"a": 1}'}
    plain = {name: {"_FillValue": None} for name, one in DATA.variables.items() if one.dtype.kind == "f"}
    theirs.to_netcdf(tmp_path / "theirs.nc", engine="h5netcdf", encoding=plain)
    for how in ({}, {"mask_and_scale": False, "decode_times": False}):
        with (
            xr.open_dataset(tmp_path / "ours.nc", engine="h5netcdf", **how) as ours,
            xr.open_dataset(tmp_path / "theirs.nc", engine="h5netcdf", **how) as xarrays,
        ):
            xr.testing.assert_identical(ours, xarrays)
            assert {name: one.dtype for name, one in ours.variables.items()} == {
                name: one.dtype for name, one in xarrays.variables.items()
            }


def test_dims_without_labels_are_no_variables_and_numbers_along_dims_are_packed(tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    netcdf.write(
        LabelledArrays({"loss": ("draw", np.zeros(5000)), "seen": ("draw", np.ones(5000, bool))}), path
    )
    with h5py.File(path) as file:
        assert file["draw"].attrs["NAME"].startswith(b"This is a netCDF dimension but not a netCDF variable")
        assert file["draw"].is_scale
        assert [scale.name for scale in file["loss"].dims[0].values()] == ["/draw"]
        assert (file["loss"].compression, file["loss"].shuffle) == ("gzip", True)
    read = netcdf.read(path)
    assert (list(read), list(read.coords)) == (["loss", "seen"], [])
    assert (read["seen"].dtype, read["seen"].attrs) == (np.int8, {"flag_meanings": "false true"})


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.nc", "other.nc"):
        netcdf.write(DATA, tmp_path / name)
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "other.nc").read_bytes()
