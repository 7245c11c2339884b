"""Values of information against closed forms, through the public interface."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studies.information import analysis as information
from tests.known_answers.models import entries, model_of

ENTRIES = entries("information.json")
DRAWS = 200_000
"""A fifth of the draws that the tolerances are for, and of a Sobol' design: they are kept with room."""


@pytest.mark.slow
@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry["id"]) for entry in ENTRIES])
@pytest.mark.parametrize("seed", [0, 5])
def test_information(entry: dict[str, Any], seed: int) -> None:
    model, expected, tolerance = model_of(entry), entry["expected"], entry["tolerance"]
    groups = [name.split("+") for name in expected.get("evppi_group", {})]
    found = information.value(model, model.outputs, draws=DRAWS, seed=seed, groups=groups)
    assert abs(float(found["evpi"]) - expected["evpi"]) <= tolerance["evpi"]
    allowed = tolerance["evppi"]["abs"] if isinstance(tolerance["evppi"], dict) else tolerance["evppi"]
    for key, value in {**expected["evppi"], **expected.get("evppi_group", {})}.items():
        assert abs(float(found["evppi"].sel(input=key)) - value) <= allowed
        assert bool(found["distinguishable"].sel(input=key))
    # the errors that are reported are of the size of those made: 1 % of the value bounds both
    assert float(found["evpi_se"]) < 0.01 * expected["evpi"]


@pytest.mark.slow
def test_sample_information_of_a_share_is_that_of_the_nested_estimate() -> None:
    """Beta prior, binomial sample: the posterior mean is known, and the expected saving a finite sum."""
    from scipy import stats

    from sim import Model

    a, b, worth, price = 8.0, 4.0, 100.0, 66.0
    share = {"beta": {"alpha": a, "beta": b}}
    model = Model(
        {"p": share}, ("pay", "test"), lambda v: {"pay": worth * v["p"], "test": price + 0.0 * v["p"]}
    )
    inputs, costs = information.sample(model, ("pay", "test"), 1 << 18, 3)
    found = information.of_sample(inputs, costs, "p", sizes=(5, 20, 100), replicates=16, seed=1)
    for n in (5, 20, 100):
        k = np.arange(n + 1)
        posterior = worth * (a + k) / (a + b + n)
        truth = min(worth * a / (a + b), price) - float(
            (stats.betabinom(n, a, b).pmf(k) * np.minimum(posterior, price)).sum()
        )
        value, error = (float(found[name].sel(examples=n)) for name in ("evsi", "evsi_se"))
        assert abs(value - truth) < 5 * error + 0.005 * truth
        assert error < 0.02 * truth
