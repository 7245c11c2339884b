"""`breakeven tornado`: the one-at-a-time tornado of the cost difference, as table, figure and folder."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from distributions import text
from studies.shared.command import answer, options
from studies.shared.command.choice import Choice

if TYPE_CHECKING:
    from sim.results.labelled import Labelled

SHOWN = 15


@click.command(
    "tornado",
    help="Which assumption of SCENARIO moves the outcome most: each input from its P10 to its P90, with all others at "
    "their medians, and with all others varying. Prints the table and writes a folder with the figures.",
    epilog="Example: breakeven tornado studies/scenarios/support_bot.toml --of probability",
)
@options.scenario
@options.of("What is moved")
@click.option(
    "--reading",
    type=Choice(("medians", "varying")),
    help="Which of the two to print; both are drawn.  [default: medians; of the probability, varying]",
)
@options.settings
@options.seed
@options.out
@options.as_json
@options.quiet
@options.request
def command(request: options.Request, output: str, reading: str | None) -> None:
    """The command; the study is `studies.tornado.analyse`."""
    started = time.monotonic()
    loaded = request.load()
    from sim import quantity
    from sim.engine.chunks import DEFAULT_SEED
    from studies.shared.command.drawing import drawing
    from studies.tornado.analysis import bars, record, spider

    wanted = quantity(loaded, output)
    # With all others at their medians one of the two is cheaper, for certain.
    main_reading = reading or ("varying" if output == "probability" else "medians")
    shapes = {name: f"studies.tornado.figures.{name}" for name in ("tornado", "spider")}
    with (
        drawing(list(shapes.values())) as pictures,
        request.place(loaded.title, kind="tornado-") as folder,
    ):
        chosen = DEFAULT_SEED if request.seed is None else request.seed
        tornados = {"medians": bars(loaded, output=output, reading="medians", seed=chosen)}
        figures = {}
        if output != "probability":
            widest = [str(name) for name in tornados["medians"]["input"].values[:6]]
            legs = spider(wanted.model, output, widest).with_more(**tornados["medians"].attrs)
            figures["tornado"] = pictures.draw(shapes["tornado"], tornados["medians"])
            figures["spider"] = pictures.draw(shapes["spider"], legs)
        tornados["varying"] = bars(loaded, output=output, reading="varying", seed=chosen)
        figures["tornado_varying"] = pictures.draw(shapes["tornado"], tornados["varying"])
        data = tornados[main_reading]
        answer.publish(folder, "tornado", loaded, record(data), data, figures, started=started)
    answer.show(folder, record(data), lambda: _lines(data), as_json=request.as_json, quiet=request.quiet)


def _lines(data: Labelled) -> list[str]:
    from studies.tornado.analysis import flips, shown, tipping, within_error

    show = (
        (lambda share: text.percent(share, 1))
        if data.attrs["output"] == "probability"
        else text.money
        if data.attrs["units"] == "USD"
        else text.number
    )
    base = float(data["base"])
    what = str(data.attrs["output_name"])
    head = [text.clean(str(data.attrs["title"]), 100)]
    if not data.sizes["input"]:
        certain = f"{what[:1].upper()}{what[1:]}: {show(base)}"
        return [*head, certain, "Every input is certain: there is nothing that could move it"]
    how = "mean over all draws" if data.attrs["reading"] == "varying" else "all inputs at their medians"
    drawn = "swing_mcse" in data
    rows: list[tuple[str, ...]] = [
        ("input", "from", "to", "unit", "output from", "to", "swing", *(["±"] if drawn else []))
    ]
    for k in shown(data)[:SHOWN]:
        low, high = float(data["low"][k]), float(data["high"][k])
        rows.append(
            (
                str(data["input"].values[k]),
                text.number(float(data["input_low"][k]), 3),
                text.number(float(data["input_high"][k]), 3),
                str(data["unit"].values[k]),
                show(low),
                show(high),
                show(abs(high - low)),
                *([show(2.0 * float(data["swing_mcse"][k]))] if drawn else []),
            )
        )
    text_lines = [
        *head,
        f"{what[:1].upper()}{what[1:]}, {how}: {show(base)}",
        "",
        *text.table(rows, indent=""),
        "",
    ]
    unsure = within_error(data)
    if unsure:
        text_lines.append(f"Not distinguishable from nothing, within their errors: {', '.join(unsure)}")
    still = len(data["input"]) - len(shown(data)) - len(unsure)
    if drawn and still:
        text_lines.append(f"{text.count(still, 'input')} {'moves' if still == 1 else 'move'} nothing")
    if tipping(data) is None:
        return text_lines
    turning = flips(data)
    return [
        *text_lines,
        f"By itself, each of these changes which of the two is cheaper: {', '.join(turning)}"
        if turning
        else "None of them by itself changes which of the two is cheaper",
    ]
