"""A program as the kernel runs it: arrays of places alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


class Code(NamedTuple):
    """What the kernel runs; all places are rows.

    setup, odd, even, changed (operations, 6): operation, result, three arguments, and where the next kind of operation
    begins. They are run before the first month; in odd and even months; and after prices have changed within the
    horizon, the part of the setup that follows them.
    month: the row of the month. queries (2, demands): of queries, in odd and even months, of each demand that
    strategies meet; total_queries (demands,): their sums; queries_of (S,): the row of each strategy's sum.
    series (2, series): what is paid by in a month; worth (series,): their present values.
    cost, total, once (S,): cumulative cost; cost over the horizon; what is paid at setup.
    monthly (S,): what is paid every month; a_month: present value of a dollar a month, or -1 where no line wants it.
    first_term (S + 1,): where the terms of each strategy begin. rate (terms,), unit (2, terms), unit_worth (terms,):
    what a unit costs; units of the month; their present value.
    line, line_worth (sums,): coefficient of each distinct line, and present value of its rhythm; -1 for one that is
    paid at setup.
    """

    setup: Rows
    odd: Rows
    even: Rows
    changed: Rows
    month: int
    queries: Rows
    total_queries: Rows
    queries_of: Rows
    series: Rows
    worth: Rows
    cost: Rows
    total: Rows
    once: Rows
    monthly: Rows
    a_month: int
    first_term: Rows
    rate: Rows
    unit: Rows
    unit_worth: Rows
    line: Rows
    line_worth: Rows
