"""What is uncertain: one uncertain value becomes a distribution, and a seed becomes its draws.

The lowest layer: it knows no costs, no plots and no questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distributions.errors import UserError
    from distributions.spec import Marginal, marginal

__all__ = ["Marginal", "UserError", "marginal"]


def __getattr__(name: str) -> Any:
    """The public names, imported when first used: pydantic and numpy are not needed to print a help text."""
    from importlib import import_module

    homes = {
        "Marginal": "distributions.spec",
        "marginal": "distributions.spec",
        "UserError": "distributions.errors",
    }
    if name in homes:
        return getattr(import_module(homes[name]), name)
    raise AttributeError(f"module 'distributions' has no attribute '{name}'")
