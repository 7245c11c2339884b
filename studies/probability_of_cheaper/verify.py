"""Does a stored run come out the same when it is run again?

    breakeven run --verify outputs/my-study/20260801T101500Z-1a2b3c4d

Numbers are compared by their bits. Where they differ, a difference is put beside the Monte Carlo standard error of
what it is a difference of, because under other versions of the libraries that is all that a run promises.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions.records import Record, plain

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[Any]

ROUNDING = 1e-9
"""What has no standard error may differ by so much, relatively, under other versions: the order of sums and no more."""

HALF_WIDTH = 1.96
"""Standard errors from the middle of a 95 % interval to its ends."""

NOT_RESULTS = {"timing", "version", "versions", "defaulted_inputs", "ledger", "tolerance"}
"""Of run.json, what is about the run and not its result. A default of the version that ran may be none of this one,
and counts as given then; what has expired depends on the day."""


@dataclass(frozen=True)
class Difference(Record):
    """One variable that differs.

    name: of the variable of run.nc, or the path in run.json. differing, numbers: how many of how many.
    largest, relative: the largest difference, absolute and of the largest stored number; infinite where shapes differ
    or only one of the two is a number. in_mcse: the largest in standard errors, None where it has none.
    """

    name: str
    differing: int
    numbers: int
    largest: float
    relative: float
    in_mcse: float | None

    @property
    def small(self) -> bool:
        """Whether it is within the standard error, or where there is none, within rounding."""
        return self.relative <= ROUNDING if self.in_mcse is None else self.in_mcse <= 1.0


@dataclass(frozen=True)
class Verdict(Record):
    """What came of comparing. numbers: how many were compared. versions: those that differ, (then, now) by name."""

    numbers: int
    differences: tuple[Difference, ...]
    versions: Mapping[str, tuple[str, str]]

    @property
    def same(self) -> bool:
        """To the last bit."""
        return not self.differences

    @property
    def kept(self) -> bool:
        """Whether it is what a run promises: the same bits, or under other versions the same within the MCSE."""
        return self.same or (bool(self.versions) and all(difference.small for difference in self.differences))

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "same": self.same,
            "as_promised": self.kept,
            "numbers": self.numbers,
            "versions": {name: {"then": then, "now": now} for name, (then, now) in self.versions.items()},
            "differences": plain(self.differences),
        }


def compare(
    stored: tuple[Mapping[str, Any], xr.Dataset], again: tuple[Mapping[str, Any], xr.Dataset]
) -> Verdict:
    """The numbers of a stored run beside those of the run made again, each (content of run.json, dataset)."""
    (then, old), (now, new) = stored, again
    numbers, differences = 0, []
    for name, first, second, error in (
        *_variables(old, new, "tolerance" in then),
        *_leaves(_results(then), _results(now)),
    ):
        numbers += first.size
        difference = _difference(name, first, second, error)
        if difference is not None:
            differences.append(difference)
    return Verdict(numbers, tuple(differences), _versions(then, now))


def _versions(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    first, second = then.get("versions", {}), now.get("versions", {})
    pairs = {
        name: (str(first.get(name, "none")), str(second.get(name, "none"))) for name in {*first, *second}
    }
    return {name: pair for name, pair in sorted(pairs.items()) if pair[0] != pair[1]}


Pair = tuple[str, Array, Array, Array | None]
"""Name, the stored numbers, those found again, and their standard errors where they have some."""

_NONE = np.empty(0)


def _variables(old: xr.Dataset, new: xr.Dataset, tolerance: bool) -> Iterator[Pair]:
    """Of run.nc: every number, and the names that say which is which.

    With a tolerance the way there is looked at elsewhere than in a run whose number of draws was known beforehand.
    """
    for key in sorted({*map(str, old.variables), *map(str, new.variables)}):
        if key == "input_defaulted" or (tolerance and key.startswith("convergence_")):
            continue
        first = old[key].values if key in old.variables else _NONE
        second = new[key].values if key in new.variables else _NONE
        if first.dtype.kind in "OUS" and key not in new.coords:
            continue
        yield f"run.nc {key}", first, second, _error(old, key)


def _error(data: xr.Dataset, key: str) -> Array | None:
    """The standard error of a variable: its MCSE, or what its 95 % interval says, of its shape."""
    mcse = f"{key.removesuffix('_mean')}_mcse"
    if key.endswith("_mean") and mcse in data and data[mcse].dims == data[key].dims:
        return np.asarray(data[mcse].values)
    for interval, of_bounds in ((f"{key}_ci", False), (key, True)):
        if interval.endswith("_ci") and interval in data and "ci_bound" in data[interval].dims:
            ends = data[interval].transpose(..., "ci_bound").values
            half = (ends[..., 1] - ends[..., 0]) / 2.0 / HALF_WIDTH
            half_width = half[..., None] if of_bounds else half
            return np.broadcast_to(half_width, data[key].shape) if half_width.ndim == data[key].ndim else None
    return None


def _results(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in NOT_RESULTS}


def _leaves(old: Any, new: Any, path: str = "run.json", error: float | None = None) -> Iterator[Pair]:
    """Of run.json: every number, with the standard error of the table that it stands in."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if isinstance(old.get("mcse"), float):
            error = old["mcse"]
        elif "estimate" in old and isinstance(old.get("ci95"), list):
            error = (old["ci95"][1] - old["ci95"][0]) / 2.0 / HALF_WIDTH
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _leaves(
                old.get(key), new.get(key), f"{path} {key}" if path == "run.json" else f"{path}.{key}", error
            )
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (first, second) in enumerate(zip(old, new, strict=True)):
            yield from _leaves(first, second, f"{path}[{number}]", error)
    else:
        yield path, _leaf(old), _leaf(new), None if error is None else np.array([error])


def _leaf(value: Any) -> Array:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return np.array([float(value)]) if number else np.array([repr(value)])


def _difference(name: str, first: Array, second: Array, error: Array | None) -> Difference | None:
    """None where both have the same bits."""
    numeric = all(array.dtype.kind in "fiub" for array in (first, second))
    if first.shape != second.shape or not numeric:
        if first.shape == second.shape and np.array_equal(first, second):
            return None
        return Difference(name, first.size, first.size, math.inf, math.inf, None)
    # A truth value is stored as a small whole number, and read back as one.
    a, b = (np.ascontiguousarray(array, dtype=np.float64) for array in (first, second))
    differ = a.view(np.int64) != b.view(np.int64)
    if not differ.any():
        return None
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        size = np.abs(np.where(differ, a - b, 0.0))
        size[~np.isfinite(size)] = math.inf
        in_mcse = None
        if error is not None and np.all(np.isfinite(error[differ]) & (error[differ] > 0.0)):
            in_mcse = float(np.max(size[differ] / error[differ]))
        reference = float(np.max(np.abs(a[np.isfinite(a)]), initial=0.0))
        largest = float(np.max(size))
        relative = largest / reference if reference > 0.0 else (math.inf if largest > 0.0 else 0.0)
    return Difference(name, int(differ.sum()), int(differ.size), largest, relative, in_mcse)
