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
from dataclasses import dataclass, replace
from typing import Any

from distributions import text
from distributions.records import Record
from studies.audit.evidence.claims import KINDS, Claim, Figure, Range
from studies.audit.evidence.condition import condition_of, middle, with_unit
from studies.audit.evidence.derivation import Derivation, Needed, Simulations
from studies.audit.evidence.totals import Choice, Total, totals

VERDICTS = ("does_not_follow", "sources_disagree", "holds_only_if", "holds")
"""Worst first."""
FATES = dict(zip(VERDICTS, ("falls", "disputed", "depends", "stands"), strict=True))
"""What becomes of a conclusion that rests on a figure."""
PLAUSIBLE = (0.001, 0.999)
"""Levels of a prior between which a needed value is taken for possible."""
FACTOR = 2.0
"""Documents disagree where their ranges are more than this factor apart: their cases are never quite the same."""


@dataclass(frozen=True)
class FigureFinding(Record):
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

    @property
    def derived_in_words(self) -> str:
        """What it comes to, with its unit."""
        return with_unit(self.derived, text.clean(self.figure.unit, 30))

    @property
    def percentile_in_words(self) -> str:
        """Where the needed values stand in the prior; "" where there are none."""
        return "" if self.percentile is None else text.percentiles(self.percentile)

    @property
    def ratio_in_words(self) -> str:
        """The ratio; "" where there is none."""
        return "" if self.ratio is None else text.number(self.ratio, 2)

    def entries(self) -> dict[str, Any]:
        """As `audit --json` prints it."""
        needed = self.needed and {
            "quantity": self.figure.free, "value": [self.needed.low, self.needed.high], "percentile": self.percentile,
        }  # fmt: skip
        return {
            "name": self.figure.name, "published": number_or_range(self.published),
            "bound": self.figure.bound or None, "derived": number_or_range(self.derived), "unit": self.figure.unit,
            "ratio": self.ratio, "verdict": self.verdict, "condition": self.condition,
            "concludes": self.figure.concludes or None, "needed": needed,
        }  # fmt: skip


@dataclass(frozen=True)
class ClaimFinding(Record):
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
        return min(self.figures, key=lambda figure: VERDICTS.index(figure.verdict))

    @property
    def verdict(self) -> str:
        """The worst of its figures."""
        return self.deciding.verdict

    @property
    def notes(self) -> list[str]:
        """Why it has its verdict, what becomes of each conclusion of the document, and what falls with it."""
        conclusions = [
            f"{FATES[figure.verdict]}: {figure.figure.concludes} "
            f"({f'{figure.figure.name}: ' * bool(figure.figure.name)}{figure.derived_in_words})"
            for figure in self.figures
            if figure.figure.concludes
        ]
        falls = f"falls with it: {', '.join(self.falls)}" if self.falls else ""
        return [note for note in (self.deciding.condition, *conclusions, falls) if note]

    def entries(self) -> dict[str, Any]:
        """As `audit --json` prints it."""
        first, deciding, claim = self.first, self.deciding, self.claim
        of = f"{deciding.figure.name}: " if deciding is not first and deciding.condition else ""
        return {
            "id": claim.id, "document": claim.document, "kind": claim.kind, "says": claim.says,
            "published": number_or_range(first.published), "derived": number_or_range(first.derived),
            "unit": first.figure.unit, "ratio": first.ratio, "verdict": self.verdict,
            "condition": of + deciding.condition, "figures": self.figures, "falls_with_it": self.falls,
        }  # fmt: skip


@dataclass(frozen=True)
class Audit(Record):
    """Every claim of a file, and the published totals of the shipped scenarios."""

    findings: tuple[ClaimFinding, ...]
    totals: tuple[Total, ...]
    choices: tuple[Choice, ...]
    draws: int
    seed: int

    def counts(self, kind: str = "result") -> Counter[str]:
        """How many claims of a kind have each verdict."""
        return Counter(finding.verdict for finding in self.of_kind(kind))

    def of_kind(self, kind: str) -> list[ClaimFinding]:
        """The claims of a kind."""
        return [finding for finding in self.findings if finding.claim.kind == kind]

    def by_verdict(self) -> dict[str, list[ClaimFinding]]:
        """The results under each verdict that some have, the worst first."""
        results = self.of_kind("result")
        groups = {verdict: [claim for claim in results if claim.verdict == verdict] for verdict in VERDICTS}
        return {verdict: claims for verdict, claims in groups.items() if claims}

    def headline(self) -> str:
        """The finding, in one sentence."""
        counts = self.counts()
        failed, total = counts["does_not_follow"], counts.total()
        return f"{failed} of {text.count(total, 'published result')} {'does' if failed == 1 else 'do'} not follow"

    def entries(self) -> dict[str, Any]:
        """As `audit --json` prints it: ranges as [low, high], a point as a number."""
        return {
            "claims": self.findings,
            "counts": {kind: {name: self.counts(kind)[name] for name in VERDICTS} for kind in KINDS},
            "scenarios": [
                {
                    "scenario": total.scenario, "strategy": total.strategy,
                    "published": number_or_range(total.published),
                    "simulated": dict(zip(("p05", "p50", "p95"), total.simulated, strict=True)),
                    "percentile": number_or_range(total.percentile),
                }
                for total in self.totals
            ],
            "choices": [
                {name: getattr(choice, name) for name in ("scenario", "cheaper", "dearer", "probability")}
                for choice in self.choices
            ],
            "draws": self.draws,
            "seed": self.seed,
        }  # fmt: skip


def audit(
    claims: Sequence[Claim], simulations: Simulations | None = None, *, scenarios: bool = True
) -> Audit:
    """Derives every figure of the claims again and judges it; with `scenarios`, places the shipped ones' totals.

    Raises UserError where a calculation has no finite value.
    """
    simulated = simulations or Simulations()
    derivations = [
        (claim, Derivation(claim, figure, simulated)) for claim in claims for figure in claim.figures
    ]
    published = [derivation.published for _, derivation in derivations]
    about = [
        (derivation.figure, ends)
        for (_, derivation), ends in zip(derivations, published, strict=True)
        if derivation.figure.about
    ]
    figures: dict[str, list[FigureFinding]] = {claim.id: [] for claim in claims}
    for (claim, derivation), ends in zip(derivations, published, strict=True):
        figures[claim.id].append(_finding(derivation, ends, about))
    supports = {claim.id: claim.supports for claim in claims}
    findings = [ClaimFinding(claim, tuple(figures[claim.id]), ()) for claim in claims]
    falling = [
        replace(finding, falls=_closure(finding.claim.id, supports))
        if finding.verdict == "does_not_follow"
        else finding
        for finding in findings
    ]
    placed = totals(simulated) if scenarios else ((), ())
    return Audit(tuple(falling), *placed, simulated.draws, simulated.seed)


def _finding(
    derivation: Derivation, published: Range, about: Sequence[tuple[Figure, Range]]
) -> FigureFinding:
    figure = derivation.figure
    others = [
        (other.document, ends)
        for other, ends in about
        if other.about == figure.about and other.document != figure.document
    ]
    apart = [(document, ends) for document, ends in others if _apart(published, ends) > FACTOR]
    derived, needed = derivation.derived(), derivation.needed()
    percentile = _percentile(derivation, needed)
    if derived is None:
        verdict, condition = "holds", ""
        derived = _hull([ends for _, ends in others]) if others else published
    else:
        verdict = _verdict(figure, published, derived, derivation, needed)
        condition = condition_of(verdict, derivation, derived, needed, percentile)
    if apart and verdict != "does_not_follow":
        verdict = "sources_disagree"
        says = text.join([f"{document} says {text.span(ends)}" for document, ends in apart])
        condition = f"{figure.about}: {says} {figure.unit}"
    band = derivation.band([PLAUSIBLE[0] + (PLAUSIBLE[1] - PLAUSIBLE[0]) * k / 40 for k in range(41)])
    return FigureFinding(
        figure, published, derived, band, _ratio(published, derived), verdict, condition, needed, percentile
    )  # fmt: skip


# --- the rules


def _verdict(
    figure: Figure, published: Range, derived: Range, derivation: Derivation, needed: Needed | None
) -> str:
    slack = [figure.tolerance * abs(end) if math.isfinite(end) else 0.0 for end in published]
    low, high = published[0] - slack[0], published[1] + slack[1]
    meets = derived[0] <= high and derived[1] >= low
    within = derived[0] >= low and derived[1] <= high
    if within or (meets and not figure.bound):
        return "holds"
    return "holds_only_if" if meets or _possible(derivation, needed) else "does_not_follow"


def _possible(derivation: Derivation, needed: Needed | None) -> bool:
    """Whether the free quantity may have a value at which the figure holds."""
    prior = derivation.prior
    if needed is None or prior is None:
        return False
    level = float(prior.cdf(needed.nearest(float(prior.median()))))
    return PLAUSIBLE[0] <= level <= PLAUSIBLE[1]


def _apart(first: Range, second: Range) -> float:
    """The factor between two ranges of positive numbers; 1 where they meet, infinite where one is not positive."""
    low, high = (first, second) if first[1] < second[0] else (second, first)
    if low[1] >= high[0]:
        return 1.0
    return high[0] / low[1] if low[1] > 0 else math.inf


def _closure(claim: str, supports: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Every claim that rests on one, directly or through others, in the order in which they are met."""
    resting: dict[str, None] = {}
    waiting = list(supports[claim])
    while waiting:
        name = waiting.pop(0)
        if name not in resting and name != claim:
            resting[name] = None
            waiting += supports[name]
    return tuple(resting)


def _percentile(derivation: Derivation, needed: Needed | None) -> Range | None:
    """Where the needed values stand in the prior of the free quantity."""
    prior = derivation.prior
    if needed is None or prior is None:
        return None
    low = 0.0 if needed.low is None else float(prior.cdf(needed.low))
    return low, 1.0 if needed.high is None else float(prior.cdf(needed.high))


def _ratio(published: Range, derived: Range) -> float | None:
    above, below = middle(published), middle(derived)
    return above / below if above * below > 0 else None


def _hull(ranges: Sequence[Range]) -> Range:
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def number_or_range(values: Range) -> float | Range:
    """A range; a point or a bound as its number."""
    low, high = values
    return middle(values) if low == high or math.isinf(low) or math.isinf(high) else values
