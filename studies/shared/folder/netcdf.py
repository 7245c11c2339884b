"""A run's dataset as a NetCDF-4 file, compressed; and such a file as a dataset."""

from __future__ import annotations

import errno
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

MOST_BYTES = 20_000_000_000
"""Of all variables together, unpacked: ten million kept draws of every input and cost take six."""


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

    Raises OSError for a file that is damaged, no NetCDF-4, or holds what ours never do: HDF5 can say that values lie in
    other files, and reading them would read those.
    """
    import xarray as xr

    try:
        refuse_foreign(path)
        return xr.load_dataset(path, engine="h5netcdf", mask_and_scale=False, decode_times=False)
    except (RuntimeError, KeyError, ValueError) as error:
        raise OSError(errno.EIO, f"{path.name} cannot be read: {error}") from error


def refuse_foreign(path: Path) -> None:
    """Raises OSError where a file is not what ours are: one group of datasets that lie in the file, of a sane size."""
    import h5py

    size = 0
    with h5py.File(path, "r") as file:
        for name in file:
            if not isinstance(file.get(name, getlink=True), h5py.HardLink):
                raise OSError(errno.EIO, f"'{name}' is a link to something else; links are not followed")
            item = file.get(name)
            if not isinstance(item, h5py.Dataset):
                raise OSError(errno.EIO, f"'{name}' is not a variable")
            if item.external or item.is_virtual:
                raise OSError(errno.EIO, f"'{name}' has its values in another file, which is not read")
            if item.dtype.kind not in "fiuS" and h5py.check_string_dtype(item.dtype) is None:
                raise OSError(errno.EIO, f"'{name}' holds values of the type {item.dtype}")
            size += item.size * item.dtype.itemsize
    if size > MOST_BYTES:
        raise OSError(
            errno.EFBIG, f"its variables would take {size:,} bytes; at most {MOST_BYTES:,} are read"
        )


def _attribute(value: Any) -> Any:
    """A value that NetCDF can hold as an attribute; structures become JSON."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (str, int, float)) or hasattr(value, "dtype"):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)
