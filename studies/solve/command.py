"""`breakeven solve`: where one input's value tips the answer, or a map of two, as sentence, figure and folder."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from distributions import text
from distributions.errors import Fault, UserError
from studies.shared.command import answer, completers, options
from studies.shared.names import labeller

if TYPE_CHECKING:
    from studies.solve.analysis import Surface, Threshold

MEAN = "mean"
MOST_DRAWS = 2**21
SHOWN = 9
"""Values of the curve in the printed table."""


class _Target(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A probability, or "mean" for where the mean difference is 0, which becomes None."""

    name = "target"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        """The number or "mean", or the user's error."""
        if value == MEAN:
            return MEAN
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0.0 < number < 1.0:
            shown = text.clean(str(value), 40)
            hint = f"{number / 100:g} for {number:g} %" if 1.0 < number < 100.0 else ""
            raise UserError(
                Fault("--target", f"found '{shown}'", "a probability above 0 and below 1, or 'mean'", hint)
            )
        return number


@click.command(
    "solve",
    help="The value of an input of SCENARIO at which P(cheaper) of the compared pair reaches a target, all other "
    "inputs varying as ever (those tied to it by a rank correlation: given its value). Two inputs give a map. "
    "Prints the answer and writes a folder with the figure.",
    epilog="Example: breakeven solve studies/scenarios/support_bot.toml --for workload.queries_per_month "
    "--between 1e4 1e8",
)
@options.scenario
@click.option(
    "--for", "keys", multiple=True, metavar="KEY", shell_complete=completers.keys,
    help="The input to solve for; given twice, a map over both.",
)  # fmt: skip
@click.option(
    "--target", type=_Target(), default=0.5, metavar="P", show_default=True,
    help="The probability to reach; 'mean' for where the mean costs are equal.",
)  # fmt: skip
@click.option(
    "--between", type=(float, float), multiple=True, metavar="LOW HIGH",
    help="Where to look, for each --for in turn.  [default: the 0.1th to 99.9th percentile; a tenth to ten "
    "times a certain value]",
)  # fmt: skip
@click.option(
    "--draws", type=options.Whole(16, MOST_DRAWS), metavar="N",
    help="Futures at each value.  [default: 262,144; of a map 4,096]",
)  # fmt: skip
@options.seed
@options.settings
@options.out
@options.as_json
@options.quiet
@options.request
def command(
    request: options.Request,
    keys: tuple[str, ...],
    target: float | str,
    between: tuple[tuple[float, float], ...],
    draws: int | None,
) -> None:
    """The command; the study is `studies.solve`, of a scenario `studies.solve.tipping`."""
    started = time.monotonic()
    loaded = request.load()
    from studies.shared.command.drawing import drawn
    from studies.shared.command.progress import progress
    from studies.solve.tipping import analyse

    level = None if isinstance(target, str) else target
    with request.place(loaded.title, kind="solve-") as folder:
        with progress("solving", quiet=request.quiet, unit="steps") as report:
            solved = analyse(loaded, keys, level, between, draws, request.seed, report)
        kind = "curve" if len(keys) == 1 else "map"
        pictures = {f"solve_{kind}": partial(drawn, f"studies.solve.figures.{kind}", solved)}
        answer.publish(folder, "solve", loaded, solved, solved.arrays(), pictures, started=started)
    answer.show(folder, solved, lambda: _lines(solved), as_json=request.as_json, quiet=request.quiet)


def _lines(tipping: Threshold | Surface) -> list[str]:
    from studies.solve.analysis import Surface

    assert tipping.scenario is not None
    title = text.clean(tipping.scenario.title, 100)
    return [title, *(_surface_lines(tipping) if isinstance(tipping, Surface) else _threshold_lines(tipping))]


def _pair(tipping: Threshold | Surface) -> str:
    label = labeller(tipping.labels)
    return f"{label(tipping.a)} costs less than {label(tipping.b)}"


def _threshold_lines(tipping: Threshold) -> list[str]:
    label = labeller(tipping.labels)
    from studies.solve import text as solve_text

    (key,), (unit,), mean = tipping.inputs, tipping.units, tipping.target is None
    first = ", the first value at or beyond it" if tipping.axis.discrete else ""
    places = [
        f"{key} = {solve_text.value(root, unit)}{first}, {solve_text.way(root, mean)}"
        for root in tipping.roots
    ]
    if tipping.target is None:
        what = f"The mean of {label(tipping.a)} minus {label(tipping.b)} reaches $0"
    else:
        what = f"P({_pair(tipping)}) reaches {text.number(100 * tipping.target, 6)} %"
    lines = [f"{what} at {place}" for place in places] or [f"{what} nowhere: {tipping.reason}"]
    if tipping.nearest is not None and len(places) > 1:
        lines.append(f"Nearest to the median of {key}: {text.number(tipping.nearest.value, 4)}")
    return [
        *lines,
        f"At its {'value' if tipping.certain else 'median'}, {text.number(tipping.median, 4)}, P is "
        f"{_at_median(tipping)}",
        "",
        *text.table(_rows(tipping, unit), indent=""),
        "",
        f"{text.count(tipping.draws, 'draw')} at each value (sobol, seed {tipping.seed})",
        *_tied(tipping),
    ]


def _rows(tipping: Threshold, unit: str) -> list[tuple[str, ...]]:
    """Some points of the curve: the value, who is cheaper and cheapest there, and the mean difference."""
    head = (
        "value" if unit == "1" else unit,
        f"P({tipping.a} cheaper)",
        "mean difference",
        "cheapest",
        "P(cheapest)",
    )
    rows: list[tuple[str, ...]] = [head]
    for k in sorted({round(i * (len(tipping.values) - 1) / (SHOWN - 1)) for i in range(SHOWN)}):
        here = tipping.curve[k]
        best = int(here.cheapest.argmax()) if tipping.eligible else -1
        rows.append(
            (
                text.number(float(tipping.values[k]), 3),
                text.probability(float(here.probability), here.probability_ci.tolist()),
                text.money(float(here.difference)),
                tipping.eligible[best] if tipping.eligible else "none is eligible",
                text.percent(float(here.cheapest[best]), 1) if tipping.eligible else "",
            )
        )
    return rows


def _surface_lines(tipping: Surface) -> list[str]:
    probability = tipping.answers.probability
    spans = [
        f"{key} from {text.number(float(values[0]), 3)} to {text.number(float(values[-1]), 3)}"
        f"{'' if unit == '1' else f' {unit}'}"
        for key, values, unit in zip(tipping.inputs, tipping.values, tipping.units, strict=True)
    ]
    return [
        f"P({_pair(tipping)}) over {text.join(spans)}:",
        f"{text.percent(float(probability.min()), 1)} to {text.percent(float(probability.max()), 1)}; at both medians "
        f"{_at_median(tipping)}",
        f"{text.count(tipping.draws, 'draw')} at each of {probability.size:,} places "
        f"(sobol, seed {tipping.seed}); the map is in the folder",
        *_tied(tipping),
    ]


def _at_median(tipping: Threshold | Surface) -> str:
    at_median = tipping.at_median
    return text.probability_with_interval(float(at_median.probability), at_median.probability_ci.tolist())


def _tied(tipping: Threshold | Surface) -> list[str]:
    tied = ", ".join(tipping.tied)
    return [f"Drawn given the value, by the rank correlations (Gaussian copula): {tied}"] if tied else []
