"""From equations to a program: what is shared, what is kept apart, and what each operation gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distributions.inputs import registry
from distributions.sampling.jit import BLOCK, STRIDE
from sim.kernel.rows import TILE, run
from sim.model import operations as op
from sim.model.graph import Graph
from sim.model.program import program
from sim.model.strategies import REGISTRY, Parts, Strategy, impossible

INPUTS = tuple(registry())


def test_strategies_that_are_alike_share_all_that_is_worked() -> None:
    alone = program({"rag": REGISTRY["rag"]}, INPUTS, 12)
    twice = program({"rag": REGISTRY["rag"], "twin": REGISTRY["rag"]}, INPUTS, 12)
    assert twice.code.setup.shape == alone.code.setup.shape
    assert twice.code.odd.shape == alone.code.odd.shape
    assert twice.code.line.size == alone.code.line.size
    first, second = (twice.sums[list(twice.lines_of(name))] for name in twice.names)
    np.testing.assert_array_equal(first, second)


def test_a_value_of_its_own_is_shared_with_nobody() -> None:
    own = Strategy("Mini", "latency.rag", REGISTRY["rag"].parts, {"price.input": "mini:price.input"})
    made = program({"rag": REGISTRY["rag"], "mini": own}, (*INPUTS, "mini:price.input"), 12)
    by_item = [
        {made.lines[k].item: int(made.sums[k]) for k in made.lines_of(name)} for name in ("rag", "mini")
    ]
    assert [item for item in by_item[0] if by_item[0][item] != by_item[1][item]] == ["input tokens"]


def test_states_of_different_rules_are_different() -> None:
    graph = Graph()
    one, a, b = graph.constant(1.0), graph.input("a"), graph.input("b")
    by_a = graph.state(one, lambda state: graph.apply(op.MULTIPLY, state, a))
    by_b = graph.state(one, lambda state: graph.apply(op.MULTIPLY, state, b))
    again = graph.state(one, lambda state: graph.apply(op.MULTIPLY, state, a))
    assert by_a == again
    assert by_a != by_b
    # a rule that stands on another state, made before it or in it
    on_a = graph.state(one, lambda state: graph.apply(op.ADD, state, by_a))
    on_b = graph.state(one, lambda state: graph.apply(op.ADD, state, by_b))
    assert on_a != on_b
    assert on_a == graph.state(one, lambda state: graph.apply(op.ADD, state, by_a))


def test_what_parts_settle_is_not_worked() -> None:
    graph = Graph()
    x, zero, one = graph.input("x"), graph.constant(0.0), graph.constant(1.0)
    assert graph.apply(op.MULTIPLY, zero, x) == zero
    assert graph.apply(op.MULTIPLY, x, one) == x
    assert graph.apply(op.ADD, zero, x) == x
    assert graph.apply(op.WHERE, one, x, zero) == x
    assert graph.apply(op.ADD, graph.constant(2.0), graph.constant(3.0)) == graph.constant(5.0)
    assert graph.apply(op.ADD, x, one) == graph.apply(op.ADD, one, x)
    assert graph.apply(op.SUBTRACT, x, one) != graph.apply(op.SUBTRACT, one, x)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (Parts(True, False, "frontier", "self_hosted"), "frontier"),
        (Parts(True, False, "open", "per_token"), "open"),
        (Parts(True, False, "small", "self_hosted"), "small"),
        (Parts(True, False, "frontier", "per_token", "frontier"), "fall"),
    ],
)
def test_parts_that_nobody_can_have_together_have_a_reason(parts: Parts, reason: str) -> None:
    assert reason in impossible(parts)


def test_the_shipped_strategies_are_possible() -> None:
    assert not any(impossible(strategy.parts) for strategy in REGISTRY.values())


ODD = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-300, 1e300, 709.5, -744.0, np.inf, -np.inf, np.nan, 3.7])

NUMPY: dict[int, Any] = {
    op.COPY: lambda a, b, c: a,
    op.ADD: lambda a, b, c: a + b,
    op.SUBTRACT: lambda a, b, c: a - b,
    op.MULTIPLY: lambda a, b, c: a * b,
    op.DIVIDE: lambda a, b, c: a / b,
    op.NEGATE: lambda a, b, c: -a,
    op.EXP: lambda a, b, c: np.exp(a),
    op.LOG: lambda a, b, c: np.log(a),
    op.SQRT: lambda a, b, c: np.sqrt(a),
    op.CEIL: lambda a, b, c: np.ceil(a),
    op.FLOOR: lambda a, b, c: np.floor(a),
    op.POWER: lambda a, b, c: a**b,
    op.LESS: lambda a, b, c: np.where(a < b, 1.0, 0.0),
    op.LESS_EQUAL: lambda a, b, c: np.where(a <= b, 1.0, 0.0),
    op.EQUAL: lambda a, b, c: np.where(a == b, 1.0, 0.0),
    op.WHERE: lambda a, b, c: np.where(a != 0.0, b, c),
}


def _result(operation: int, arguments: Any) -> Any:
    """What an operation gives in row 3 for arguments (3, BLOCK) in rows 0 to 2."""
    rows = np.zeros(4 * STRIDE)
    for k, values in enumerate(arguments):
        rows[k * STRIDE : k * STRIDE + BLOCK] = values
    code = np.array([[operation, 3, 0, 1, 2, 1]], dtype=np.int64)
    for first in range(0, BLOCK, TILE):
        run(code, rows, first)
    return rows[3 * STRIDE : 3 * STRIDE + BLOCK]


@pytest.mark.parametrize("operation", NUMPY)
def test_each_operation_is_numpys(operation: int) -> None:
    rng = np.random.default_rng(1)
    pairs = np.stack(np.meshgrid(ODD, ODD)).reshape(2, -1)
    arguments = rng.normal(0.0, 3.0, (3, BLOCK))
    arguments[:2, : pairs.shape[1]] = pairs
    with np.errstate(all="ignore"):
        expected = NUMPY[operation](*arguments)
    # subnormal numbers count as 0: neither costs nor shares are as small
    np.testing.assert_allclose(_result(operation, arguments), expected, rtol=1e-14, atol=1e-307)


@pytest.mark.parametrize(("operation", "of_two"), [(op.MINIMUM, np.minimum), (op.MAXIMUM, np.maximum)])
def test_least_and_greatest(operation: int, of_two: Any) -> None:
    arguments = np.random.default_rng(2).normal(0.0, 3.0, (3, BLOCK))
    np.testing.assert_array_equal(_result(operation, arguments), of_two(arguments[0], arguments[1]))


def test_a_product_goes_into_a_sum_rounded_once() -> None:
    arguments = np.random.default_rng(3).normal(0.0, 3.0, (3, BLOCK))
    a, b, c = arguments.astype(np.longdouble)
    exact = (a * b + c).astype(float)
    np.testing.assert_allclose(_result(op.MULTIPLY_ADD, arguments), exact, rtol=1e-15)


def test_twelfth_roots_near_and_far() -> None:
    values = np.concatenate([np.linspace(0.2, 2.7, 128), np.geomspace(1e-12, 1e12, BLOCK - 128)])
    found = _result(op.TWELFTH_ROOT, np.stack([values, values, values]))
    np.testing.assert_allclose(found, values ** (1.0 / 12.0), rtol=1e-15)
