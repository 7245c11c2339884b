"""A formula means what the equation means, whatever binds how, below 0 as above."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributions.expression import EQUATION_FUNCTIONS, Call, Name, Node, Number, parse
from studies.workbook.formulas import Settled, call, value, written
from studies.workbook.layout import cell_name

NAMES = ("price_input", "reached", "month")

LEAVES = st.one_of(
    st.sampled_from([Name(name) for name in NAMES]),
    st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, 730.0, 1e-6]).map(Number),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["+", "-", "*", "<", "<=", "min", "max"]), st.tuples(inner, inner)),
        st.tuples(
            st.sampled_from(["/", "**"]), st.tuples(inner, st.sampled_from([2.0, 3.0, 1.0]).map(Number))
        ),
        st.tuples(st.sampled_from(["neg", "ceil", "floor"]), st.tuples(inner)),
        st.tuples(st.just("where"), st.tuples(inner, inner, inner)),
    ).map(lambda parts: Call(*parts)),
    max_leaves=8,
)


def calculated(formula: str, values: dict[str, float]) -> float:
    """What an independent engine makes of a formula."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import formulas

        compiled = formulas.Parser().ast(f"={formula}")[1].compile()
        found: Any = compiled(**{name: values[name.lower()] for name in compiled.inputs})
    return float(found.item() if hasattr(found, "item") else found)


@pytest.mark.parametrize("numbers", [(2.6, 0.37, 5.0), (-2.6, 3.0, -7.0), (0.0, -0.5, 1.0)])
@pytest.mark.parametrize(
    "text",
    [
        "-price_input ** 2", "2 ** -month", "2 ** 3 ** 2", "(2 ** 3) ** 2", "1 - (price_input - reached)",
        "1 - price_input - reached", "price_input / (reached + 9) / 2", "price_input / ((reached + 9) / 2)",
        "-(price_input + reached) * month", "--price_input", "3 - -month", "ceil(price_input)", "floor(price_input)",
        "2 * ceil(price_input / 2) - ceil(-month)", "ceil(-price_input) ** 2", "-floor(price_input * reached)",
        "exp(reached) + log(4) * sqrt(2)", "min(price_input, reached, 1) - max(month, reached)",
        "pick(2, price_input, reached, month)", "where(price_input < reached, 1, month)", "where(month - 5, 1, 2)",
        "where(1 <= month, reached, -price_input) * 2", "(price_input < reached) + (month <= 5)",
        "where(where(month < 3, 0, 1), 4, 7)", "1e-12 + 1e6 * 1e-3 + 0.1", "where(price_input < 2, 3, 4) < 4",
    ],
)  # fmt: skip
def test_a_formula_is_calculated_as_the_equation_is(text: str, numbers: tuple[float, ...]) -> None:
    tree, values = parse(text, EQUATION_FUNCTIONS).tree, dict(zip(NAMES, numbers, strict=True))
    assert calculated(written(tree), values) == pytest.approx(value(tree, values), rel=1e-12)


@pytest.mark.slow
@given(TREES, st.lists(st.sampled_from([-2.5, -1.0, 0.0, 0.25, 1.0, 7.0]), min_size=3, max_size=3))
def test_any_formula_is_calculated_as_its_tree_is(tree: Node, numbers: list[float]) -> None:
    values = dict(zip(NAMES, numbers, strict=True))
    expected = value(tree, values)
    if abs(expected) < 1e12:
        assert calculated(written(tree), values) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("(1 + growth) ** (1 / 12)", "(1+growth)^(1/12)"),
        ("max(least, ceil(load * queries))", "MAX(least,-INT(-(load*queries)))"),
        ("where(month < 3, before - after, 0)", "IF(month<3,before-after,0)"),
        ("where(retrains, 0, worn + 1)", "IF(retrains<>0,0,worn+1)"),
        ("a * (b * c) / (730 * 3600)", "a*(b*c)/(730*3600)"),
        ("pick(terms, 2, a)", "CHOOSE(terms,2,a)"),
    ],
)
def test_a_formula_has_no_more_parentheses_than_it_takes(text: str, formula: str) -> None:
    assert written(parse(text, EQUATION_FUNCTIONS).tree) == formula


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("tokens + (1 - yes) * more", "tokens"),
        ("tokens + (1 - no) * more", "tokens+more"),
        ("reached * (1 + no * premium) / 1e6", "reached/1000000"),
        ("1 + yes * (share - 1)", "share"),
        ("1 + no * (share - 1)", "1"),
        ("where(yes, a, b) - no", "a"),
        ("1 * a + 0", "1*a+0"),
    ],
)
def test_what_the_parts_settle_is_not_written(text: str, formula: str) -> None:
    def settled(tree: Node) -> Node:
        match tree:
            case Name(name="yes" | "no" as name):
                return Settled(1.0 if name == "yes" else 0.0)
            case Call(function=function, arguments=arguments):
                return call(function, tuple(settled(argument) for argument in arguments))
        return tree

    assert written(settled(parse(text, EQUATION_FUNCTIONS).tree)) == formula


def test_no_name_is_one_that_a_cell_has_anyway() -> None:
    names = [
        cell_name(key)
        for key in ("price.input", "rag_b:line.human review", "k1", "r", "C", "R1C1", "true", "7up")
    ]
    assert names == [
        "price_input", "rag_b_line_human_review", "_k1", "_r", "_C", "_R1C1", "_true", "_7up",
    ]  # fmt: skip
