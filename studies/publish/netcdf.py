"""A run's dataset as a NetCDF-4 file, compressed, checked by reading it back."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr


def write(data: xr.Dataset, path: Path) -> None:
    """Writes `data` with its units, long names and sources; the same dataset gives the same bytes.

    Raises OSError when the file does not reach the disk whole: each variable's shape is read back after
    closing, since HDF5 may notice a full disk as late as that, or not at all.
    """
    import h5netcdf

    stored = data.copy()
    stored.attrs = {"Conventions": "CF-1.11", **{key: _attribute(value) for key, value in data.attrs.items()}}
    for name in stored.variables:
        array = stored[name]
        array.attrs = {key: _attribute(value) for key, value in data[name].attrs.items() if value is not None}
        if array.dtype.kind == "b":
            stored[name] = array.astype("i1").assign_attrs(array.attrs, flag_meanings="false true")
    encoding = {
        name: {"zlib": True, "complevel": 1, "shuffle": True, "_FillValue": None}
        for name, variable in stored.variables.items()
        if variable.dtype.kind in "fiu" and variable.ndim
    }
    try:
        stored.to_netcdf(path, engine="h5netcdf", encoding=encoding)
        with h5netcdf.File(path, "r") as file:
            for name, variable in stored.variables.items():
                if file[str(name)].shape != variable.shape:
                    raise OSError(errno.EIO, f"'{name}' was not stored whole")
    except (RuntimeError, KeyError) as error:
        # HDF5 has errors of its own for a disk that fills up.
        raise OSError(errno.EIO, f"{path.name} could not be written: {error}") from error


def read(path: Path) -> xr.Dataset:
    """The dataset of a file that `write` made, all of it in memory, values as they are stored.

    Raises OSError for a file that is damaged or no NetCDF-4.
    """
    import xarray as xr

    try:
        return xr.load_dataset(path, engine="h5netcdf", mask_and_scale=False, decode_times=False)
    except (RuntimeError, KeyError, ValueError) as error:
        raise OSError(errno.EIO, f"{path.name} cannot be read: {error}") from error


def _attribute(value: Any) -> Any:
    """A value that NetCDF can hold as an attribute; structures become JSON."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (str, int, float)) or hasattr(value, "dtype"):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)
