"""The distributions of the inputs as they were run: quantiles and units from run.nc, and their shape in a table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from distributions import shape, text
from studies.shared.report.blocks import Density

BINS = 32


class Distribution(shape.Quantiles):
    """One input: the unit it is counted in, and its values at the levels from P0.5 to P99.5."""

    def __init__(self, unit: str, levels: ArrayLike, values: ArrayLike) -> None:
        super().__init__(levels, values)
        self.unit = unit

    @property
    def certain(self) -> bool:
        """Whether it has one value."""
        return bool(self.values[0] == self.values[-1])

    def at(self, level: float) -> float:
        """The quantile of a level."""
        return float(self.ppf(level))

    def density(self) -> Density | None:
        """The probability in equal bins from P0.5 to P99.5; None for a certain value."""
        if self.certain or not np.isfinite(self.values).all():
            return None
        axis = shape.axis([self])
        mass = shape.density(self, axis, BINS)
        heights = tuple(round(float(share), 3) for share in mass / mass.max())
        least, middle, most = (text.number(value, 3) for value in (axis.low, self.at(0.5), axis.high))
        logarithmic = ", logarithmic axis" if axis.logarithmic else ""
        return Density(heights, f"Density from {least} to {most}, median {middle}{logarithmic}")


def stored(path: Path) -> Mapping[str, Distribution]:
    """Every input's distribution from a run's NetCDF file; empty where the file is missing or holds none."""
    import h5py

    from studies.shared.folder import netcdf

    try:
        netcdf.refuse_foreign(path)
        # The few variables that are shown: kept draws may take gigabytes.
        with h5py.File(path, "r") as file:
            names, units = ([_word(item) for item in file[name][:]] for name in ("input", "input_unit"))
            levels = np.asarray(file["input_level"][:], dtype=float)
            values = np.asarray(file["input_quantile"][:], dtype=float)
    except (OSError, KeyError, ValueError, RuntimeError, TypeError):
        return {}
    if values.shape != (len(names), len(levels)) or len(levels) < 2:
        return {}
    return {
        name: Distribution(unit, levels, row) for name, unit, row in zip(names, units, values, strict=True)
    }


def _word(item: object) -> str:
    return item.decode(errors="replace") if isinstance(item, bytes) else str(item)
