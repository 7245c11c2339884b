"""Values of inputs kept from run to run: where one distribution changed, its values alone are drawn anew.

A draw of an input depends on the seed, the input and its own distribution (and on what a rank correlation ties it to),
so that its values in another run are the same bits. A calculator that runs a scenario again and again, one input moved,
saves the greater part of its time. 8 bytes for each value: 60 inputs of a million draws are half a gigabyte.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.inverse import DESIGNS, LHS, Plan
from sim.draws.sampler import Sampler
from sim.kernel import block
from sim.kernel.block import Scratch

Array = NDArray[np.float64]
Place = tuple[bytes, int, int]


_FEW = 1024
"""So few draws, a pilot's, are made as fast as found."""


class Memory:
    """Values by input, distribution and place in the run; what was asked for longest ago is forgotten first.

    limit, size: bytes, at most and now. Any number of runs may share it, on any number of threads.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._kept: OrderedDict[Place, Array] = OrderedDict()
        self._lock = Lock()

    def find(self, place: Place) -> Array | None:
        """The values at a place, or None."""
        with self._lock:
            values = self._kept.get(place)
            if values is not None:
                self._kept.move_to_end(place)
            return values

    def keep(self, place: Place, values: Array) -> None:
        """Keep values, which nobody may change any more."""
        with self._lock:
            if place in self._kept:
                return
            self._kept[place] = values
            self.size += values.nbytes
            while self.size > self.limit:
                _, old = self._kept.popitem(last=False)
                self.size -= old.nbytes


@dataclass(frozen=True)
class Remembered(Sampler):
    """A sampler that looks its values up. columns: what the values of each planned input depend on, as a digest."""

    memory: Memory = field(kw_only=True)
    columns: Sequence[bytes] = field(kw_only=True)

    @property
    def fused(self) -> bool:
        """Never: its values are not drawn block by block."""
        return False

    def draw(self, first: int, count: int, work: Scratch) -> Array:
        """As `Sampler.draw`, the same bits."""
        if count <= _FEW:
            return super().draw(first, count, work)
        values = np.empty((len(self.names), count))
        for row, value in self.certain.items():
            values[row] = value
        missing = []
        for j, column in enumerate(self.columns):
            stored = self.memory.find((column, first, count))
            if stored is None:
                missing.append(j)
            else:
                values[self.plan.row[j]] = stored
        if missing:
            block.sample_chunk(_part(self.plan, missing), first, work, values)
            for j in missing:
                self.memory.keep((self.columns[j], first, count), values[self.plan.row[j]].copy())
        return values


def remembering(sampler: Sampler, memory: Memory, draws: int) -> Sampler:
    """The sampler with a memory; as it is where its values would not fit, or go through an exact ppf."""
    if sampler.exact or 8 * draws * sampler.plan.row.size > memory.limit:
        return sampler
    plan = sampler.plan
    together = plan.mixing.tobytes() + b"".join(
        part[j].tobytes() for part in (plan.key, plan.scrambled) for j in plan.linked if len(part)
    )
    linked = {int(j): at for at, j in enumerate(plan.linked)}
    columns = [
        _digest(plan, j, together + bytes([linked[j]]) if j in linked else b"") for j in range(plan.row.size)
    ]
    state = {each.name: getattr(sampler, each.name) for each in fields(Sampler)}
    return Remembered(**state, memory=memory, columns=columns)


def _digest(plan: Plan, j: int, together: bytes) -> bytes:
    """What the values of one planned input depend on; LHS divides the whole run into strata."""
    start, size = int(plan.pool_start[j]), 2 * int(plan.pool_size[j])
    numbers = (
        plan.design,
        plan.draws if plan.design == LHS else 0,
        int(plan.kind[j]),
        int(plan.link[j]),
        int(plan.row[j]),
    )
    digest = hashlib.blake2b(repr(numbers).encode(), digest_size=20)
    net = plan.scrambled[j : j + 1]  # of a stratified design; its dimension is not in the key
    for part in (plan.parameters[j], plan.window[j], plan.pool[start : start + size], plan.key[j], net):
        digest.update(np.ascontiguousarray(part).tobytes())
    digest.update(together)
    return digest.digest()


def _part(plan: Plan, wanted: Sequence[int]) -> Plan:
    """The plan of some of its inputs; of the linked all or none, since their scores are mixed."""
    linked = set(plan.linked.tolist())
    chosen = sorted(set(wanted) | (linked if linked & set(wanted) else set()))
    if len(chosen) == plan.row.size:
        return plan
    at = np.array(chosen, dtype=np.int64)
    position = {j: k for k, j in enumerate(chosen)}
    scrambled = plan.design == DESIGNS["sobol"]
    some = linked <= set(chosen)
    return plan._replace(
        kind=plan.kind[at],
        link=plan.link[at],
        row=plan.row[at],
        parameters=plan.parameters[at],
        window=plan.window[at],
        pool_start=plan.pool_start[at],
        pool_size=plan.pool_size[at],
        pieces_start=plan.pieces_start[at],
        key=plan.key[at],
        scrambled=plan.scrambled[at] if scrambled else plan.scrambled,
        free=np.array([position[j] for j in chosen if j not in linked], dtype=np.int64),
        linked=np.array([position[j] for j in plan.linked.tolist()] if some else [], dtype=np.int64),
        mixing=plan.mixing if some else np.zeros((0, 0)),
    )
