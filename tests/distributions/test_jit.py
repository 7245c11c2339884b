"""How code is compiled: without arrays of its own, without counts of references, in vectors as wide as there are."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Any

import numba
import numpy as np
import pytest

import distributions.sampling
import sim.kernel
from distributions.sampling.jit import Compiled, jit, whole_vectors
from tests.command import ROOT, spawn


def _dispatchers() -> dict[str, Any]:
    found = {}
    for package in (distributions.sampling, sim.kernel):
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            for name, thing in vars(importlib.import_module(module.name)).items():
                if isinstance(thing, Compiled):
                    found[f"{module.name}.{name}"] = thing
    return found


def test_no_compiled_function_counts_references() -> None:
    # a count is kept with a locked instruction, in a cell that all threads share
    found = _dispatchers()
    assert len(found) > 60
    assert [name for name, function in found.items() if function.part.targetoptions["_nrt"]] == []
    assert not jit(lambda x: x).whole.targetoptions["_nrt"]


def test_a_function_that_makes_an_array_is_not_compiled() -> None:
    @jit
    def made(size: int) -> Any:
        return np.zeros(size).sum()

    @jit
    def handed_back(row: Any) -> Any:
        return row[1:]

    for function, argument in ((made, 3), (handed_back, np.zeros(3))):
        with pytest.raises(numba.core.errors.NumbaError):
            function(argument)


@pytest.mark.parametrize(
    ("features", "asked"),
    [
        ("+avx2,+avx512f,+fma", "+avx2,+avx512f,+fma,-prefer-256-bit"),
        ("+avx2,-avx512f,+fma", "+avx2,-avx512f,+fma"),
        ("", ""),
    ],
)
def test_vectors_are_as_wide_as_the_processor_has_them(features: str, asked: str) -> None:
    assert whole_vectors(features) == asked


@pytest.mark.slow
def test_what_is_cached_is_loaded_without_the_compilers_knowledge() -> None:
    """Only compiling needs it, and to gather it takes a sixth of the time to a first result."""
    code = (
        "import sys; from distributions import marginal\n"
        "print(marginal({'pert': {'min': 1, 'mode': 2, 'max': 3}}).recipe.error, 'numba.np.linalg' in sys.modules)"
    )
    first, second = (spawn([sys.executable, "-c", code], ROOT).stdout.split() for _ in range(2))
    assert second == [first[0], b"False"]


def test_what_compiled_code_calls_has_no_machine_code_and_no_version_for_a_constant() -> None:
    @jit
    def plus(row: Any, number: int) -> float:
        return float(row[0] + number)

    @jit(inline=True)
    def twice(row: Any) -> float:
        return plus(row, 1) + plus(row, 2)

    @jit
    def outer(row: Any) -> float:
        return twice(row) + twice(row)

    assert outer(np.array([5.0])) == 26.0
    versions = [function.part.overloads for function in (plus, twice, outer)]
    assert [len(each) for each in versions] == [1, 1, 1]
    engine = numba.core.registry.cpu_target.target_context.codegen()._engine
    names = [kind.fndesc.llvm_func_name for each in versions for kind in each.values()]
    (whole,) = outer.whole.overloads.values()
    assert engine.is_symbol_defined(whole.fndesc.llvm_cpython_wrapper_name)
    assert [name.count("twice") for name in names if engine.is_symbol_defined(name)] == [0, 0]


def test_closures_of_one_line_are_not_taken_for_each_other() -> None:
    def made(number: float) -> Any:
        @jit
        def plus(x: float) -> float:
            return x + number

        return plus

    assert [made(number)(1.0) for number in (1.0, 2.0, 1.0)] == [2.0, 3.0, 2.0]
