"""Which published figures hold: each derived again from its own numbers, with a verdict that comes of it.

    python -m studies.audit

is the command `breakeven audit`.

The rules, and the only place where they stand. A figure's published range is widened by its tolerance (5 % unless the
claim says otherwise: published figures are rounded). It

- **holds** where that meets the derived range (see `studies.audit.evidence.derivation`); a bound ("at least") holds
  where all of the derived range keeps to it;
- **holds only if** a bound is kept by a part of the derived range; or where the free quantity has a value that gives
  the figure, and the one nearest to the middle of its prior lies between P0.1 and P99.9;
- **does not follow** otherwise: what the document states gives another figure, and nothing that it leaves open mends
  it, or only a value that the prior all but excludes;
- else **sources disagree** where another document's figure about the same quantity lies more than a factor of two away.

A claim has the worst verdict of its figures: does not follow, sources disagree, holds only if, holds.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from distributions import text
from studies.audit.evidence.claims import Claim, Figure, Range
from studies.audit.evidence.condition import condition_of, middle, with_unit
from studies.audit.evidence.derivation import Derivation, Needed, Simulations
from studies.audit.evidence.totals import Choice, Total, totals

VERDICTS = ("does_not_follow", "sources_disagree", "holds_only_if", "holds")
"""Worst first."""
PLAUSIBLE = (0.001, 0.999)
"""Levels of a prior between which a needed value is taken for possible."""
FACTOR = 2.0
"""Documents disagree where their ranges are more than this factor apart: their cases are never quite the same."""


@dataclass(frozen=True)
class FigureFinding:
    """One figure, derived again.

    derived
        What it comes to; for a figure that only other documents can be asked about, what these say.
    band
        The derived range with the free quantity from P0.1 to P99.9 of its prior, None where there is no such range.
    ratio
        Middle of the published over the middle of the derived, None where their signs differ.
    needed, percentile
        Values of the free quantity at which the figure holds, and where these stand in its prior.
    """

    figure: Figure
    published: Range
    derived: Range
    band: Range | None
    ratio: float | None
    verdict: str
    condition: str
    needed: Needed | None
    percentile: Range | None


@dataclass(frozen=True)
class ClaimFinding:
    """One claim: its figures, the verdict, the figure that decides it, and the claims that fall with it."""

    claim: Claim
    figures: tuple[FigureFinding, ...]
    falls: tuple[str, ...]

    @property
    def first(self) -> FigureFinding:
        """The figure that stands for the claim."""
        return self.figures[0]

    @property
    def deciding(self) -> FigureFinding:
        """The first figure with the worst verdict."""
        return min(self.figures, key=lambda one: VERDICTS.index(one.verdict))

    @property
    def verdict(self) -> str:
        """The worst of its figures."""
        return self.deciding.verdict


@dataclass(frozen=True)
class Audit:
    """Every claim of a file, and the published totals of the shipped scenarios."""

    findings: tuple[ClaimFinding, ...]
    totals: tuple[Total, ...]
    choices: tuple[Choice, ...]
    draws: int
    seed: int

    def counts(self, kind: str = "result") -> Counter[str]:
        """How many claims of a kind have each verdict."""
        return Counter(one.verdict for one in self.findings if one.claim.kind == kind)

    def headline(self) -> str:
        """The finding, in one sentence."""
        counts = self.counts()
        failed, total = counts["does_not_follow"], counts.total()
        return f"{failed} of {text.count(total, 'published result')} {'does' if failed == 1 else 'do'} not follow"


def audit(
    claims: Sequence[Claim], simulations: Simulations | None = None, *, scenarios: bool = True
) -> Audit:
    """Derives every figure of the claims again and judges it; with `scenarios`, places the shipped ones' totals.

    Raises UserError where a calculation has no finite value.
    """
    simulated = simulations or Simulations()
    derivations = {
        claim.id: [Derivation(claim, figure, simulated) for figure in claim.figures] for claim in claims
    }
    published = {
        (claim_id, k): one.published
        for claim_id, listed in derivations.items()
        for k, one in enumerate(listed)
    }
    same = [
        (one.figure, published[claim_id, k])
        for claim_id, listed in derivations.items()
        for k, one in enumerate(listed)
        if one.figure.about
    ]
    figures = {
        claim_id: tuple(_finding(one, published[claim_id, k], same) for k, one in enumerate(listed))
        for claim_id, listed in derivations.items()
    }
    supports = {claim.id: claim.supports for claim in claims}
    findings = []
    for claim in claims:
        found = ClaimFinding(claim, figures[claim.id], ())
        falls = _closure(claim.id, supports) if found.verdict == "does_not_follow" else ()
        findings.append(ClaimFinding(claim, found.figures, falls))
    placed = totals(simulated) if scenarios else ((), ())
    return Audit(tuple(findings), *placed, simulated.draws, simulated.seed)


def _finding(one: Derivation, published: Range, same: Sequence[tuple[Figure, Range]]) -> FigureFinding:
    figure = one.figure
    others = [
        (other.document, said)
        for other, said in same
        if other.about == figure.about and other.document != figure.document
    ]
    apart = [(document, said) for document, said in others if _apart(published, said) > FACTOR]
    derived, needed = one.derived(), one.needed()
    percentile = _percentile(one, needed)
    if derived is None:
        verdict, condition = "holds", ""
        derived = _hull([said for _, said in others]) if others else published
    else:
        verdict = _verdict(figure, published, derived, one, needed)
        condition = condition_of(verdict, one, derived, needed, percentile)
    if apart and verdict != "does_not_follow":
        verdict = "sources_disagree"
        says = text.join([f"{document} says {text.span(said)}" for document, said in apart])
        condition = f"{figure.about}: {says} {figure.unit}"
    band = one.band([PLAUSIBLE[0] + (PLAUSIBLE[1] - PLAUSIBLE[0]) * k / 40 for k in range(41)])
    return FigureFinding(
        figure, published, derived, band, _ratio(published, derived), verdict, condition, needed, percentile
    )  # fmt: skip


# --- the rules


def _verdict(figure: Figure, published: Range, derived: Range, one: Derivation, needed: Needed | None) -> str:
    slack = [figure.tolerance * abs(end) if math.isfinite(end) else 0.0 for end in published]
    low, high = published[0] - slack[0], published[1] + slack[1]
    meets = derived[0] <= high and derived[1] >= low
    within = derived[0] >= low and derived[1] <= high
    if within or (meets and not figure.bound):
        return "holds"
    return "holds_only_if" if meets or _possible(one, needed) else "does_not_follow"


def _possible(one: Derivation, needed: Needed | None) -> bool:
    """Whether the free quantity may have a value at which the figure holds."""
    if needed is None or one.free is None or one.free.law is None:
        return False
    level = float(one.free.law.cdf(needed.nearest(float(one.free.law.median()))))
    return PLAUSIBLE[0] <= level <= PLAUSIBLE[1]


def _apart(one: Range, other: Range) -> float:
    """The factor between two ranges of positive numbers; 1 where they meet, infinite where one is not positive."""
    low, high = (one, other) if one[1] < other[0] else (other, one)
    if low[1] >= high[0]:
        return 1.0
    return high[0] / low[1] if low[1] > 0 else math.inf


def _closure(claim: str, supports: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Every claim that rests on one, directly or through others, in the order in which they are met."""
    found: dict[str, None] = {}
    waiting = list(supports[claim])
    while waiting:
        name = waiting.pop(0)
        if name not in found and name != claim:
            found[name] = None
            waiting += supports[name]
    return tuple(found)


def _percentile(one: Derivation, needed: Needed | None) -> Range | None:
    """Where the needed values stand in the prior of the free quantity."""
    if needed is None or one.free is None or one.free.law is None:
        return None
    law = one.free.law
    low = 0.0 if needed.low is None else float(law.cdf(needed.low))
    return low, 1.0 if needed.high is None else float(law.cdf(needed.high))


def _ratio(published: Range, derived: Range) -> float | None:
    above, below = middle(published), middle(derived)
    return above / below if above * below > 0 else None


def _hull(ranges: Sequence[Range]) -> Range:
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def conclusions(one: ClaimFinding) -> list[str]:
    """What the document concludes, each with what becomes of it."""
    fates = {
        "holds": "stands",
        "holds_only_if": "depends",
        "sources_disagree": "disputed",
        "does_not_follow": "falls",
    }
    return [
        f"{fates[found.verdict]}: {found.figure.concludes} "
        f"({f'{found.figure.name}: ' * bool(found.figure.name)}{with_unit(found.derived, found.figure.unit)})"
        for found in one.figures
        if found.figure.concludes
    ]


# --- as plain data


def record(found: Audit) -> dict[str, Any]:
    """The audit as `audit --json` prints it: ranges as [low, high], a point as a number."""
    return {
        "claims": [_claim_record(one) for one in found.findings],
        "counts": {kind: {name: found.counts(kind)[name] for name in VERDICTS} for kind in ("result", "input")},
        "scenarios": [
            {
                "scenario": one.scenario, "strategy": one.strategy, "published": _plain(one.published),
                "simulated": {"p05": one.simulated[0], "p50": one.simulated[1], "p95": one.simulated[2]},
                "percentile": _plain(one.percentile),
            }
            for one in found.totals
        ],
        "choices": [
            {"scenario": one.scenario, "cheaper": one.cheaper, "dearer": one.dearer, "probability": one.probability}
            for one in found.choices
        ],
        "draws": found.draws,
        "seed": found.seed,
    }  # fmt: skip


def _claim_record(one: ClaimFinding) -> dict[str, Any]:
    first, deciding = one.first, one.deciding
    of = f"{deciding.figure.name}: " if deciding is not first and deciding.condition else ""
    return {
        "id": one.claim.id,
        "document": one.claim.document,
        "kind": one.claim.kind,
        "says": one.claim.says,
        "published": _plain(first.published),
        "derived": _plain(first.derived),
        "unit": first.figure.unit,
        "ratio": first.ratio,
        "verdict": one.verdict,
        "condition": of + deciding.condition,
        "figures": [_figure_record(figure) for figure in one.figures],
        "falls_with_it": list(one.falls),
    }


def _figure_record(one: FigureFinding) -> dict[str, Any]:
    needed = one.needed
    return {
        "name": one.figure.name,
        "published": _plain(one.published),
        "bound": one.figure.bound or None,
        "derived": _plain(one.derived),
        "unit": one.figure.unit,
        "ratio": one.ratio,
        "verdict": one.verdict,
        "condition": one.condition,
        "concludes": one.figure.concludes or None,
        "needed": None
        if needed is None
        else {
            "quantity": one.figure.free,
            "value": [needed.low, needed.high],
            "percentile": list(one.percentile) if one.percentile else None,
        },
    }


def _plain(values: Range) -> float | list[float]:
    """A range as a list, a point or a bound as its number."""
    low, high = values
    return middle(values) if low == high or math.isinf(low) or math.isinf(high) else [low, high]
