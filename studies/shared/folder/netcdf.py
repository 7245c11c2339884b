"""A run's dataset as a NetCDF-4 file, compressed; and such a file as a dataset."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.results.labelled import Labelled, LabelledArrays

if TYPE_CHECKING:
    import h5py
    import xarray as xr

MOST_BYTES = 20_000_000_000
"""Of all variables together, unpacked: ten million kept draws of every input and cost take six."""


def write(data: Labelled, path: Path) -> None:
    """Writes `data` with its units, long names and sources; the same data give the same bytes.

    The file is made in memory and written in one piece. Where a write of its own fails, on a full disk say, HDF5 keeps
    what it could not write, tells of it at length, and may crash the process when it closes.

    Raises OSError when the file cannot be written.
    """
    content = _encoded(LabelledArrays.of(data))
    with path.open("xb") as file:
        file.write(content)


def _encoded(data: LabelledArrays) -> memoryview:
    """The content of the file: what xarray would write of the same Dataset, without the second that it takes to."""
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w", track_order=True) as file:
        _describe(file, {"Conventions": "CF-1.11", **data.attrs})
        variables = data.variables()
        stored = {name: _stored(file, name, values) for name, (_, values, _) in variables.items()}
        for dim, size in data.sizes.items():
            if dim not in stored:
                stored[dim] = file.create_dataset(dim, (size,), dtype=">f4", track_order=True)
            # A NetCDF library knows dims without labels by this name.
            name = (
                dim if dim in variables else f"This is a netCDF dimension but not a netCDF variable. {size:9}"
            )
            stored[dim].make_scale(name)
        for name, (dims, values, attrs) in variables.items():
            beside = [label for label in data.coords if label not in data.sizes and label != name]
            beside = [label for label in beside if set(variables[label][0]) <= set(dims)]
            described = {key: value for key, value in attrs.items() if value is not None}
            if values.dtype.kind == "b":
                described["flag_meanings"] = "false true"
            if beside and name not in data.coords:
                described["coordinates"] = " ".join(beside)
            _describe(stored[name], described)
            if dims != (name,):
                for axis, dim in enumerate(dims):
                    h5py.h5ds.attach_scale(stored[name].id, stored[dim].id, axis)
    return content.getbuffer()


def _stored(file: h5py.File, name: str, values: NDArray[Any]) -> h5py.Dataset:
    """The values of one variable in the file; numbers along dims compressed."""
    import h5py

    if values.dtype.kind in "UO":
        return file.create_dataset(
            name, data=values.astype(object), dtype=h5py.string_dtype(), track_order=True
        )
    packed = values.astype("i1") if values.dtype.kind == "b" else values
    how = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if values.size else {}
    return file.create_dataset(name, data=packed, track_order=True, **(how if values.ndim else {}))


def _describe(item: h5py.File | h5py.Dataset, attrs: Mapping[str, Any]) -> None:
    for key, value in attrs.items():
        plain = _attribute(value)
        # Numbers as NetCDF has them, one or many in a row.
        item.attrs[key] = plain if isinstance(plain, str) else np.atleast_1d(plain)


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
