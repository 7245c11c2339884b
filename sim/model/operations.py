"""The operations that a program over rows is made of, and what each costs to name: a number."""

from __future__ import annotations

(
    COPY,
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    MULTIPLY_ADD,
    MINIMUM,
    MAXIMUM,
    NEGATE,
    EXP,
    LOG,
    SQRT,
    CEIL,
    FLOOR,
    POWER,
    TWELFTH_ROOT,
    LESS,
    LESS_EQUAL,
    EQUAL,
    WHERE,
) = range(20)
"""COPY a. ADD … DIVIDE a, b. MULTIPLY_ADD a*b + c, rounded once. WHERE b where a is not 0, else c. Comparisons give 1
where they hold, else 0. TWELFTH_ROOT a^(1/12)."""
