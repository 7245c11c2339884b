"""Who is cheaper as a function of inputs that are held fixed, all others varying: estimates with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean
from distributions.sampling.jit import REPLICATES
from sim.kernel.exact import TIE
from sim.models.held_draws import Sample
from sim.models.model import Model
from sim.models.quantities import cheaper, difference
from sim.statistics import estimates as statistics
from sim.statistics.estimates import Moments

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Answers:
    """What came of each of n places, at which the held inputs have certain values; each `_ci` is a 95 % interval.

    probability (n,), probability_ci (n, 2): P(a costs less than b), ties half. ties (n,): their share.
    difference (n,), difference_ci (n, 2): mean of cost of a minus cost of b.
    cheapest (n, S), cheapest_ci (n, S, 2): P(cheapest) of each strategy that may be.
    """

    probability: Array
    probability_ci: Array
    ties: Array
    difference: Array
    difference_ci: Array
    cheapest: Array
    cheapest_ci: Array

    def __getitem__(self, places: int | slice) -> Answers:
        """Those of some places; of one, without the axis of places."""
        return Answers(*(getattr(self, part.name)[places] for part in fields(self)))

    def reshaped(self, *places: int) -> Answers:
        """The places over several axes."""
        arrays = (getattr(self, part.name) for part in fields(self))
        return Answers(*(array.reshape(*places, *array.shape[1:]) for array in arrays))


class Response:
    """A model's answer at chosen values of some inputs, from the same draws of the others wherever it is asked.

    Raises UserError for an input or output that the model does not have, or fewer than 16 draws.
    """

    def __init__(
        self,
        model: Model,
        inputs: Sequence[str],
        a: str,
        b: str,
        draws: int,
        seed: int,
        eligible: Sequence[str] | None = None,
    ) -> None:
        """Draw the other inputs.

        Args:
            model: its outputs are costs of strategies.
            inputs: those that are held.
            a: the strategy asked about.
            b: the one it is compared with.
            draws: at each place; rounded up to a multiple of 16.
            seed: of the draws.
            eligible: outputs that may be cheapest; all unless given.
        """
        for name, known, what in (
            *((name, tuple(model.inputs), "input") for name in inputs),
            (a, model.outputs, "a"),
            (b, model.outputs, "b"),
        ):
            if name not in known:
                raise UserError(Fault(what, f"found '{name}'", ", ".join(known), did_you_mean(name, known)))
        if len(set(inputs)) < len(inputs):
            raise UserError(Fault("input", f"'{inputs[0]}' is named twice", "two different inputs"))
        if a == b:
            raise UserError(Fault("b", f"'{b}' is compared with itself", "two different outputs"))
        if draws < REPLICATES:
            raise UserError(Fault("draws", f"found {draws}", f"{REPLICATES} or more, for an interval"))
        self.model, self.inputs, self.a, self.b, self.seed = model, tuple(inputs), a, b, seed
        self.eligible = tuple(model.outputs if eligible is None else eligible)
        self.sample = Sample(model.marginals, model.copula, inputs, draws, seed)

    def conditions(self, name: str) -> bool:
        """Whether other inputs are drawn given the value of this one."""
        copula = self.model.copula
        return bool(self.sample.tied) and copula is not None and name in copula.members

    def at(self, places: Array, progress: Progress | None = None) -> Answers:
        """The answers where the held inputs have the values of a row of `places` (n, held).

        progress: called with the chunks of draws done and to do, those of all places together.
        """
        n, s = len(places), len(self.eligible)
        less, ties, total = (np.zeros((n, REPLICATES)) for _ in range(3))
        wins = np.zeros((n, s, REPLICATES))
        for chunk in range(len(self.sample)):
            for k, place in enumerate(places):
                held = dict(zip(self.inputs, map(float, place), strict=True))
                costs = self.model.evaluate(self.sample.values(chunk, held))
                outcome = cheaper(costs[self.a], costs[self.b])
                less[k] += _by_replicate(outcome == 1.0)
                ties[k] += _by_replicate(outcome == 0.5)
                total[k] += _by_replicate(difference(costs[self.a], costs[self.b]))
                if s:
                    wins[k] += _by_replicate(_shares(np.array([costs[name] for name in self.eligible])))
                if progress is not None:
                    progress(chunk * n + k + 1, len(self.sample) * n)
        draws = np.full(REPLICATES, self.sample.draws // REPLICATES)
        probability, low, high = statistics.probability(less, ties, draws, True)
        cheapest, least, most = statistics.probability(wins, np.zeros_like(wins), draws, True)
        means = [Moments(draws.astype(float), row / draws, np.zeros(REPLICATES)) for row in total]
        return Answers(
            probability,
            np.stack([low, high], axis=-1),
            ties.sum(axis=-1) / self.sample.draws,
            total.sum(axis=-1) / self.sample.draws,
            np.array([statistics.mean_interval(mean, True) for mean in means]).reshape(n, 2),
            cheapest,
            np.stack([least, most], axis=-1),
        )


def _by_replicate(values: NDArray[np.generic]) -> Array:
    """Sums over the draws of each replicate: (…, n) to (…, 16)."""
    sums: Array = values.reshape(*values.shape[:-1], -1, REPLICATES).sum(axis=-2, dtype=float)
    return sums


def _shares(costs: Array) -> Array:
    """Each strategy's share in being the cheapest, (S, n): 1 where it alone is, 1/k where k tie."""
    least = costs.min(axis=0)
    among = costs <= least + TIE * np.abs(least)
    shares: Array = among / among.sum(axis=0)
    return shares
