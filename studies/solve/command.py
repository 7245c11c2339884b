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
from studies.shared.names import label

if TYPE_CHECKING:
    import xarray as xr

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
            found = float(value)
        except ValueError:
            found = math.nan
        if not 0.0 < found < 1.0:
            shown = text.clean(str(value), 40)
            hint = f"{found / 100:g} for {found:g} %" if 1.0 < found < 100.0 else ""
            raise UserError(
                Fault("--target", f"found '{shown}'", "a probability above 0 and below 1, or 'mean'", hint)
            )
        return found


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
def command(
    scenario: str,
    keys: tuple[str, ...],
    target: float | str,
    between: tuple[tuple[float, float], ...],
    draws: int | None,
    seed: int | None,
    settings: tuple[str, ...],
    out: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """The command; the study is `studies.solve`, of a scenario `studies.solve.tipping`."""
    started = time.monotonic()
    loaded = options.load(scenario, settings)
    from studies.shared.command.progress import progress
    from studies.solve.tipping import analyse, record

    asked = None if isinstance(target, str) else target
    with options.place(out, loaded.title, kind="solve-") as folder:
        with progress("solving", quiet=quiet, unit="steps") as report:
            data = analyse(loaded, keys, asked, between, draws, seed, report)
        from studies.shared.command.drawing import drawn

        kind = "curve" if "point" in data.dims else "map"
        found = record(data)
        pictures = {f"solve_{kind}": partial(drawn, f"studies.solve.figures.{kind}", data)}
        answer.publish(folder, "solve", loaded, found, data, pictures, started=started)
    answer.show(folder, found, lambda: _lines(data), as_json=as_json, quiet=quiet)


def _lines(data: xr.Dataset) -> list[str]:
    title = text.clean(str(data.attrs["title"]), 100)
    return [title, *(_of_one(data) if "point" in data.dims else _of_two(data))]


def _pair(data: xr.Dataset) -> str:
    a, b = (label(str(data.attrs[end])) for end in ("a", "b"))
    return f"{a} costs less than {b}"


def _of_one(data: xr.Dataset) -> list[str]:
    key, unit, target = data.attrs["input"], str(data.attrs["units"][0]), data.attrs["target"]
    found = []
    for k in range(data.sizes["root"]):
        rises = int(data["root_direction"][k]) > 0
        value = text.with_interval(float(data["root_value"][k]), data["root_ci95"][k].values.tolist(), unit)
        first = ", the first value at or beyond it" if data.attrs["discrete"] else ""
        step = data["root_step"][k].values.tolist()
        way = text.stepping(step, target == MEAN) or f"{'rising' if rises else 'falling'} with it"
        found.append(f"{key} = {value}{first}, {way}")
    if target == MEAN:
        what = f"The mean of {label(data.attrs['a'])} minus {label(data.attrs['b'])} reaches $0"
    else:
        what = f"P({_pair(data)}) reaches {text.number(100 * target, 6)} %"
    lines = [f"{what} at {one}" for one in found] or [f"{what} nowhere: {data.attrs['reason']}"]
    if len(found) > 1:
        lines.append(f"Nearest to the median of {key}: {text.number(float(data['value']), 4)}")
    median = float(data["probability_at_median"])
    return [
        *lines,
        f"At its {'value' if data.attrs['certain'] else 'median'}, {text.number(float(data['median']), 4)}, P is "
        f"{text.probability_with_interval(median, data['probability_at_median_ci'].values.tolist())}",
        "",
        *text.table(_rows(data, unit), indent=""),
        "",
        f"{text.count(int(data.attrs['draws']), 'draw')} at each value (sobol, seed {data.attrs['seed']})",
        *_tied(data),
    ]


def _rows(data: xr.Dataset, unit: str) -> list[tuple[str, ...]]:
    """Some points of the curve: the value, who is cheaper and cheapest there, and the mean difference."""
    n = data.sizes["point"]
    rows: list[tuple[str, ...]] = [
        (
            "value" if unit == "1" else unit,
            f"P({data.attrs['a']} cheaper)",
            "mean difference",
            "cheapest",
            "P(cheapest)",
        )
    ]
    for k in sorted({round(i * (n - 1) / (SHOWN - 1)) for i in range(SHOWN)}):
        cheapest = data["probability_cheapest"][k]
        best = int(cheapest.values.argmax()) if cheapest.size else -1
        rows.append(
            (
                text.number(float(data["at"][k]), 3),
                text.probability(float(data["probability"][k]), data["probability_ci"][k].values.tolist()),
                text.money(float(data["difference"][k])),
                str(data["strategy"].values[best]) if cheapest.size else "none is eligible",
                text.percent(float(cheapest[best]), 1) if cheapest.size else "",
            )
        )
    return rows


def _of_two(data: xr.Dataset) -> list[str]:
    probability, median = data["probability"].values, float(data["probability_at_median"])
    spans = [
        f"{data.attrs[dim]} from {text.number(float(data[dim][0]), 3)} to {text.number(float(data[dim][-1]), 3)} {unit}"
        for dim, unit in zip(("first", "second"), data.attrs["units"], strict=True)
    ]
    return [
        f"P({_pair(data)}) over {text.join(spans)}:",
        f"{text.percent(float(probability.min()), 1)} to {text.percent(float(probability.max()), 1)}; at both medians "
        f"{text.probability_with_interval(median, data['probability_at_median_ci'].values.tolist())}",
        f"{text.count(int(data.attrs['draws']), 'draw')} at each of {probability.size:,} places "
        f"(sobol, seed {data.attrs['seed']}); the map is in the folder",
        *_tied(data),
    ]


def _tied(data: xr.Dataset) -> list[str]:
    tied = str(data.attrs["tied"])
    return [f"Drawn given the value, by the rank correlations (Gaussian copula): {tied}"] if tied else []
