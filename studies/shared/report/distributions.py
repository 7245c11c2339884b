"""The distributions of the inputs as they were run: quantiles and units from run.nc, and their shape in a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studies.shared import text
from studies.shared.report.blocks import Density

BINS = 32
LOGARITHMIC_FROM = 50.0
"""Greatest over least value from which the axis may be logarithmic: on a linear one the lower half is a few bins."""


@dataclass(frozen=True)
class Law:
    """One input: the unit it is counted in, and its values at the levels from P0.5 to P99.5."""

    unit: str
    levels: NDArray[np.float64]
    values: NDArray[np.float64]

    @property
    def certain(self) -> bool:
        """Whether it has one value."""
        return bool(self.values[0] == self.values[-1])

    def at(self, level: float) -> float:
        """The quantile of a level."""
        return float(np.interp(level, self.levels, self.values))

    @property
    def logarithmic(self) -> bool:
        """Whether the shape is drawn over logarithms: a wide range whose median lies nearer the middle there."""
        low, middle, high = (self.at(level) for level in (0.1, 0.5, 0.9))
        if not 0 < self.values[0] < self.values[-1] / LOGARITHMIC_FROM or not low < high:
            return False
        plain = abs(high + low - 2 * middle) / (high - low)
        return bool(abs(np.log(high * low / middle**2)) / np.log(high / low) < plain)

    def density(self) -> Density | None:
        """The probability in equal bins from P0.5 to P99.5; None for a certain value."""
        if self.certain or not np.isfinite(self.values).all():
            return None
        low, high = float(self.values[0]), float(self.values[-1])
        edges = np.geomspace(low, high, BINS + 1) if self.logarithmic else np.linspace(low, high, BINS + 1)
        below = np.interp(edges, self.values, self.levels)
        # A step on the lowest or highest edge belongs to the bin beside it, whole.
        below[0] = 0.0 if self.values[1] == self.values[0] else self.levels[0]
        below[-1] = 1.0 if self.values[-2] == self.values[-1] else self.levels[-1]
        mass = np.diff(below)
        heights = tuple(round(float(share), 3) for share in mass / mass.max())
        least, middle, most = (text.number(self.at(level), 3) for level in (0.005, 0.5, 0.995))
        axis = ", logarithmic axis" if self.logarithmic else ""
        return Density(heights, f"Density from {least} to {most}, median {middle}{axis}")


def laws(path: Path) -> Mapping[str, Law]:
    """Every input's law from a run's NetCDF file; empty where the file is missing or holds none."""
    import h5netcdf

    from studies.shared.folder import netcdf

    try:
        netcdf.refuse_foreign(path)
        # The few variables that are shown: kept draws may take gigabytes.
        with h5netcdf.File(path, "r") as file:
            names, units = ([_word(item) for item in file[name][:]] for name in ("input", "input_unit"))
            levels = np.asarray(file["input_level"][:], dtype=float)
            values = np.asarray(file["input_quantile"][:], dtype=float)
    except (OSError, KeyError, ValueError, RuntimeError, TypeError):
        return {}
    if values.shape != (len(names), len(levels)) or len(levels) < 2:
        return {}
    return {name: Law(unit, levels, row) for name, unit, row in zip(names, units, values, strict=True)}


def _word(item: object) -> str:
    return item.decode(errors="replace") if isinstance(item, bytes) else str(item)
