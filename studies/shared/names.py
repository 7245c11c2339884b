"""What strategies and outputs are called, and sentences that several questions say of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from distributions import text
from sim.model.strategies import LABELS as LABELS
from sim.model.strategies import REGISTRY
from sim.model.strategies import attribute as attribute

_MEANS = {
    "cost_per_query": "the mean cost per query",
    "difference": "the mean difference",
    "evpi": "the EVPI",
}
"""What a run's `tail_warnings` may be about besides costs, in words."""


def label(strategy: str, labels: Mapping[str, str] = MappingProxyType({})) -> str:
    """A strategy's name for a reader; of any other name, itself, tidied.

    labels: what a scenario calls its strategies; of one that it leaves out, the shipped label.
    """
    if strategy in labels:
        return text.clean(labels[strategy], 60)
    known = REGISTRY.get(strategy)
    return known.label if known else strategy.replace("_", " ").capitalize()


def labeller(labels: Mapping[str, str]) -> Callable[[str], str]:
    """`label` under these labels."""
    return partial(label, labels=labels)


def labels_in(stored: Mapping[str, Any]) -> Mapping[str, str]:
    """What a record or the attributes of arrays say of its strategies' labels; older ones have those that ship.

    >>> labels_in({"labels": {"rag": "RAG"}}), labels_in({"labels": '{"rag": "RAG"}'}), labels_in({})
    ({'rag': 'RAG'}, {'rag': 'RAG'}, {})
    """
    labels = stored.get(LABELS) or {}
    if isinstance(labels, str):
        try:
            labels = json.loads(labels)
        except ValueError:
            labels = {}
    return {str(name): str(words) for name, words in labels.items()} if isinstance(labels, Mapping) else {}


def output_label(name: str, a: str, b: str, labels: Mapping[str, str] = MappingProxyType({})) -> str:
    """An output of a scenario in words (see `sim.models.quantities`), a and b being the compared strategies.

    >>> output_label("difference", "prompt", "rag"), output_label("cost:rag", "prompt", "rag")
    ('cost difference, Prompting minus RAG', 'cost of RAG')
    """
    kind, _, strategy = name.partition(":")
    if kind == "difference":
        return f"cost difference, {label(a, labels)} minus {label(b, labels)}"
    if kind == "probability":
        return f"question whether {label(a, labels)} costs less than {label(b, labels)}"
    return f"{'logarithm of the ' if kind == 'log_cost' else ''}cost of {label(strategy, labels)}"


def of_the_first(kept: int, draws: int) -> str:
    """Said after quantiles by month: from a run's first draws, where these are not all (`Run.cumulative_quantiles`)."""
    return f" from the first {text.count(kept, 'draw')}, in the last month from all" if kept < draws else ""


def few_draws(warnings: Sequence[Mapping[str, Any]], labels: Mapping[str, str] = MappingProxyType({})) -> str:
    """What of a run's means rests on a few draws (its `tail_warnings`), in a sentence; "" where nothing does."""
    if not warnings:
        return ""
    costs = [label(warning["strategy"], labels) for warning in warnings if warning["quantity"] == "cost"]
    whole = {
        name: words for name, words in _MEANS.items() if name in {warning["quantity"] for warning in warnings}
    }
    named = [f"the mean cost of {text.join(costs)}"] if costs else []
    share = max(float(warning["largest_share"]) for warning in warnings)
    shapes = [float(warning["pareto_k"]) for warning in warnings if warning["pareto_k"] is not None]
    shape = f", Pareto k of the tail up to {max(shapes):.2f}" if shapes else ""
    subject = text.join([*named, *whole.values()])
    several = len(costs) + len(whole) > 1
    return (
        f"{subject[0].upper()}{subject[1:]} {'rest' if several else 'rests'} on a few draws (the largest makes up "
        f"{text.percent(share, 1)}{shape}): {'means and intervals' if several else 'mean and interval'} may be "
        "far off, medians are not"
    )


def amounts(stored: Mapping[str, Any]) -> list[str]:
    """A cost of a record (of `run.json` or `quotes.json`) as cells of a row: mean with its error, P05, median, P95."""
    from sim.results.records import Summary

    cost = Summary.of(stored)
    quantiles = (text.money(cost.quantile(level)) for level in (0.05, 0.5, 0.95))
    return [text.money_with_error(cost.value, cost.mcse), *quantiles]
