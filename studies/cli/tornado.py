"""`breakeven tornado`: the one-at-a-time tornado of the cost difference, as table, figure and folder."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from studies import text
from studies.cli import options

if TYPE_CHECKING:
    import xarray as xr

SHOWN = 15


@click.command(
    "tornado",
    help="Which assumption of SCENARIO moves the cost difference most: each input from its P10 to its "
    "P90 with all others "
    "at their medians. Prints the table and writes a folder with the figure.",
    epilog="Example: breakeven tornado studies/scenarios/support_bot.toml --set workload.annual_growth=0",
)
@options.scenario
@options.settings
@options.out
@options.as_json
@options.quiet
def command(scenario: str, settings: tuple[str, ...], out: str | None, as_json: bool, quiet: bool) -> None:
    """The command; the study is `studies.tornado.analyse`."""
    started = time.monotonic()
    loaded = options.load(scenario, settings)
    from studies.publish import contents
    from studies.tornado import analyse, record

    with options.place(out, loaded.title, kind="tornado-") as folder:
        data = analyse(loaded)
        from studies.figures import tornado as figure
        from studies.figures.style import rendered

        contents.write(
            folder,
            name="tornado",
            record=record(data),
            data=data,
            tables=loaded.tables(),
            figures=[("tornado", rendered(figure.draw(data)))],
            log=[f"tornado after {time.monotonic() - started:.3f} s"],
        )
        folder.publish()
    if as_json:
        click.echo(contents.document(record(data)), nl=False)
    elif quiet:
        click.echo(str(folder.final))
    else:
        for line in _lines(data):
            click.echo(line)
    if not quiet:
        click.echo(f"Results: {options.shown(folder.final)}", err=as_json)


def _lines(data: xr.Dataset) -> list[str]:
    from studies.tornado import flips

    a, b = (text.label(str(data.attrs[end])) for end in ("compare_a", "compare_b"))
    base = float(data["base"])
    rows = [("input", "from", "to", "unit", "difference from", "to", "swing")]
    for k, name in enumerate(data["input"].values[:SHOWN]):
        low, high = float(data["low"][k]), float(data["high"][k])
        if low == high:
            break
        rows.append(
            (
                str(name),
                text.number(float(data["input_low"][k]), 3),
                text.number(float(data["input_high"][k]), 3),
                str(data["unit"].values[k]),
                text.money(low),
                text.money(high),
                text.money(abs(high - low)),
            )
        )
    turning = flips(data)
    return [
        text.clean(str(data.attrs["title"]), 100),
        f"Cost of {a} minus that of {b}, all inputs at their medians: {text.money(base)}",
        "",
        *text.table(rows, indent=""),
        "",
        f"By itself, each of these changes which of the two is cheaper: {', '.join(turning)}"
        if turning
        else "None of them by itself changes which of the two is cheaper",
    ]
