"""`breakeven discover`: the boxes of the inputs in which one strategy is cheaper, as sentences, figure and folder."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import click

from distributions import text
from studies.shared.command import answer, options
from studies.shared.names import labeller

if TYPE_CHECKING:
    from studies.discover.record import Discovery


@click.command(
    "discover",
    help="In which futures of SCENARIO is one strategy cheaper? Finds limits on a few inputs within which it mostly is "
    "(scenario discovery by PRIM): fitted to half of the draws, every figure from the other half. Writes a folder with "
    "the figure.",
    epilog="Example: breakeven discover studies/scenarios/internal_kb.toml --wins rag",
)
@options.scenario
@click.option(
    "--wins", metavar="STRATEGY", help="The one to be cheaper.  [default: the first of study.compare]"
)
@click.option(
    "--density",
    type=float,
    metavar="SHARE",
    help="How often it should win within a box.  [default: 0.9, or losses five times rarer than in all futures]",
)
@options.number("--boxes", default=3, most=20, help="The most boxes.")
@options.number("--restrictions", default=4, most=62, help="The most inputs that one box restricts.")
@options.number(
    "--draws", default=100_000, most=2_000_000, least=1000, help="Independent draws, half to fit with."
)
@options.seed
@options.settings
@options.out
@options.as_json
@options.quiet
@options.request
def command(
    request: options.Request, wins: str | None, density: float | None, boxes: int, restrictions: int
) -> None:
    """The command; the study is `studies.discover.analysis.analyse`."""
    started = time.monotonic()
    loaded = request.load()
    from studies.discover.analysis import discover
    from studies.shared.command.drawing import drawn
    from studies.shared.command.progress import progress

    with request.place(loaded.title, kind="discover-") as folder:
        with progress("simulating", quiet=request.quiet) as report:
            discovery = discover(
                loaded, wins=wins, draws=request.draws, seed=request.seed, density=density, boxes=boxes,
                restrictions=restrictions, progress=report,
            )  # fmt: skip
        pictures = {"discovery": partial(drawn, "studies.discover.figure", discovery)}
        answer.publish(folder, "discover", loaded, discovery, discovery.arrays(), pictures, started=started)
    answer.show(folder, discovery, lambda: _lines(discovery), as_json=request.as_json, quiet=request.quiet)


def _lines(discovery: Discovery) -> list[str]:
    label = labeller(discovery.labels)
    comparison = discovery.comparison
    assert comparison is not None
    lines = [
        text.clean(comparison.scenario.title, 100),
        f"{discovery.outcome} against {label(comparison.loses)} in {discovery.base} of all futures,",
        f"from {text.count(discovery.draws, 'draw')} (mc, seed {comparison.seed}), half to fit with, half to count on.",
        discovery.verdict(),
    ]
    for k, box in enumerate(discovery.boxes):
        rows = [("restriction", "unit", "density lost without", "quasi-p")]
        rows += [
            (
                discovery.in_words(limit),
                str(discovery.units[limit.row]),
                f"{text.number(100 * limit.strength, 2)} points",
                "under 0.001" if limit.quasi_p < 0.001 else text.number(limit.quasi_p, 2),
            )
            for limit in box.strongest
        ]
        lines += ["", discovery.sentence(k), *text.table(rows, left=2)]
    if len(discovery.boxes) > 1:
        share, coverage, density = (
            text.percent(discovery.together[name]) for name in ("share", "coverage", "density")
        )
        lines += ["", f"Together they hold {share} of all futures and {coverage} of the wins, at {density}"]
    return lines
