"""docs/benchmarks.md from what was measured."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks import race
from benchmarks.measures import Row
from benchmarks.race import KERNEL, TOLERANCE, WHOLE, Result
from sim.engine.pool import threads_available
from sim.results.dataset import versions

PEERS = """## Against named peers

The reference problem, [`benchmarks/reference.toml`](../benchmarks/reference.toml): 30 uncertain inputs of seven
families, 36 months, five strategies; with a Gaussian copula over four inputs, and with independent ones. Peers compute
P(cheaper) and the mean cost of each strategy, and are held against `simulate(..., totals=True)`: the same of all ten
pairs, P(cheapest) and regret, with what their intervals need. "All outputs" and the program draw by draw are held
against a full run: besides, standings and break-even by month, quantiles of 25 measures and line items. Those peers do
that too, but for line items.

Rounds: {rounds}. In each, every peer runs in a process of its own, and right after it breakeven runs, with independent
draws as the peer's; a ratio is the median over the rounds. Imports, set-up of distributions and compilation are not
timed, on either side. A peer may use all {threads} processors; "busy" is how many it did keep busy. No ratio is quoted
unless the peer's P(cheaper) and five means agree with ours within Monte Carlo error. Targets were set beforehand; one
counts as met by the ratio on all threads.

Breakeven needs {totals_one:.2f} µs a draw for totals on one thread and {totals_every:.2f} µs on {threads}; for a full
run {full_one:.2f} µs and {full_every:.2f} µs.

"""

KERNEL_TEXT = """## Order of loops

The cost model alone, inputs given, one thread: blocks of draws with the draw innermost against one draw after another
with the months inside, both compiled by numba. The blocked side also fills histograms and sums line items.

"""

TOLERANCE_TEXT = """## Time to ± 0.1 point

Until the 95 % half-width of P(cheaper) is 0.001: `simulate(..., tolerance=0.001, totals=True)`, which takes aligned
Sobol' points, against plain Monte Carlo in numpy, which draws on in chunks. In seconds for the whole answer; ours is
the mean over eight seeds, since how many draws it takes depends on the seed.

"""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines) + "\n"


def _times(ratio: float) -> str:
    return f"{ratio:.1f} ×" if ratio < 100 else f"{float(f'{ratio:.2g}'):,.0f} ×"


def _cells(result: Result, unit: float, digits: int) -> list[str]:
    contest = result.contest
    first = [contest.peer, contest.does]
    wanted = f"≥ {contest.wanted:,.0f} ×"
    if result.missing:
        return [
            *first,
            "not installed here",
            *["–"] * (2 if contest.kind == KERNEL else 3),
            wanted,
            "not measured",
        ]
    cells = [
        *first,
        f"{statistics.median(result.seconds) * unit:,.{digits}f}",
        f"{statistics.median(result.busy):.1f}",
    ]
    cells.append(_times(result.ratio(result.ours)))
    if contest.kind != KERNEL:
        cells.append(_times(result.ratio(result.ours_all)))
    return [*cells, wanted, "met" if result.met else "**missed**"]


def _contests(results: Sequence[Result], kind: str, unit: str, per: float, digits: int) -> str:
    head = ["peer", "task", unit, "busy", "÷ ours, 1 thread"]
    head += [] if kind == KERNEL else [f"÷ ours, {threads_available()} threads"]
    rows = [_cells(result, per, digits) for result in results if result.contest.kind == kind]
    return _table([*head, "wanted", ""], rows)


def _ours(results: Sequence[Result], name: str, *, by_month: bool) -> float:
    """Our own microseconds a draw, of all rounds of all peers; not a number where there were none."""
    whole = [one for one in results if one.contest.kind == WHOLE and one.contest.by_month == by_month]
    seconds = [s for result in whole for s in getattr(result, name)]
    return statistics.median(seconds) * 1e6 if seconds else float("nan")


def _processor() -> str:
    """The processor's name where the system tells it."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _what_peers_do(results: Sequence[Result]) -> str:
    used: dict[str, tuple[str, dict[str, str]]] = {}
    for result in results:
        peer, found = used.get(result.contest.module, (result.contest.peer, {}))
        used[result.contest.module] = peer, {**found, **result.versions}
    lines = ["## What each peer does\n"]
    for module, (peer, found) in used.items():
        numbers = ", ".join(f"{name} {number}" for name, number in found.items()) or "not installed here"
        text = " ".join(race.documentation(module).split())
        lines.append(f"- **{peer}** ([`{module}.py`](../benchmarks/peers/{module}.py); {numbers}). {text}")
    return "\n".join(lines) + "\n"


def page(results: Sequence[Result], rows: Sequence[Row], rounds: int, load: float) -> str:
    """The whole page. load: the machine's load average before the run."""
    machine = (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )
    used = ", ".join(f"{name} {number}" for name, number in versions().items())
    text = PEERS.format(
        rounds=rounds,
        threads=threads_available(),
        totals_one=_ours(results, "ours", by_month=False),
        totals_every=_ours(results, "ours_all", by_month=False),
        full_one=_ours(results, "ours", by_month=True),
        full_every=_ours(results, "ours_all", by_month=True),
    )
    parts = [
        "# Benchmarks\n\nWritten by `make bench` from one run on one machine; nothing here is typed.\n",
        f"Machine: {machine}; load average {load:.1f} before the run.\nVersions: {used}.\n",
        text + _contests(results, WHOLE, "µs a draw", 1e6, 2),
        KERNEL_TEXT + _contests(results, KERNEL, "µs a draw", 1e6, 2),
        TOLERANCE_TEXT + _contests(results, TOLERANCE, "s", 1.0, 2),
        "## Breakeven alone\n\n"
        + _table(["what", "found", "wanted"], [(row.what, row.found, row.wanted) for row in rows]),
        _what_peers_do(results),
    ]
    return "\n".join(parts)
