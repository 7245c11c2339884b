"""How many test examples it takes to see that one strategy answers better than another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.plan_eval.analysis import Plan, plan

__all__ = ["Plan", "plan"]

__getattr__ = public(
    __name__,
    {
        "Plan": "studies.plan_eval.analysis",
        "plan": "studies.plan_eval.analysis",
    },
)
