"""Which strategy to take: what the requirements rule out, then what the costs of a run say of the rest.

The requirement rules are data (`rules.toml`), from the decision trees of the published documents. Where two
of them conclude differently both are shown; an exclusion stands whatever another document says.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from distributions.inputs import documents
from sim.requirements import REQUIREMENTS

if TYPE_CHECKING:
    import xarray

    from sim.run import Run

__all__ = [
    "Advice",
    "Eligibility",
    "Opinion",
    "Rule",
    "Standing",
    "advise",
    "eligibility",
    "median_latency",
    "rules",
]

_FILE = Path(__file__).with_name("rules.toml")

# The latency input that each strategy answers to.
LATENCY_INPUTS: Mapping[str, str] = MappingProxyType(
    {
        "prompt": "latency.prompt",
        "rag": "latency.rag",
        "tuned_hosted": "latency.tuned",
        "tuned_self_hosted": "latency.tuned",
        "hybrid": "latency.hybrid",
    }
)


@dataclass(frozen=True)
class Rule:
    """What one document concludes for some strategies when a requirement has some value.

    Exactly one of `equals`, `any_of`, `below` and `exceeded_by_latency` is the condition.
    """

    id: str
    requirement: str
    effect: Literal["exclude", "warn"]
    strategies: tuple[str, ...]
    reason: str
    document: str
    equals: bool | None = None
    any_of: tuple[str, ...] = ()
    below: float | None = None
    exceeded_by_latency: bool = False
    contradicts: tuple[str, ...] = ()

    def falls_on(self, required: object, latency: Mapping[str, float]) -> tuple[str, ...]:
        """The strategies it falls on, given what the scenario requires and each strategy's latency in ms."""
        if self.exceeded_by_latency:
            limit = float(required)  # type: ignore[arg-type]
            return tuple(name for name in self.strategies if latency.get(name, 0.0) > limit)
        if self.below is not None:
            return self.strategies if float(required) < self.below else ()  # type: ignore[arg-type]
        met = required in self.any_of if self.any_of else required == self.equals
        return self.strategies if met else ()


@dataclass(frozen=True)
class Eligibility:
    """What the requirements say of each strategy.

    excluded, warnings
        Strategy to its reasons, each "requirement: reason (document)". What is excluded keeps its warnings.
    contradictions
        Pairs of reasons in which one document concludes otherwise than another.
    """

    excluded: dict[str, list[str]]
    warnings: dict[str, list[str]]
    contradictions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Opinion:
    """What a document advises by volume of queries alone, beside what this run finds.

    agrees
        Whether the strategy recommended here is among those that the document leans to; None where none of
        those is eligible.
    """

    document: str
    says: str
    towards: tuple[str, ...]
    agrees: bool | None


@dataclass(frozen=True)
class Standing:
    """How one eligible strategy did in the run, among the eligible.

    mean_cost and expected_regret are present values over the horizon in USD; regret is cost over the cheapest
    of the eligible in the same draw. `ci95` is None where the run has no interval for this set of strategies.
    """

    strategy: str
    mean_cost: float
    probability_cheapest: float
    ci95: tuple[float, float] | None
    expected_regret: float


@dataclass(frozen=True)
class Advice:
    """The recommendation of a run, with its reasons and what speaks against it.

    eligible
        The strategies left, least expected regret first.
    recommendation
        The first of them, or None where the requirements leave none.
    reasons
        Why, in sentences.
    draws
        How many draws the standings rest on.
    """

    eligible: tuple[Standing, ...]
    recommendation: str | None
    reasons: tuple[str, ...]
    excluded: dict[str, list[str]]
    warnings: dict[str, list[str]]
    contradictions: tuple[tuple[str, str], ...]
    opinions: tuple[Opinion, ...]
    draws: int


class _HasMedian(Protocol):
    def median(self) -> float: ...


@cache
def rules() -> tuple[Rule, ...]:
    """Every requirement rule, in the order of `rules.toml`."""
    found = []
    for table in _tables()["rule"]:
        fields: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}
        found.append(Rule(**fields))
    return tuple(found)


def median_latency(inputs: Mapping[str, _HasMedian]) -> dict[str, float]:
    """Median first-token latency of each strategy in ms, from the inputs of a scenario by key."""
    return {strategy: float(inputs[key].median()) for strategy, key in LATENCY_INPUTS.items()}


def eligibility(requirements: Mapping[str, object], latency: Mapping[str, float]) -> Eligibility:
    """What the requirements of a scenario rule out and what they warn of.

    Args:
        requirements: the scenario's `[requirements]`, checked by its loader.
        latency: strategy to its median first-token latency in ms (`median_latency`).
    """
    excluded: dict[str, list[str]] = {}
    warnings: dict[str, list[str]] = {}
    fired: dict[str, str] = {}
    for rule in rules():
        if rule.requirement not in requirements:
            continue
        required = requirements[rule.requirement]
        fallen = rule.falls_on(required, latency)
        for strategy in fallen:
            figures = ""
            if rule.exceeded_by_latency:
                figures = f"median {latency[strategy]:.0f} ms against {required:g} ms, "
            side = excluded if rule.effect == "exclude" else warnings
            side.setdefault(strategy, []).append(_worded(rule, figures))
        if fallen:
            fired[rule.id] = _worded(rule)
    contradictions = tuple(
        (fired[rule.id], fired[other])
        for rule in rules()
        for other in rule.contradicts
        if rule.id in fired and other in fired
    )
    return Eligibility(excluded, warnings, contradictions)


def advise(run: Run, eligibility: Eligibility) -> Advice:
    """The recommendation: of the eligible strategies, the one with the least expected regret.

    Least expected regret is also least expected cost; it need not be the strategy that is cheapest most
    often, and where the two differ the reasons say so. Where the run counted P(cheapest) over other
    strategies than the eligible, the standings are taken again from the sample of draws that the run kept.
    """
    data = run.dataset
    names = [str(name) for name in data["strategy"].values]
    left = [name for name in names if name not in eligibility.excluded]
    standings, draws = _standings(data, left, names, int(run.draws))
    best = standings[0].strategy if standings else None
    volume = float(run.scenario.inputs["workload.queries_per_month"].median())
    return Advice(
        eligible=standings,
        recommendation=best,
        reasons=_reasons(standings, eligibility, float(data["cost_mcse"].max())),
        excluded={name: eligibility.excluded[name] for name in names if name in eligibility.excluded},
        warnings={name: eligibility.warnings[name] for name in names if name in eligibility.warnings},
        contradictions=eligibility.contradictions,
        opinions=_opinions(volume, best, left),
        draws=draws,
    )


def _worded(rule: Rule, figures: str = "") -> str:
    return f"{rule.requirement}: {figures}{rule.reason} ({documents()[rule.document]})"


def _standings(
    data: xarray.Dataset, left: list[str], names: list[str], draws: int
) -> tuple[tuple[Standing, ...], int]:
    """Standings of the strategies left, least expected regret first, and the number of draws behind them."""
    if not left:
        return (), draws
    cheapest, regret = data["probability_cheapest"], data["regret_mean"]
    # An excluded strategy that has a share of P(cheapest) was counted by the run.
    counted = [name for name in names if float(np.nan_to_num(cheapest.sel(strategy=name))) > 0]
    found = []
    if set(counted) <= set(left):
        bounds = data["probability_cheapest_ci"]
        for name in left:
            low, high = (float(bound) for bound in bounds.sel(strategy=name).values)
            found.append(
                Standing(
                    name,
                    float(data["cost_mean"].sel(strategy=name)),
                    float(cheapest.sel(strategy=name)),
                    (low, high) if np.isfinite(low) and np.isfinite(high) else None,
                    float(regret.sel(strategy=name)),
                )
            )
    else:
        sample = data["sample_cost"].sel(strategy=left).transpose("draw", "strategy").values
        least = sample.min(axis=1, keepdims=True)
        ties = sample == least
        shares = (ties / ties.sum(axis=1, keepdims=True)).mean(axis=0)
        excess = (sample - least).mean(axis=0)
        draws = len(sample)
        for at, name in enumerate(left):
            mean = float(data["cost_mean"].sel(strategy=name))
            found.append(Standing(name, mean, float(shares[at]), None, float(excess[at])))
    return tuple(sorted(found, key=lambda standing: standing.expected_regret)), draws


def _reasons(standings: tuple[Standing, ...], eligibility: Eligibility, mcse: float) -> tuple[str, ...]:
    if not standings:
        return ("no strategy meets every requirement: the exclusions say which one to give up",)
    best, *others = standings
    if not others:
        return (f"{best.strategy} is the only strategy that meets the requirements",)
    second = others[0]
    gap = second.expected_regret - best.expected_regret
    reasons = [
        f"{best.strategy} costs the least on average of the {len(standings)} eligible: choosing it costs "
        f"{best.expected_regret:,.0f} USD more than knowing the cheapest beforehand would, {second.strategy} "
        f"{second.expected_regret:,.0f} USD",
        f"it is the cheapest in {best.probability_cheapest:.1%} of draws",
    ]
    likeliest = max(standings, key=lambda standing: standing.probability_cheapest)
    if likeliest is not best:
        reasons.append(
            f"{likeliest.strategy} is the cheapest more often ({likeliest.probability_cheapest:.1%}), "
            "but costs more on average"
        )
    # The standard error of a difference is at most twice that of the worse mean; two of those are four.
    if gap < 4 * mcse:
        reasons.append(
            f"the lead over {second.strategy}, {gap:,.0f} USD, is less than this many draws resolve"
        )
    if best.strategy in eligibility.warnings:
        reasons.append(f"mind the warnings on {best.strategy}")
    return tuple(reasons)


def _opinions(volume: float, best: str | None, left: Iterable[str]) -> tuple[Opinion, ...]:
    """What the documents advise at this number of queries a month."""
    found = []
    for table in _tables()["volume"]:
        if table.get("at_least", 0.0) <= volume < table.get("below", float("inf")):
            towards = tuple(table["towards"])
            agrees = best in towards if set(towards) & set(left) else None
            found.append(Opinion(str(documents()[table["document"]]), table["says"], towards, agrees))
    return tuple(found)


@cache
def _tables() -> dict[str, Any]:
    with _FILE.open("rb") as file:
        tables = tomllib.load(file)
    unknown = {rule["requirement"] for rule in tables["rule"]} - REQUIREMENTS.keys()
    if unknown:
        raise ValueError(f"rules.toml: unknown requirements {sorted(unknown)}")
    return tables
