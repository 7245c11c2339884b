"""A run: a scenario or a model, drawn and counted, with what is shown of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.results import dataset as datasets
from sim.results import notebook
from sim.results.labelled import LabelledArrays
from sim.results.numbers import Numbers

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, eq=False)
class Run(Numbers):
    """What came of drawing a scenario (or a model) many times. Made by `simulate`."""

    @cached_property
    def arrays(self) -> LabelledArrays:
        """Everything as labelled arrays; see `sim.results.dataset`."""
        return datasets.build(self)

    @cached_property
    def dataset(self) -> xr.Dataset:
        """Everything as an xarray Dataset."""
        return self.arrays.to_dataset()

    def _repr_html_(self) -> str:
        return notebook.html(self)

    def summary(self) -> dict[str, Any]:
        """The content of `run.json`: plain numbers by name, NaN as None."""
        return datasets.summary(self)
