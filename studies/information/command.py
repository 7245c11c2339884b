"""`breakeven information`: what is worth finding out before deciding, in dollars."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import click

from distributions import text
from distributions.errors import Fault, UserError
from studies.shared.command import answer, completers, options
from studies.shared.names import attribute, few_draws, labeller, labels_in

if TYPE_CHECKING:
    from sim.results.labelled import LabelledArrays

SHOWN = 12
DEFAULT_DRAWS = 1 << 16


@click.command(
    "information",
    help="What is worth finding out before deciding on SCENARIO: the expected value of perfect information, of all "
    "inputs together and of each, and of testing a sample, in dollars over the horizon. Writes a folder with a figure.",
    epilog="Example: breakeven information studies/scenarios/internal_kb.toml --group prices=price.input,price.output "
    "--pilot cache.prompt_hit_rate --pilot-cost 25000",
)
@options.scenario
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="NAME=KEY,KEY",
    help="Inputs that would be learned together. Repeatable.",
)
@click.option(
    "--pilot",
    metavar="KEY",
    shell_complete=completers.keys,
    help="A share (an accuracy, a cache hit rate) that a pilot would measure on a sample of examples.",
)
@click.option(
    "--pilot-cost",
    type=options.Dollars(),
    default=0.0,
    metavar="USD",
    help="Cost of the pilot, whatever its size.",
)
@click.option(
    "--cost-per-example",
    type=options.Dollars(),
    default=0.0,
    metavar="USD",
    help="Cost of each example of the pilot.",
)
@click.option(
    "--draws",
    type=options.Whole(1024, 1 << 22),
    default=DEFAULT_DRAWS,
    metavar="N",
    help=f"Number of possible futures.  [default: {DEFAULT_DRAWS:,}]",
)
@options.settings
@options.seed
@options.out
@options.as_json
@options.quiet
@options.request
def command(
    request: options.Request,
    groups: tuple[str, ...],
    pilot: str | None,
    pilot_cost: float,
    cost_per_example: float,
) -> None:
    """The command; the study is `studies.information`."""
    started = time.monotonic()
    if pilot is None and (pilot_cost or cost_per_example):
        raise UserError(Fault("--pilot-cost", "without --pilot", "--pilot KEY: what the pilot would measure"))
    named = _groups(groups)
    loaded = request.load()
    from distributions.sampling.jit import REPLICATES
    from sim import cost_model
    from sim.engine.chunks import DEFAULT_SEED
    from sim.engine.simulate import meeting_requirements
    from sim.results.dataset import version
    from studies.information.analysis import regressed, sample, sampled
    from studies.shared.command.drawing import drawing
    from studies.shared.command.progress import progress

    strategies = meeting_requirements(loaded)
    if len(strategies) < 2:
        raise UserError(
            Fault("requirements", f"leave {len(strategies)} of the strategies", "two or more to choose from")
        )
    chosen = DEFAULT_SEED if request.seed is None else request.seed
    with (
        drawing(["studies.information.figure"]) as pictures,
        request.place(loaded.title, kind="information-") as folder,
    ):
        inputs, costs = sample(cost_model(loaded), strategies, request.draws, chosen)
        with progress("regressing", quiet=request.quiet, unit="inputs") as report:
            data = regressed(inputs, costs, named, REPLICATES, chosen, progress=report, exhaustive=True)
        if pilot is not None:
            data = data.with_more(*sampled(inputs, costs, pilot, replicates=REPLICATES, seed=chosen))
        a, b = loaded.compare
        data = data.with_more(
            title=loaded.title, compare_a=a, compare_b=b, design="sobol", discount_rate=loaded.discount_rate,
            **attribute(loaded.labels),
            horizon_months=loaded.horizon, version=version(),
        )  # fmt: skip
        summary = record(data)
        if pilot is not None:
            summary["pilot"] = _pilot(data, pilot, pilot_cost, cost_per_example)
        picture = pictures.draw("studies.information.figure", data)
        answer.publish(
            folder, "information", loaded, summary, data, {"information": picture}, started=started
        )
    answer.show(folder, summary, lambda: _lines(data, summary), as_json=request.as_json, quiet=request.quiet)


def _groups(given: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for item in given:
        name, equals, keys = item.partition("=")
        members = tuple(key.strip() for key in keys.split(",") if key.strip())
        if not equals or not name.strip() or not members:
            shown = text.clean(item, 60)
            raise UserError(
                Fault("--group", f"found '{shown}'", "NAME=KEY,KEY, such as prices=price.input,price.output")
            )
        if name.strip() in groups:
            raise UserError(Fault(f"--group {text.clean(name, 40)}", "is given twice", "each name once"))
        groups[name.strip()] = members
    return groups


def record(data: LabelledArrays) -> dict[str, Any]:
    """The study as plain numbers."""
    return {
        "evpi": float(data["evpi"]),
        "evpi_se": float(data["evpi_se"]),
        "evpi_ci95": [float(end) for end in data["evpi_ci"].values],
        "evpi_largest_share": float(data["evpi_largest_share"]),
        "evpi_pareto_k": None if math.isnan(data["evpi_pareto_k"]) else float(data["evpi_pareto_k"]),
        "evpi_rests_on_few_draws": bool(data["evpi_rests_on_few_draws"]),
        "best": data.attrs["best"],
        "strategies": str(data.attrs["strategies"]).split(", "),
        "draws": int(data.attrs["draws"]),
        "seed": data.attrs["seed"],
        "evppi": {
            str(name): {
                "value": float(data["evppi"][k]),
                "se": float(data["evppi_se"][k]),
                "null": float(data["null"][k]),
                "distinguishable": bool(data["distinguishable"][k]),
            }
            for k, name in enumerate(data["input"].values)
        },
    }


def _pilot(data: LabelledArrays, key: str, fixed: float, each: float) -> dict[str, Any]:
    """What the pilot is worth at each size, what it costs, and the size that pays best; None where none does."""
    sizes = [int(n) for n in data["examples"].values]
    evsi, errors = data["evsi"].values, data["evsi_se"].values
    cost = [fixed + each * n for n in sizes]
    net = [float(w) - c for w, c in zip(evsi, cost, strict=True)]
    best = max(range(len(sizes)), key=lambda k: net[k])
    return {
        "input": key,
        "examples": sizes,
        "evsi": [float(w) for w in evsi],
        "se": [float(error) for error in errors],
        "cost": cost,
        "best_examples": sizes[best] if net[best] > 0 else None,
        "net": net[best],
    }


def _lines(data: LabelledArrays, summary: dict[str, Any]) -> list[str]:
    labels = labels_in(data.attrs)
    label = labeller(labels)
    evpi, se = summary["evpi"], summary["evpi_se"]
    lines = [
        text.clean(str(data.attrs["title"]), 100),
        f"{label(summary['best'])} is the best choice without knowing more. Knowing every input before deciding "
        f"would save {text.money_with_error(evpi, se)} on average (EVPI).",
    ]
    if not evpi > 0:
        return [*lines, "It is the cheapest in every draw: nothing is worth finding out."]
    if summary["evpi_rests_on_few_draws"]:
        tail = {
            "quantity": "evpi",
            "largest_share": summary["evpi_largest_share"],
            "pareto_k": summary["evpi_pareto_k"],
        }
        lines.append(f"Warning: {few_draws([tail], labels)}.")
    ranked = sorted(summary["evppi"].items(), key=lambda item: -item[1]["value"])
    seen = [(name, row) for name, row in ranked if row["distinguishable"]]
    if seen:
        rows = [("known before deciding", "worth up to (USD)", "of EVPI")]
        rows += [
            (name, text.money_with_error(row["value"], row["se"]), text.percent(row["value"] / evpi))
            for name, row in seen[:SHOWN]
        ]
        lines += ["", *text.table(rows, indent=""), ""]
    unseen = len(ranked) - len(seen)
    lines.append(
        f"{text.count(unseen, 'input')} not distinguishable from 0: finding them out would change no decision"
    )
    if "pilot" in summary:
        lines.append(_verdict(summary["pilot"], summary["evppi"]))
    return lines


def _verdict(pilot: dict[str, Any], evppi: dict[str, Any]) -> str:
    key = pilot["input"]
    known = f"Knowing {key} before deciding is worth up to {text.money(evppi[key]['value'])}"
    if pilot["best_examples"] is None:
        k = pilot["evsi"].index(max(pilot["evsi"]))
        cheapest = text.money(min(pilot["cost"]))
        saved = text.money(pilot["evsi"][k])
        return f"{known}; a pilot costs {cheapest} or more and would save {saved} at most: decide now"
    k = pilot["examples"].index(pilot["best_examples"])
    return (
        f"{known}; a pilot of {pilot['examples'][k]:,} examples would save {text.money(pilot['evsi'][k])} and cost "
        f"{text.money(pilot['cost'][k])}, the size that pays best: worth {text.money(pilot['net'])} net"
    )
