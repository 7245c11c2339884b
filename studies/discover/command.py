"""`breakeven discover`: the boxes of the inputs in which one strategy is cheaper, as sentences, figure and folder."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import click

from distributions import text
from studies.shared.command import answer, options
from studies.shared.names import label

if TYPE_CHECKING:
    import xarray as xr


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
def command(
    scenario: str,
    wins: str | None,
    density: float | None,
    boxes: int,
    restrictions: int,
    draws: int,
    seed: int | None,
    settings: tuple[str, ...],
    out: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """The command; the study is `studies.discover.analysis.analyse`."""
    started = time.monotonic()
    loaded = options.load(scenario, settings)
    from studies.discover.analysis import analyse, record
    from studies.shared.command.progress import progress

    with options.place(out, loaded.title, kind="discover-") as folder:
        with progress("simulating", quiet=quiet) as report:
            data = analyse(
                loaded, wins=wins, draws=draws, seed=seed, density=density, boxes=boxes, restrictions=restrictions,
                progress=report,
            )  # fmt: skip
        from studies.shared.command.drawing import drawn

        picture = partial(drawn, "studies.discover.figure", data)
        answer.publish(
            folder, "discover", loaded, record(data), data, {"discovery": picture}, started=started
        )
    answer.show(folder, record(data), lambda: _lines(data), as_json=as_json, quiet=quiet)


def _lines(data: xr.Dataset) -> list[str]:
    from studies.discover.box_words import in_words, sentence, strongest, verdict, who_wins

    base = text.probability_with_interval(float(data["base"]), data["base_ci"].values.tolist())
    found = [
        text.clean(str(data.attrs["title"]), 100),
        f"{who_wins(data)} against {label(str(data.attrs['loses']))} in {base} of all futures,",
        f"from {text.count(int(data.attrs['draws']), 'draw')} (mc, seed {data.attrs['seed']}), half to fit with, "
        "half to count on.",
        verdict(data),
    ]
    units = data["unit"].values
    for k in range(data.sizes["box"]):
        rows = [("restriction", "unit", "density lost without", "quasi-p")]
        for row in strongest(data, k):
            chance = float(data["quasi_p"][k, row])
            rows.append(
                (
                    in_words(data, k, row),
                    str(units[row]),
                    f"{text.number(100 * float(data['strength'][k, row]), 2)} points",
                    "under 0.001" if chance < 0.001 else text.number(chance, 2),
                )
            )
        found += ["", sentence(data, k), *text.table(rows, left=2)]
    if data.sizes["box"] > 1:
        shares = [text.percent(float(data[f"together_{name}"])) for name in ("share", "coverage", "density")]
        found += [
            "",
            f"Together they hold {shares[0]} of all futures and {shares[1]} of the wins, at {shares[2]}",
        ]
    return found
