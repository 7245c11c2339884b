"""What changed between two scenarios, and which edits did it.

    python -m studies.diff before.toml after.toml

Both are drawn under the same seed, and an input that was not edited has the same draws on both sides: what differs is
the edits' doing. The change is shared out by Shapley's value (Shapley 1953): an edit's contribution is what it adds to
the edits already made, averaged over every order in which they could be made. So the contributions add up to the
change, and two edits that only matter together share it evenly. Up to ten edits every subset is run; beyond, orders are
drawn in pairs, each with its reverse (antithetic: Mitchell et al. 2022); the error of that is in the intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions import provenance, text
from distributions.derived import Derived
from distributions.errors import Fault, UserError
from distributions.records import Record, plain
from distributions.spec import Marginal
from distributions.tables.faults import Faults
from sim import Scenario, simulate
from sim.engine.chunks import DEFAULT_SEED
from sim.results.records import BreakEven, Estimate
from sim.results.run import Run
from sim.scenario.eligibility import judged
from sim.scenario.expressions import check_expressions, is_line, owner
from sim.scenario.own_inputs import Value
from sim.scenario.own_strategies import Declared, DeclaredLine
from sim.statistics import estimates as statistics
from studies.shared.names import LABELS

Array = NDArray[np.float64]

EXACT = 10
"""Most edits of which every subset is run."""

ORDERS = 32
"""Pairs of orders drawn where there are more edits."""

DRAWS = ((4, 1 << 18), (7, 1 << 16), (EXACT, 1 << 14))
"""Draws of each run by the number of edits; beyond the last as there."""

METRICS = ("probability", "difference", "cost_a", "cost_b")
"""What is shared out: P(a costs less than b), mean cost of a less that of b, and the two mean costs."""

_LEVELS = np.arange(1, 1000) / 1000.0
"""Levels at which two values that are written alike are compared, lest they read files that differ."""


@dataclass(frozen=True)
class Edit:
    """One thing that differs. name: an input's key, or "study.…", or "dependence". before, after: as in a file."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change(Record):
    """A number on both sides, and its change."""

    before: float
    after: float
    change: Estimate

    @property
    def distinguishable(self) -> bool:
        """Whether the interval leaves out no change."""
        low, high = self.change.ci95
        return not low <= 0.0 <= high

    def to_dict(self) -> dict[str, Any]:
        """As in `diff.json`."""
        return {**super().to_dict(), "distinguishable": self.distinguishable}


@dataclass(frozen=True)
class Contribution(Record):
    """An edit's share in the change of each metric."""

    edit: Edit
    shares: Mapping[str, Estimate]

    def to_dict(self) -> dict[str, Any]:
        """As in `diff.json`."""
        edit = self.edit
        return {"edit": edit.name, "before": edit.before, "after": edit.after, "shares": plain(self.shares)}


@dataclass(frozen=True)
class Side(Record):
    """One of the two: the break-even months of the pair, P(it falls back), and the strategies ruled out.

    probability_cheapest: of its own strategies, among those that its own requirements leave.
    """

    title: str
    breakeven_month: BreakEven
    breakeven_lasting: BreakEven
    probability_falls_back: float
    excluded: tuple[str, ...]
    probability_cheapest: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """As in `diff.json`: of the months the median and P(never)."""
        months = {"breakeven_month": self.breakeven_month, "breakeven_lasting": self.breakeven_lasting}
        return super().to_dict() | {
            name: {"median": month.median, "probability_never": month.never} for name, month in months.items()
        }


@dataclass(frozen=True)
class Diff(Record):
    """What changed. exact: whether all subsets were run. silent: what differs and changes no number.

    labels: what the strategies of both are called.
    """

    compare: tuple[str, str]
    draws: int
    seed: int
    exact: bool
    before: Side
    after: Side
    changes: Mapping[str, Change]
    contributions: tuple[Contribution, ...]
    silent: tuple[str, ...]
    labels: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """The content of `diff.json`."""
        return {
            "compare": list(self.compare),
            LABELS: dict(self.labels),
            "draws": self.draws,
            "seed": self.seed,
            "method": "exact" if self.exact else "sampled orders",
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "changes": plain(self.changes),
            "edits": [contribution.to_dict() for contribution in self.contributions],
            "silent": list(self.silent),
        }


def diff(
    before: Scenario,
    after: Scenario,
    *,
    compare: tuple[str, str] | None = None,
    draws: int | None = None,
    seed: int = DEFAULT_SEED,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Diff:
    """What changed from one scenario to the other.

    Args:
        before: one side.
        after: the other.
        compare: the pair whose "cheaper" is asked; that of both scenarios unless given.
        draws: of every run; by the number of edits unless given. At least 16.
        seed: of all runs.
        threads: of this process.
        progress: called with the runs done and all runs.

    Raises:
        UserError: the scenarios compare different pairs and none is given, or one lacks a strategy of the pair.
    """
    pair = _pair(before, after, compare)
    edits = found_edits(before, after)
    size = draws if draws is not None else next((n for most, n in DRAWS if len(edits) <= most), DRAWS[-1][1])
    strategies = tuple(name for name in before.strategies if name in after.strategies)
    known: dict[frozenset[int], Array] = {}
    exact = len(edits) <= EXACT
    total = 2 ** len(edits) if exact else 2 * ORDERS * (len(edits) - 1) + 2
    runs: dict[str, Run] = {}

    def value(chosen: frozenset[int]) -> Array:
        """The metrics with these edits made, by replicate: (metrics, 16)."""
        if chosen not in known:
            subject = replace(
                _edited(before, after, [edits[k] for k in chosen]), compare=pair, strategies=strategies
            )
            run = simulate(subject, draws=size, seed=seed, threads=threads)
            known[chosen] = _metrics(run)
            if len(chosen) in (0, len(edits)):
                runs["before" if not chosen else "after"] = run
            if progress is not None:
                progress(min(len(known), total), total)
        return known[chosen]

    ends = [value(frozenset()), value(frozenset(range(len(edits))))]
    runs.setdefault("after", runs["before"])
    shares = _exact(value, len(edits)) if exact else _sampled(value, len(edits), seed)
    contributions = [
        Contribution(edit, _intervals(share, runs["before"].draws))
        for edit, share in zip(edits, shares, strict=True)
    ]
    contributions.sort(key=lambda contribution: -abs(contribution.shares["difference"].value))
    moved = _intervals(ends[1] - ends[0], runs["before"].draws)
    changes = {
        name: Change(float(ends[0][m].mean()), float(ends[1][m].mean()), moved[name])
        for m, name in enumerate(METRICS)
    }
    return Diff(
        pair,
        runs["before"].draws,
        seed,
        exact,
        _side(before, runs["before"], pair, threads),
        _side(after, runs["after"], pair, threads),
        changes,
        tuple(contributions),
        _silent(before, after),
        {**before.labels, **after.labels},
    )


def found_edits(before: Scenario, after: Scenario) -> tuple[Edit, ...]:
    """Everything that differs and may change a cost, an edit an input; all rank correlations are one edit."""
    edits = []
    for name, of in (("horizon_months", "horizon"), ("discount_rate", "discount_rate")):
        if getattr(before, of) != getattr(after, of):
            edits.append(Edit(f"study.{name}", getattr(before, of), getattr(after, of)))
    for key in dict.fromkeys((*before.known, *after.known)):
        if _line_of(before, key) or _line_of(after, key):
            edits += _edit(key, *(_line_table(side, key) for side in (before, after)))
        elif _on_both(before, after, key):
            edits += _edit_of_value(key, before.values.get(key), after.values.get(key))
    for name in sorted(before.definitions.keys() & after.definitions.keys()):
        edits += _edit(f"strategy.{name}", *(_made_of(side, name) for side in (before, after)))
    pairs = [tuple((*pair, r) for pair, r in side.dependence) for side in (before, after)]
    if set(pairs[0]) != set(pairs[1]):
        edits.append(Edit("dependence", *([list(row) for row in rows] for rows in pairs)))
    return tuple(edits)


def _edit(name: str, before: Any, after: Any) -> list[Edit]:
    return [Edit(name, before, after)] if before != after else []


def _edit_of_value(key: str, old: Value | None, new: Value | None) -> list[Edit]:
    """What differs of an input's value; None where a strategy has none of its own."""
    specs = [None if value is None else _bare(value.spec) for value in (old, new)]
    if specs[0] != specs[1] or not (isinstance(old, Marginal) and isinstance(new, Marginal)):
        return _edit(key, *specs)
    if old.certain or np.array_equal(old.ppf(_LEVELS), new.ppf(_LEVELS)):
        return []
    # a file of measurements that changed under its name: said alike, so its mean goes beside it
    means = (old.mean(), new.mean())
    return [Edit(key, *({**dict(spec or {}), "mean": mean} for spec, mean in zip(specs, means, strict=True)))]


def _on_both(before: Scenario, after: Scenario, key: str) -> bool:
    """Whether an input can have a value on both sides: an own one that one side lacks changes nothing by itself."""
    if key in before.known and key in after.known:
        return True
    whose = owner(key)
    return bool(whose) and all(whose in side.definitions for side in (before, after))


def _lines_of(side: Scenario) -> dict[str, DeclaredLine]:
    """Cost lines that a side declares, by the name of what they cost."""
    lines = [*side.lines, *(line for said in side.declared.values() for line in said.lines)]
    return {line.cost: line for line in lines}


def _line_of(side: Scenario, key: str) -> DeclaredLine | None:
    return _lines_of(side).get(key) if is_line(key) else None


def _line_table(side: Scenario, key: str) -> dict[str, Any] | None:
    """A cost line as a file has it, without the sources of what it costs; None where there is none."""
    line = _line_of(side, key)
    if line is None:
        return None
    value = side.values[key]
    return {**line.table(value), "cost": _bare(value.spec)}


def _made_of(side: Scenario, name: str) -> dict[str, Any]:
    """What a strategy is made of, and whose lines it has."""
    strategy, said = side.strategy(name), side.declared.get(name)
    like = {} if said is None or said.like is None else {"like": said.like}
    return {**like, **strategy.parts._asdict()}


def _bare(spec: Any) -> Any:
    """A value without what is said of it: its source, owner and dates change no number."""
    if not isinstance(spec, Mapping):
        return spec
    bare = {key: value for key, value in spec.items() if key not in provenance.KEYS}
    return bare["value"] if set(bare) == {"value"} else bare


def _edited(before: Scenario, after: Scenario, edits: Sequence[Edit]) -> Scenario:
    """The scenario before with some of the edits made."""
    names = {edit.name for edit in edits}

    def chosen(name: str) -> tuple[Scenario, Scenario]:
        """The side that has the word on something, and the other."""
        return (after, before) if name in names else (before, after)

    def lines(whose: Callable[[Scenario], Sequence[DeclaredLine]]) -> tuple[DeclaredLine, ...]:
        costs = dict.fromkeys(line.cost for side in (before, after) for line in whose(side))
        kept = (next((line for line in whose(chosen(cost)[0]) if line.cost == cost), None) for cost in costs)
        return tuple(line for line in kept if line is not None)

    def declaration(name: str) -> Declared:
        sides = chosen(f"strategy.{name}")
        known = [side for side in sides if name in side.definitions]
        said = known[0].declared.get(name, Declared())

        def of(side: Scenario) -> Sequence[DeclaredLine]:
            # a strategy that one side alone has keeps its lines
            held = side if len(known) == 2 else known[0]
            return held.declared.get(name, Declared()).lines

        return replace(said, lines=lines(of))

    declared = {name: declaration(name) for name in sorted({*before.declared, *after.declared})}
    shared = lines(lambda side: side.lines)
    costs = {line.cost for line in (*shared, *(line for said in declared.values() for line in said.lines))}
    values: dict[str, Value] = {}
    for key in dict.fromkeys((*before.known, *after.known)):
        first, second = chosen(key)
        value = first.values.get(key)
        if value is None and (key in costs if is_line(key) else not _on_both(before, after, key)):
            value = second.values[key]
        if value is not None and (key in costs or not is_line(key)):
            values[key] = value
    made = replace(
        before,
        inputs={key: value for key, value in values.items() if isinstance(value, Marginal)},
        expressions={key: value for key, value in values.items() if isinstance(value, Derived)},
        own={**after.own, **before.own, **{key: after.own[key] for key in names & after.own.keys()}},
        declared=declared,
        lines=shared,
    )
    inputs = {key: made.inputs[key] for key in made.known if key in made.inputs}
    expressions = {key: made.expressions[key] for key in made.known if key in made.expressions}
    faults = Faults()
    check_expressions(expressions, made.known, made.definitions, faults)
    faults.raise_any()
    pairs = after.dependence if "dependence" in names else before.dependence
    return replace(
        made,
        horizon=after.horizon if "study.horizon_months" in names else before.horizon,
        discount_rate=after.discount_rate if "study.discount_rate" in names else before.discount_rate,
        inputs=inputs,
        expressions=expressions,
        defaulted=tuple(key for key in before.defaulted if values[key] is before.values[key]),
        price_changes=tuple(change for change in before.price_changes if change.input in inputs),
        # an input that an edit makes certain, or an expression, has no spread left to correlate
        dependence=tuple(
            (pair, r) for pair, r in pairs if all(key in inputs and not inputs[key].certain for key in pair)
        ),
        requirements=after.requirements,
    )


def _metrics(run: Run) -> Array:
    """The metrics of a run by replicate, (metrics, 16)."""
    a, b = run.compare
    tally = run.tally
    swapped = (a, b) not in run.pairs
    p = run.pairs.index((b, a) if swapped else (a, b))
    less, equal, draws = tally.less[p, run.horizon], tally.equal[p, run.horizon], tally.draws
    first = draws - less - equal if swapped else less
    cost_a, cost_b = (tally.moments.mean[run.positions[name]] for name in (a, b))
    return np.array([(first + 0.5 * equal) / draws, cost_a - cost_b, cost_a, cost_b])


def _exact(value: Callable[[frozenset[int]], Array], k: int) -> list[Array]:
    """Shapley's values over all subsets of k edits, each (metrics, 16)."""
    shares = [np.zeros_like(value(frozenset())) for _ in range(k)]
    for code in range(2**k):
        without = frozenset(i for i in range(k) if code >> i & 1)
        weight = (
            factorial(len(without)) * factorial(k - len(without) - 1) / factorial(k)
            if len(without) < k
            else 0.0
        )
        for i in set(range(k)) - without:
            shares[i] += weight * (value(without | {i}) - value(without))
    return shares


def _sampled(value: Callable[[frozenset[int]], Array], k: int, seed: int) -> list[Array]:
    """Shapley's values over drawn orders, each (metrics, 16).

    Two of the pairs of orders go to each replicate, which meets them with its own draws alone. So the replicates are
    independent estimates, and their spread holds the error of the orders and that of the draws.
    """
    random = np.random.default_rng([seed, 5])
    shares = [np.zeros_like(value(frozenset())) for _ in range(k)]
    replicates = shares[0].shape[1]
    for number in range(ORDERS):
        order = [int(i) for i in random.permutation(k)]
        r = number % replicates
        for sequence in (order, order[::-1]):
            made: frozenset[int] = frozenset()
            for i in sequence:
                step = value(made | {i}) - value(made)
                shares[i][:, r] += step[:, r] / (2.0 * ORDERS / replicates)
                made = made | {i}
    return shares


def _intervals(by_replicate: Array, draws: int) -> dict[str, Estimate]:
    """Each metric's mean over replicates and its 95 % interval, of a change or a share (metrics, 16).

    Replicates that saw few futures change sides, or none, agree by chance: the interval of P is then at least that of a
    proportion (Wilson's). Where nothing at all changed, there is nothing to be unsure of.
    """
    intervals = {name: _interval(by_replicate[m]) for m, name in enumerate(METRICS)}
    seen = float(np.abs(by_replicate[0]).mean()) * draws
    if by_replicate.any() and seen < statistics.FEW:
        _, high = statistics.wilson(seen / draws, draws)
        half = float(high) - seen / draws
        change = intervals["probability"].value
        low, top = intervals["probability"].ci95
        intervals["probability"] = Estimate(change, (min(low, change - half), max(top, change + half)))
    return intervals


def _interval(by_replicate: Array) -> Estimate:
    """The mean over replicates and its 95 % interval."""
    n = by_replicate.size
    centre = float(by_replicate.mean())
    error = float(by_replicate.std(ddof=1) / np.sqrt(n))
    low, high = statistics.replicate_interval(centre, error, by_replicate)
    return Estimate(centre, (float(low), float(high)))


def _pair(before: Scenario, after: Scenario, compare: tuple[str, str] | None) -> tuple[str, str]:
    if compare is None:
        if before.compare != after.compare:
            first, second = (" with ".join(side.compare) for side in (before, after))
            raise UserError(
                Fault(
                    "--compare",
                    f"one scenario compares {first}, the other {second}",
                    "say which: --compare A,B",
                )
            )
        compare = before.compare
    for name in compare:
        if name not in before.strategies or name not in after.strategies:
            both = [strategy for strategy in before.strategies if strategy in after.strategies]
            raise UserError(Fault("--compare", f"'{name}' is not in both scenarios", ", ".join(both)))
    if compare[0] == compare[1]:
        raise UserError(
            Fault("--compare", f"'{compare[0]}' is compared with itself", "two different strategies")
        )
    return compare


def _side(scenario: Scenario, run: Run, pair: tuple[str, str], threads: int | None) -> Side:
    excluded = judged(scenario).excluded
    # of its own strategies under its own requirements, while the runs of the edits have those of both sides
    result = simulate(scenario, draws=run.draws, seed=run.seed, threads=threads)
    return Side(
        scenario.title,
        run.breakeven(*pair),
        run.breakeven_lasting(*pair),
        run.probability_falls_back(*pair),
        tuple(name for name in scenario.strategies if name in excluded),
        {name: result.probability_cheapest(name).estimate for name in result.strategies},
    )


def _silent(before: Scenario, after: Scenario) -> tuple[str, ...]:
    """What differs and changes neither cost nor probability."""
    changes = ["title"] if before.title != after.title else []
    described = [
        key
        for key, value in before.values.items()
        if (other := after.values.get(key)) is not None
        and value.provenance != other.provenance
        and _bare(value.spec) == _bare(other.spec)
    ]
    if described:
        changes.append(
            f"source, owner or date of {text.join(described) if len(described) <= 3 else f'{len(described)} inputs'}"
        )
    both = before.labels.keys() & after.labels.keys()
    if any(before.labels[name] != after.labels[name] for name in both):
        changes.append("what strategies are called")
    if before.strategies != after.strategies:
        changes.append("the strategies computed")
    if before.requirements != after.requirements:
        changes.append("the requirements")
    return tuple(changes)
