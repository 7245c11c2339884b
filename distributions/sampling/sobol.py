"""Scrambled Sobol' points in blocks, 16 independent randomisations side by side.

Direction numbers: S. Joe & F. Y. Kuo 2008 ("Constructing Sobol sequences with better two-dimensional projections"),
their table new-joe-kuo-6 for the first dimensions, in `joe_kuo.csv`. Randomisation: J. Matousek 1998, a random
lower-triangular linear scramble of the digits and a random digital shift, which keeps the net and gives unbiased
estimates. Each of the 16 replicates has its own, so that an honest interval follows from their spread
(Owen 1997; L'Ecuyer et al. 2023). Draw i is point i // 16 of replicate i % 16, so the first n draws stay when n grows.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK, REPLICATES, jit
from distributions.sampling.streams import philox, unit_interval

BITS = 32
"""Columns of the generator matrices: a replicate has at most 2^32 points."""

_AT_ONCE = 4
"""Direction numbers that are looked at together; divides those above a block's own."""

_POINTS = BLOCK // REPLICATES
_LOW_BITS = _POINTS.bit_length() - 1
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_TOP = np.uint64(63)


@cache
def _table() -> tuple[tuple[int, int, tuple[int, ...]], ...]:
    """Degree, coefficients and initial numbers of each primitive polynomial; dimension 1 has none."""
    text = resources.files("distributions.sampling").joinpath("joe_kuo.csv").read_text()
    rows = csv.reader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple((int(s), int(a), tuple(int(m) for m in numbers.split())) for s, a, numbers in rows)


def dimensions() -> int:
    """How many dimensions the table covers."""
    return len(_table()) + 1


@cache
def direction_numbers(dimension: int) -> NDArray[np.uint64]:
    """The direction numbers of one dimension (from 0), shape (32,), each with its bits at the top of 64."""
    numbers = [0] * BITS
    if dimension == 0:
        numbers = [1 << (BITS - 1 - k) for k in range(BITS)]
    else:
        degree, coefficients, initial = _table()[dimension - 1]
        for k in range(BITS):
            if k < degree:
                numbers[k] = initial[k] << (BITS - 1 - k)
                continue
            value = numbers[k - degree] ^ (numbers[k - degree] >> degree)
            for j in range(1, degree):
                if (coefficients >> (degree - 1 - j)) & 1:
                    value ^= numbers[k - j]
            numbers[k] = value
    return np.array(numbers, dtype=np.uint64) << np.uint64(32)


@jit(inline=True)
def _all_ones(word: np.uint64, bit: int) -> np.uint64:
    """64 ones where a bit of the word is set, else none."""
    return _ZERO - ((word >> np.uint64(bit)) & _ONE)


@jit
def scramble(
    directions: NDArray[np.uint64],
    key: NDArray[np.uint64],
    columns: int,
    column: NDArray[np.uint64],
    out: NDArray[np.uint64],
) -> None:
    """Scrambled direction numbers and the digital shift of each replicate.

    directions (32,), key (4,) of the input's stream, columns: how many direction numbers are wanted;
    column (16,) is scratch. out (33, 16): 32 direction numbers, then the shift; a number of each replicate side by
    side.
    Column j of the lower-triangular matrix has a one on its diagonal and random bits below. A scrambled number is the
    sum, without carries, of the columns at which the number itself has a one.
    """
    shift = out[BITS]
    out[:BITS] = _ZERO
    k0, k1, c2, c3 = key[0], key[1], key[2], key[3]
    for j in range(BITS):
        diagonal = _ONE << (_TOP - np.uint64(j))
        for replicate in range(REPLICATES):
            counter = np.uint64(j * REPLICATES) | np.uint64(replicate)
            column[replicate], shift[replicate] = philox(counter, _ZERO, c2, c3, k0, k1)
        for replicate in range(REPLICATES):
            column[replicate] = (column[replicate] & (diagonal - _ONE)) | diagonal
        for k in range(columns):
            number = out[k]
            wanted = _all_ones(directions[k], 63 - j)
            for replicate in range(REPLICATES):
                number[replicate] ^= column[replicate] & wanted


def net(seed_key: NDArray[np.uint64], dimension: int, draws: int = REPLICATES << BITS) -> NDArray[np.uint64]:
    """What `fill_sobol` needs of one input: its scrambled numbers, shape (33, 16).

    draws: of the run; a number of the sequence that so many never use is not scrambled, and stays 0.
    """
    scrambled = np.empty((BITS + 1, REPLICATES), dtype=np.uint64)
    columns = min(BITS, max(_LOW_BITS, ((draws - 1) // REPLICATES).bit_length()))
    column = np.empty(REPLICATES, dtype=np.uint64)
    scramble(direction_numbers(dimension), seed_key, columns, column, scrambled)
    return scrambled


@jit
def fill_sobol(
    out: NDArray[np.float64],
    block: int,
    scrambled: NDArray[np.uint64],
    start: NDArray[np.uint64],
) -> None:
    """The points of one block in one dimension: out[i] is point (block * 256 + i) // 16 of replicate i % 16.

    start (16,) is scratch.
    """
    numbers = scrambled.reshape(-1)
    shift = numbers[BITS * REPLICATES :]
    for replicate in range(REPLICATES):
        start[replicate] = shift[replicate]
    # four numbers at a time, and none by a branch, which would be guessed wrong every other time
    rest, bit = np.uint64(block), _LOW_BITS
    while rest > _ZERO and bit < BITS:
        four = numbers[bit * REPLICATES :]
        a, b, c, d = _all_ones(rest, 0), _all_ones(rest, 1), _all_ones(rest, 2), _all_ones(rest, 3)
        for r in range(REPLICATES):
            start[r] ^= (
                (four[r] & a)
                ^ (four[REPLICATES + r] & b)
                ^ (four[2 * REPLICATES + r] & c)
                ^ (four[3 * REPLICATES + r] & d)
            )
        rest >>= np.uint64(_AT_ONCE)
        bit += _AT_ONCE
    # the sixteen points of a replicate in the block differ by the numbers of its low four bits; written out, since a
    # loop over them would stop vectorisation across the replicates
    for r in range(REPLICATES):
        a, b, c = numbers[r], numbers[REPLICATES + r], numbers[2 * REPLICATES + r]
        for half in range(2):
            word = start[r] ^ (numbers[3 * REPLICATES + r] if half else _ZERO)
            further = word ^ c
            at = half * (BLOCK // 2) + r
            out[at] = unit_interval(word)
            out[at + REPLICATES] = unit_interval(word ^ a)
            out[at + 2 * REPLICATES] = unit_interval(word ^ b)
            out[at + 3 * REPLICATES] = unit_interval(word ^ a ^ b)
            out[at + 4 * REPLICATES] = unit_interval(further)
            out[at + 5 * REPLICATES] = unit_interval(further ^ a)
            out[at + 6 * REPLICATES] = unit_interval(further ^ b)
            out[at + 7 * REPLICATES] = unit_interval(further ^ a ^ b)
