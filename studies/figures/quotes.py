"""The figures of quotes: which there are, by file name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from studies.figures import quote_costs, quote_iso_curve, quote_stresses, quote_unit_price

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


def drawn(data: xr.Dataset) -> Iterator[tuple[str, Figure]]:
    """Each figure for which there is something to draw."""
    yield "quote_costs", quote_costs.draw(data)
    yield "quote_stresses", quote_stresses.draw(data)
    yield "quote_unit_price", quote_unit_price.draw(data)
    if "iso_second" in data:
        yield "quote_iso_curve", quote_iso_curve.draw(data)
