"""The public names of a package, each imported when it is first asked for.

scipy, numba and xarray take longer to import than most commands take to answer, so a package's own file imports
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def public(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package.

    modules: public name to the module that has it. The same names stand under `TYPE_CHECKING`, for type checkers.
    """

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        return getattr(import_module(modules[name]), name)

    return get
