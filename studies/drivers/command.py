"""`breakeven drivers`: which assumptions spread the outcome, with intervals, as table, figure and folder."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from distributions import text
from distributions.errors import Fault, UserError
from studies.shared.command import answer, options
from studies.shared.command.choice import Choice
from studies.shared.command.progress import progress
from studies.shared.inputs import parts
from studies.shared.names import attribute, output_label

if TYPE_CHECKING:
    from sim.results.labelled import Labelled

SHOWN = 15
METHODS = ("sobol", "shapley", "morris", "delta", "pawn", "rbd_fast", "regional")
"""As in `studies.drivers.METHODS`, which a help text should not have to import; a test holds them together."""


@click.command(
    "drivers",
    help="Which assumptions of SCENARIO spread the outcome: the share of its variance that each input answers for, "
    "by itself and with its interactions, with 95 % intervals. Prints the table and writes a folder with the figure.",
    epilog="Example: breakeven drivers studies/scenarios/support_bot.toml --of probability",
)
@options.scenario
@click.option(
    "--method",
    type=Choice(METHODS),
    default="sobol",
    show_default=True,
    help="sobol: shares of variance. shapley: the same, fair under dependence. morris: quick screening. delta, pawn: "
    "on the whole distribution. rbd_fast: first order only. regional: where along an input.",
)
@options.of("What is to be explained")
@click.option(
    "--base-samples",
    type=options.Whole(1, 1 << 26),
    metavar="N",
    help="Size of the design. sobol, shapley: points of each of 16 nets, a power of two; morris: trajectories; others: "
    "draws.  [default: the method's own]",
)
@click.option("--second-order", is_flag=True, help="With sobol: pairs of inputs too; twice the work.")
@click.option(
    "--tolerance",
    type=float,
    metavar="HALF-WIDTH",
    help="With sobol: go on until every total-order index is known this closely (0.01). Exit status 3 where it is not "
    "reached.",
)
@click.option(
    "--estimator",
    type=Choice(("streamed", "salib")),
    default="streamed",
    show_default=True,
    help="With sobol: sums taken as the model runs, or SALib's own over all rows, kept.",
)
@options.settings
@options.seed
@options.threads
@options.out
@options.as_json
@options.quiet
@options.request
def command(
    request: options.Request,
    method: str,
    output: str,
    base_samples: int | None,
    second_order: bool,
    tolerance: float | None,
    estimator: str,
) -> int:
    """The command; the study is `studies.drivers.analyse`."""
    started = time.monotonic()
    extra = _settings(method, second_order, tolerance, estimator, request.threads)
    loaded = request.load()
    from sim import quantity
    from sim.engine.chunks import DEFAULT_SEED
    from sim.results.dataset import version
    from sim.scenario.sources import ASSUMED, UNSOURCED, ledger
    from studies.drivers.analysis import ranked, record
    from studies.drivers.text import resting_on
    from studies.shared.command.drawing import drawing

    wanted = quantity(loaded, output)
    with (
        drawing(["studies.drivers.figure"]) as pictures,
        request.place(loaded.title, kind="drivers-") as folder,
    ):
        with progress(
            "evaluating", quiet=request.quiet, unit="evaluations", open_ended=tolerance is not None
        ) as report:
            if method in ("sobol", "shapley"):
                extra["progress"] = report
            data = ranked(
                wanted.model,
                wanted.name,
                method,
                base_samples,
                DEFAULT_SEED if request.seed is None else request.seed,
                **extra,
            )
        a, b = loaded.compare
        units = {name: item.unit for name, item in loaded.known.items()}
        each = ["; ".join(units[key] for key in parts(name, units)) for name in data["input"].values.tolist()]
        data = data.with_more(
            coords={"unit": ("input", each)},
            title=loaded.title, compare_a=a, compare_b=b, units=wanted.units,
            label=output_label(output, a, b, loaded.labels),
            discount_rate=loaded.discount_rate, horizon_months=loaded.horizon, version=version(),
            **attribute(loaded.labels),
        )  # fmt: skip
        entries = ledger(loaded)
        rests = {
            kind: resting_on(data, {entry.key for entry in entries if entry.kind == kind})
            for kind in (ASSUMED, UNSOURCED)
        }
        summary = record(data) | {"variance_resting_on": rests}
        answer.publish(
            folder,
            "drivers",
            loaded,
            summary,
            data,
            {"drivers": pictures.draw("studies.drivers.figure", data)},
            started=started,
            detail=f" ({method}, {output})",
        )
    answer.show(
        folder,
        summary,
        lambda: [*lines(data), *_resting(rests)],
        as_json=request.as_json,
        quiet=request.quiet,
    )
    return 0 if data.attrs.get("tolerance_reached", 1) else 3


def _settings(
    method: str, second_order: bool, tolerance: float | None, estimator: str, threads: int | None
) -> dict[str, Any]:
    """What the method is told beside the size; options of another method are the user's error."""
    given = {
        "--second-order": second_order,
        "--tolerance": tolerance is not None,
        "--estimator": estimator == "salib",
    }
    for name, used in given.items():
        if used and method != "sobol":
            raise UserError(Fault(name, f"does not go with --method {method}", "--method sobol"))
    settings: dict[str, Any] = {}
    if method == "sobol":
        settings = {"second_order": second_order, "tolerance": tolerance, "estimator": estimator}
    if method in ("sobol", "shapley"):
        settings["threads"] = threads
    return settings


def _resting(rests: Mapping[str, float | None]) -> list[str]:
    """How much of the variance rests on what has no source; nothing for a method that has no shares."""
    from sim.scenario.sources import ASSUMED, UNSOURCED

    without, assumed = rests[UNSOURCED], rests[ASSUMED]
    if without is None or assumed is None:
        return []
    return [
        f"Of the variance, {text.percent(without)} rests on inputs given without a source and "
        f"{text.percent(assumed)} on assumptions"
    ]


def lines(data: Labelled) -> list[str]:
    """The table of the largest, and what to know of it."""
    from studies.drivers.text import RANKED_BY, finding, order

    method = data.attrs["method"]
    columns = [
        str(name)
        for name, values in data.items()
        if values.dims == ("input",) and values.values.dtype.kind == "f" and not str(name).endswith("_ci")
    ]
    head = ["input"]
    for column in columns:
        head += [column.replace("_", " "), "±"] if f"{column}_ci" in data else [column.replace("_", " ")]
    rows = [head]
    ranked = order(data)
    for k in ranked[:SHOWN]:
        row = [str(data["input"].values[k])]
        for column in columns:
            value = float(data[column][k])
            if f"{column}_ci" in data:
                width = float(data[f"{column}_ci"][k])
                decimals = min(max(text.decimals_for(width / 2), 0), 4)
                row += [f"{value:.{decimals}f}", f"{width:.{decimals}f}"]
            else:
                # a group has no figure of this kind
                row.append("" if math.isnan(value) else text.number(value, 3))
        rows.append(row)
    few = "few_events" in data.attrs
    unseen = 0 if few else len(data["input"]) - len(ranked)
    text_lines = [text.clean(str(data.attrs["title"]), 100), f"{finding(data)}."]
    if few:
        reason = str(data.attrs["few_events"])
        text_lines.append(f"{reason[:1].upper()}{reason[1:]}")
    else:
        text_lines += ["", *text.table(rows, indent=""), ""]
    if len(ranked) > SHOWN:
        text_lines.append(f"{text.count(len(ranked) - SHOWN, 'smaller input')} not shown")
    if unseen:
        measure = RANKED_BY[method].replace("_", " ")
        text_lines.append(
            f"{text.count(unseen, 'input')} not distinguishable from nothing by their {measure}"
        )
    if data.attrs.get("ranking"):
        text_lines.append(str(data.attrs["ranking"]).capitalize())
    if not few and "estimable" in data and not bool(data["estimable"].values.all()):
        names = [str(name) for name in data["input"].values[~data["estimable"].values]]
        text_lines.append(f"Not estimable, for the error does not fall with more samples: {', '.join(names)}")
    if not data.attrs.get("tolerance_reached", 1):
        text_lines.append(f"The tolerance {data.attrs['tolerance']:g} was not reached")
    text_lines.append(f"{int(data.attrs['evaluations']):,} evaluations, seed {data.attrs['seed']}")
    return text_lines
