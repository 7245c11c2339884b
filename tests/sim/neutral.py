"""The inputs that the second edition of the model brings, at the values with which it is the first."""

from __future__ import annotations

from distributions.inputs import registry
from tests.sim import plain_second

NEUTRAL: dict[str, float] = {
    key: float(registry()[key].default)  # type: ignore[arg-type]
    for key in plain_second.NEUTRAL
    if key in registry() and key != "eval.weeks"
}
"""Those of them that the program has; evaluation is an input of the first edition too."""
