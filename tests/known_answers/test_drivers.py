"""Drivers against closed forms, through the public interface. Tolerances are in the entries, with their reasons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studies.drivers import analysis as drivers
from tests.known_answers.models import entries, model_of, of_area

ENTRIES = entries("drivers.json")
BASE = 16_384
"""At which the tolerances of Sobol' indices were measured, of one net; here there are sixteen."""


def _off(data: Any, name: str, expected: dict[str, float]) -> dict[str, float]:
    return {key: abs(float(data[name].sel(input=key)) - value) for key, value in expected.items()}


@pytest.mark.parametrize("entry", of_area(ENTRIES, "sobol"))
@pytest.mark.parametrize("seed", [0, 7])
def test_sobol(entry: dict[str, Any], seed: int) -> None:
    found = drivers.analyse(model_of(entry), output="y", method="sobol", base_samples=BASE, seed=seed)
    for name, tolerance in entry["tolerance"]["sobol_design"].items():
        assert max(_off(found, name, entry["expected"][name]).values()) <= tolerance
    assert found.attrs["mean"] == pytest.approx(entry["expected"]["mean"], rel=2e-3)
    assert found.attrs["variance"] == pytest.approx(entry["expected"]["variance"], rel=1e-2)


def test_second_order_of_ishigami() -> None:
    entry = next(e for e in ENTRIES if e["id"].startswith("sobol-ishigami"))
    found = drivers.analyse(model_of(entry), "y", base_samples=BASE, second_order=True)
    for pair, value in entry["expected"]["second"].items():
        a, b = pair.split()
        index, width = (float(found[name].sel(input=a, other=b)) for name in ("second", "second_ci"))
        # 2.5 half-widths are 4.9 standard errors
        assert abs(index - value) <= 2.5 * width
        assert width < 0.01


@pytest.mark.parametrize("entry", of_area(ENTRIES, "sobol-groups"))
def test_dependent_inputs_stand_as_one(entry: dict[str, Any]) -> None:
    found = drivers.analyse(model_of(entry), "y", base_samples=BASE)
    assert list(found["input"].values) == ["x1+x2", "x3"]
    for name in ("first", "total"):
        assert max(_off(found, name, entry["expected"][name]).values()) <= entry["tolerance"]["abs"]


@pytest.mark.slow
@pytest.mark.parametrize("entry", of_area(ENTRIES, "shapley"))
@pytest.mark.parametrize("seed", [0, 3])
def test_shapley(entry: dict[str, Any], seed: int) -> None:
    found = drivers.analyse(model_of(entry), "y", "shapley", seed=seed)
    widths, tolerance = found["effect_ci"].values, entry["tolerance"]
    assert widths.max() < 0.03
    for key, off in _off(found, "effect", entry["expected"]["effect"]).items():
        width = float(found["effect_ci"].sel(input=key))
        assert off <= max(tolerance["in_units_of_reported_ci"] * width, tolerance["abs_floor"])
    assert float(found["effect"].sum()) == pytest.approx(1.0, abs=1e-9)


def test_shapley_effects_of_independent_inputs_lie_between_first_and_total_order() -> None:
    entry = next(e for e in ENTRIES if e["id"].startswith("sobol-ishigami"))
    found = drivers.analyse(model_of(entry), "y", "shapley")
    for key, off in _off(found, "effect", entry["expected"]["shapley"]).items():
        assert off <= 2.5 * float(found["effect_ci"].sel(input=key))


@pytest.mark.slow
@pytest.mark.parametrize("entry", of_area(ENTRIES, "delta"))
def test_delta(entry: dict[str, Any]) -> None:
    found = drivers.analyse(model_of(entry), "y", "delta")
    for name in ("delta", "first"):
        assert max(_off(found, name, entry["expected"][name]).values()) <= entry["tolerance"]["abs"]
    assert float(found.attrs["noise_delta"]) < float(found["delta"].min())


@pytest.mark.parametrize("entry", of_area(ENTRIES, "morris"))
@pytest.mark.parametrize("seed", [0, 1])
def test_morris(entry: dict[str, Any], seed: int) -> None:
    found = drivers.analyse(model_of(entry), "y", "morris", seed=seed)
    trajectories = found.attrs["base_samples"]
    for key, sigma in entry["expected"]["sigma"].items():
        error = max(entry["tolerance"]["sigma_multiple"] * sigma / np.sqrt(trajectories), 1e-9)
        for name in ("mu", "mu_star"):
            assert abs(float(found[name].sel(input=key)) - entry["expected"][name][key]) <= error
        assert float(found["sigma"].sel(input=key)) == pytest.approx(sigma, rel=0.1, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "tolerance"), [("rbd_fast", 0.02), ("delta", 0.03)])
def test_first_order_from_draws(method: str, tolerance: float) -> None:
    # five standard errors of an estimate from ten thousand draws, each about 2 sqrt(S (1 - S) / n)
    entry = next(e for e in ENTRIES if e["id"].startswith("sobol-ishigami"))
    found = drivers.analyse(model_of(entry), "y", method)
    assert max(_off(found, "first", entry["expected"]["first"]).values()) <= max(tolerance, 5 * 2 * 0.5 / 100)
