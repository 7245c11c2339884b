"""Arrays with named dims, labels and units: what a result holds, and where Python asks, an xarray Dataset of the same.

Made and read without xarray, whose import takes as long as many a study. What reads results (figures, texts, the
workbook) keeps to what a Dataset can too, and so takes either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distributions.records import Record

if TYPE_CHECKING:
    import xarray as xr

Variable: TypeAlias = (
    "tuple[str | Sequence[str], ArrayLike] | tuple[str | Sequence[str], ArrayLike, Mapping[str, Any]]"
)
"""Dims, values and, where there is something to say, attributes: as xarray takes it."""

P = ParamSpec("P")

Labelled: TypeAlias = "LabelledArrays | xr.Dataset"
"""What a reader of results takes."""


@dataclass(frozen=True, eq=False)
class LabelledArray:
    """One array: dims, values, attributes such as `units`, and the labels along the dims that have some."""

    dims: tuple[str, ...]
    values: NDArray[Any]
    attrs: Mapping[str, Any]
    labels: Mapping[str, NDArray[Any]]

    def sel(self, **at: Any) -> LabelledArray:
        """The part at these labels; one label drops its dim, a list keeps it. Raises KeyError where there is none."""
        part = self
        for dim, label in at.items():
            places = {entry: k for k, entry in enumerate(self.labels[dim].tolist())}
            where = [places[entry] for entry in label] if isinstance(label, list) else places[label]
            part = part.isel(**{dim: where})
        return part

    def isel(self, **at: Any) -> LabelledArray:
        """The part at these positions; one position drops its dim; a slice, list or mask keeps it."""
        dims, values, labels = self.dims, self.values, dict(self.labels)
        for dim, where in at.items():
            values = values[(*(slice(None),) * dims.index(dim), where)]
            if values.ndim < len(dims):
                dims = tuple(name for name in dims if name != dim)
                labels.pop(dim, None)
            elif dim in labels:
                labels[dim] = labels[dim][where]
        return LabelledArray(dims, values, self.attrs, labels)

    def transpose(self, *dims: str) -> LabelledArray:
        """The same with its dims in this order."""
        return replace(self, dims=dims, values=self.values.transpose([self.dims.index(dim) for dim in dims]))

    def __getitem__(self, position: int) -> LabelledArray:
        return self.isel(**{self.dims[0]: position})

    def __len__(self) -> int:
        return len(self.values)

    def __float__(self) -> float:
        return float(self.values)

    def __bool__(self) -> bool:
        return bool(self.values)


class LabelledArrays:
    """Named arrays that share dims, what stands along the dims, and attributes of the whole.

    arrays, coords: by name, without and with those that label a dim, be it by its own name or beside it, as units stand
    beside the names of inputs. A plain list or array labels the dim of its name.
    """

    def __init__(
        self,
        arrays: Mapping[str, Variable],
        coords: Mapping[str, Variable | ArrayLike] | None = None,
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        labels = {
            name: given if isinstance(given, tuple) else (name, given)
            for name, given in (coords or {}).items()
        }
        self._parts = {name: _part(*given) for name, given in {**arrays, **labels}.items()}
        self.coords = tuple(labels)
        self.attrs = dict(attrs or {})
        self.sizes: dict[str, int] = {}
        for dims, values, _ in self._parts.values():
            for dim, size in zip(dims, values.shape, strict=True):
                if self.sizes.setdefault(dim, size) != size:
                    raise ValueError(f"'{dim}' has {self.sizes[dim]} places and {size}")

    def __getitem__(self, name: str) -> LabelledArray:
        dims, values, attrs = self._parts[name]
        labels = {dim: self._parts[dim][1] for dim in dims if dim in self.coords}
        return LabelledArray(dims, values, attrs, labels)

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        """The names of the arrays, coordinates left out."""
        return (name for name in self._parts if name not in self.coords)

    def items(self) -> Iterator[tuple[str, LabelledArray]]:
        """Each array by name, coordinates left out."""
        return ((name, self[name]) for name in self)

    def with_more(
        self,
        arrays: Mapping[str, Variable] | None = None,
        coords: Mapping[str, Variable | ArrayLike] | None = None,
        **attrs: Any,
    ) -> LabelledArrays:
        """The same with more arrays, coordinates and attributes, or others in the place of some."""
        held: dict[str, Any] = dict(self._parts)
        labels = {name: held.pop(name) for name in self.coords}
        return LabelledArrays(
            {**held, **(arrays or {})}, {**labels, **(coords or {})}, {**self.attrs, **attrs}
        )

    def without(self, dim: str) -> LabelledArrays:
        """Without the arrays that have this dim."""
        return self._kept({name: part for name, part in self._parts.items() if dim not in part[0]})

    def isel(self, **at: Any) -> LabelledArrays:
        """Each array at these positions of the dims that it has."""
        parts = {}
        for name, (dims, _, attrs) in self._parts.items():
            part = self[name].isel(**{dim: where for dim, where in at.items() if dim in dims})
            parts[name] = (part.dims, part.values, attrs)
        return self._kept(parts)

    def _kept(self, parts: Mapping[str, Any]) -> LabelledArrays:
        labels = {name: parts[name] for name in self.coords if name in parts}
        return LabelledArrays(
            {name: part for name, part in parts.items() if name not in labels}, labels, self.attrs
        )

    def variables(self) -> dict[str, tuple[tuple[str, ...], NDArray[Any], Mapping[str, Any]]]:
        """Every array and coordinate: dims, values, attributes."""
        return dict(self._parts)

    def to_dataset(self) -> xr.Dataset:
        """The same as an xarray Dataset."""
        import xarray as xr

        held: dict[str, Any] = dict(self._parts)
        coords = {name: held.pop(name) for name in self.coords}
        return xr.Dataset(held, coords=coords, attrs=self.attrs)

    @classmethod
    def of(cls, data: Labelled) -> LabelledArrays:
        """The arrays of a Dataset; what are such already as they are."""
        if isinstance(data, LabelledArrays):
            return data
        parts: dict[str, Any] = {str(n): (v.dims, v.values, v.attrs) for n, v in data.variables.items()}
        coords = {str(name): parts.pop(str(name)) for name in data.coords}
        return cls(parts, coords, data.attrs)


def _part(
    dims: str | Sequence[str], values: ArrayLike, attrs: Mapping[str, Any] | None = None
) -> tuple[tuple[str, ...], NDArray[Any], dict[str, Any]]:
    return (dims,) if isinstance(dims, str) else tuple(dims), np.asarray(values), dict(attrs or {})


class LabelledRecord(Record, ABC):
    """A result that is arrays too: a Dataset where Python asks for one, and the content of its NetCDF file."""

    @property
    @abstractmethod
    def attrs(self) -> dict[str, Any]:
        """The Dataset's attributes; figures state draws, design, seed and version from them."""

    @abstractmethod
    def arrays(self) -> LabelledArrays:
        """The result as arrays with names."""

    def to_dataset(self) -> xr.Dataset:
        """The result as an xarray Dataset."""
        return self.arrays().to_dataset()


def as_dataset(study: Callable[P, LabelledArrays | LabelledRecord], name: str) -> Callable[P, xr.Dataset]:
    """The study as Python users call it, by this name: what it found as a Dataset."""

    @wraps(study)
    def inner(*args: P.args, **kwargs: P.kwargs) -> xr.Dataset:
        return study(*args, **kwargs).to_dataset()

    inner.__name__ = inner.__qualname__ = name
    inner.__signature__ = signature(study).replace(return_annotation="xr.Dataset")  # type: ignore[attr-defined]
    return inner
