"""Labelled arrays give what an xarray Dataset of the same gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from sim.results.labelled import LabelledArrays

ARRAYS: dict[str, Any] = {
    "cost": (("strategy", "month"), np.arange(6.0).reshape(2, 3), {"units": "USD"}),
    "sample": (("draw", "strategy"), np.arange(8.0).reshape(4, 2)),
    "best": ((), 1.5),
}
COORDS: dict[str, Any] = {
    "strategy": ["rag", "hybrid"],
    "month": [0, 1, 2],
    "label": ("strategy", ["RAG", "Hybrid"]),
}
OURS = LabelledArrays(ARRAYS, COORDS, {"title": "t"})
THEIRS = xr.Dataset(ARRAYS, COORDS, {"title": "t"})


def test_they_become_a_dataset_and_come_from_one() -> None:
    assert OURS.to_dataset().identical(THEIRS)
    assert LabelledArrays.of(THEIRS).to_dataset().identical(THEIRS)
    assert OURS.sizes == dict(THEIRS.sizes)
    assert list(OURS) == list(THEIRS)
    assert ("month" in OURS, "label" in OURS, "median" in OURS) == (True, True, False)


@pytest.mark.parametrize(
    "take",
    [
        lambda data: data["cost"].sel(strategy="hybrid"),
        lambda data: data["cost"].sel(strategy=["hybrid", "rag"], month=2),
        lambda data: data["cost"].isel(month=slice(1, None)),
        lambda data: data["cost"].isel(month=np.array([True, False, True])).sel(month=2),
        lambda data: data["sample"].isel(draw=1).sel(strategy="rag"),
        lambda data: data["cost"].transpose("month", "strategy"),
        lambda data: data["cost"][1],
        lambda data: data.isel(month=[2, 0], strategy=1)["cost"],
        lambda data: data["best"],
        lambda data: data["label"],
    ],
)
def test_parts_are_those_of_a_dataset(take: Any) -> None:
    ours, theirs = take(OURS), take(THEIRS)
    assert ours.dims == theirs.dims
    assert ours.attrs == theirs.attrs
    np.testing.assert_array_equal(ours.values, theirs.values)


def test_more_is_added_and_less_is_kept() -> None:
    more = OURS.with_more({"best": ((), 2.5)}, {"unit": ("strategy", ["a", "b"])}, draws=4)
    added = THEIRS.assign(best=2.5).assign_coords(unit=("strategy", ["a", "b"])).assign_attrs(draws=4)
    assert more.to_dataset().identical(added)
    assert OURS.without("draw").to_dataset().identical(THEIRS.drop_dims("draw"))
    assert OURS.isel(draw=slice(2)).to_dataset().identical(THEIRS.isel(draw=slice(2)))


def test_what_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        OURS["cost"].sel(strategy="prompt")
    with pytest.raises(KeyError):
        OURS["median"]
    with pytest.raises(ValueError, match="'month' has 3 places and 2"):
        OURS.with_more({"rate": ("month", [1.0, 2.0])})
