"""What the methods that work from draws share: independent draws, SALib's kind of problem, noise to compare with."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError
from sim.results.labelled import LabelledArrays
from studies.drivers.concentration import of_output
from studies.drivers.design import CHUNK, Factors

Array = NDArray[np.float64]

LEAST = 100
"""Fewer draws fill no bin."""


@dataclass(frozen=True)
class Draws:
    """Independent draws of the uncertain inputs, their output, and beside the inputs one that is pure noise.

    problem: for SALib; columns are called x0, x1, …, for it forbids some names. values (n, inputs + 1); output (n,).
    """

    problem: dict[str, Any]
    values: Array
    output: Array

    @property
    def varies(self) -> bool:
        """Whether the output has any spread beyond rounding."""
        return bool(np.ptp(self.output) > 1e-12 * np.abs(self.output).max())


def draw(factors: Factors, count: int, seed: int) -> Draws:
    """Evaluate `count` independent draws. Raises UserError below `LEAST` draws."""
    if count < LEAST:
        raise UserError(Fault("base_samples", f"found {count}", f"{LEAST} draws or more"))
    sampler = factors.sampler(seed, count, "mc")
    values = sampler.draw(0, count, sampler.scratch())
    output = np.concatenate([factors.evaluate(values[:, k : k + CHUNK]) for k in range(0, count, CHUNK)])
    noise = np.random.default_rng([seed, 1]).random((1, count))
    names = [f"x{k}" for k in range(len(values) + 1)]
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    return Draws(problem, np.concatenate([values, noise]).T, output)


@contextmanager
def quietly() -> Iterator[None]:
    """SALib's warnings about bins that hold few draws are for its own defaults; its filters are put back."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        state = np.random.get_state()  # noqa: NPY002 - SALib seeds the global generator
        yield
        np.random.set_state(state)  # noqa: NPY002


def dataset(
    factors: Factors, draws: Draws, columns: dict[str, tuple[Array, str]], attributes: dict[str, Any]
) -> LabelledArrays:
    """Columns over inputs and noise (inputs + 1,) ; the noise's own value is attribute "noise_NAME"."""
    return LabelledArrays(
        {
            name: ("input", np.asarray(values, dtype=float)[:-1], {"long_name": what, "units": "1"})
            for name, (values, what) in columns.items()
        },
        coords={"input": list(factors.names)},
        attrs={
            "base_samples": len(draws.output),
            "evaluations": len(draws.output),
            "mean": float(draws.output.mean()),
            "variance": float(draws.output.var()),
            "concentration": of_output(draws.output),
            **{f"noise_{name}": float(values[-1]) for name, (values, _) in columns.items()},
            **attributes,
        },
    )


def undefined(factors: Factors, draws: Draws, names: tuple[str, ...]) -> LabelledArrays:
    """All NaN, for an output that does not vary."""
    missing = np.full(len(factors.names) + 1, np.nan)
    return dataset(
        factors,
        draws,
        dict.fromkeys(names, (missing, "undefined")),
        {"undefined": f"the output does not vary in {len(draws.output):,} draws"},
    )
