"""Which strategy to take: what the requirements leave, then what the costs of a run say of the rest.

    python -m studies.advise studies/scenarios/support_bot.toml

The rules of published documents are put beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from distributions.inputs import documents
from distributions.records import Record
from distributions.text import money, probability
from sim.scenario.eligibility import Eligibility, eligibility, leanings, median_latency
from studies.shared.names import labeller

if TYPE_CHECKING:
    from sim.model.strategies import Parts
    from sim.results.run import Run

__all__ = ["Advice", "Eligibility", "Opinion", "Standing", "advise", "eligibility", "median_latency"]


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
class Advice(Record):
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


def advise(run: Run, eligibility: Eligibility) -> Advice:
    """The recommendation: of the eligible strategies, the one with the least expected regret.

    Least expected regret is also least expected cost; it need not be the strategy that is cheapest most
    often, and where the two differ the reasons say so. Where the run counted P(cheapest) over other
    strategies than the eligible, the standings are taken again from the sample of draws that the run kept.
    """
    left = [name for name in run.strategies if name not in eligibility.excluded]
    standings, draws = _standings(run, left)
    best = standings[0].strategy if standings else None
    if run.scenario is None:
        raise TypeError("advice is about the strategies of the cost model; this run is of another model")
    volume = run.scenario.medians["workload.queries_per_month"]
    parts = {name: run.scenario.definitions[name].parts for name in left}
    error = max(run.mean("cost", name).mcse for name in run.strategies)
    return Advice(
        eligible=standings,
        recommendation=best,
        reasons=_reasons(standings, eligibility, labeller(run.scenario.labels), error),
        excluded={
            name: eligibility.excluded[name] for name in run.strategies if name in eligibility.excluded
        },
        warnings={
            name: eligibility.warnings[name] for name in run.strategies if name in eligibility.warnings
        },
        contradictions=eligibility.contradictions,
        opinions=_opinions(volume, None if best is None else parts[best], [parts[name] for name in left]),
        draws=draws,
    )


def _standings(run: Run, left: list[str]) -> tuple[tuple[Standing, ...], int]:
    """Standings of the strategies left, least expected regret first, and the number of draws behind them."""
    if not left:
        return (), run.draws
    means = {name: run.mean("cost", name).value for name in left}
    # An excluded strategy that has a share of P(cheapest) was counted by the run.
    if all(name in left or not run.probability_cheapest(name).estimate > 0 for name in run.strategies):
        chances = {name: run.probability_cheapest(name) for name in left}
        standings = [
            Standing(name, mean, chances[name].estimate, chances[name].ci95, run.mean("regret", name).value)
            for name, mean in means.items()
        ]
        draws = run.draws
    else:
        from sim.kernel.exact import ABOVE

        sample = run.sample_costs[[run.positions[name] for name in left]]
        least = sample.min(axis=0)
        ties = sample <= least * ABOVE
        shares = (ties / ties.sum(axis=0)).mean(axis=1)
        excess = (sample - least).mean(axis=1)
        standings = [
            Standing(name, mean, float(share), None, float(regret))
            for (name, mean), share, regret in zip(means.items(), shares, excess, strict=True)
        ]
        draws = sample.shape[1]
    return tuple(sorted(standings, key=lambda standing: standing.expected_regret)), draws


def _reasons(
    standings: tuple[Standing, ...], eligibility: Eligibility, label: Callable[[str], str], mcse: float
) -> tuple[str, ...]:
    if not standings:
        return ("no strategy meets every requirement: the exclusions say which one to give up",)
    best, *others = standings
    if not others:
        return (f"{label(best.strategy)} is the only strategy that meets the requirements",)
    second = others[0]
    gap = second.expected_regret - best.expected_regret
    reasons = [
        f"{label(best.strategy)} costs the least on average of the {len(standings)} eligible: choosing it costs "
        f"{money(best.expected_regret)} more than knowing the cheapest beforehand would, {label(second.strategy)} "
        f"{money(second.expected_regret)}",
        f"it is the cheapest in {probability(best.probability_cheapest, best.ci95)} of draws",
    ]
    likeliest = max(standings, key=lambda standing: standing.probability_cheapest)
    if likeliest is not best:
        reasons.append(
            f"{label(likeliest.strategy)} is the cheapest more often "
            f"({probability(likeliest.probability_cheapest, likeliest.ci95)}), "
            "but costs more on average"
        )
    # The standard error of a difference is at most twice that of the worse mean; two of those are four.
    if gap < 4 * mcse:
        reasons.append(
            f"the lead over {label(second.strategy)}, {money(gap)}, is less than this many draws resolve"
        )
    if best.strategy in eligibility.warnings:
        reasons.append(f"mind the warnings on {label(best.strategy)}")
    return tuple(reasons)


def _opinions(volume: float, best: Parts | None, left: Iterable[Parts]) -> tuple[Opinion, ...]:
    """What the documents advise at this number of queries a month."""
    opinions = []
    for leaning in leanings():
        if leaning.at_least <= volume < leaning.below:
            possible = any(leaning.favours(parts) for parts in left)
            agrees = best is not None and leaning.favours(best) if possible else None
            document = str(documents()[leaning.document])
            opinions.append(Opinion(document, leaning.says, leaning.towards, agrees))
    return tuple(opinions)
