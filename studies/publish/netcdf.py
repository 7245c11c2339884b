"""A run's dataset as a NetCDF-4 file, compressed; and such a file as a dataset."""

from __future__ import annotations

import errno
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr


def write(data: xr.Dataset, path: Path) -> None:
    """Writes `data` with its units, long names and sources; the same dataset gives the same bytes.

    The file is made in memory and written in one piece. Where a write of its own fails, on a full disk say, HDF5 keeps
    what it could not write, tells of it at length, and may crash the process when it closes.

    Raises OSError when the file cannot be written.
    """
    content = _encoded(data)
    with path.open("xb") as file:
        file.write(content)


def _encoded(data: xr.Dataset) -> memoryview:
    """The content of the file."""
    import h5netcdf
    from xarray.backends import H5NetCDFStore

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
    content = io.BytesIO()
    with h5netcdf.File(content, "w") as file:
        stored.dump_to_store(H5NetCDFStore(file), encoding=encoding)
    return content.getbuffer()


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
