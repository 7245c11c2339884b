"""`breakeven fit`: a distribution from a column of measurements, tested, with the line for a scenario."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from distributions import text
from distributions.errors import Fault, UserError
from studies.fit import text as fit_text
from studies.shared.command import completers, options

if TYPE_CHECKING:
    from distributions.fitting.csv_column import Selection
    from distributions.inputs import Input
    from distributions.support import Support
    from studies.fit.analysis import Report

MOST_VALUES = 10_000_000


@click.command(
    "fit",
    help="Fit the usual families to a column of DATA.csv, rank them by AIC, test them, and print the line for a "
    "scenario. With --out the folder holds the record, the plot of quantiles and the values.",
    epilog="Example: breakeven fit latency.csv --column ms --where region=eu --key latency.rag --unit ms",
)
@click.argument("data", metavar="DATA.csv", shell_complete=completers.files)
@click.option(
    "--column", metavar="C", help="The column of numbers, by its name in the header.  [default: the only one]"
)
@click.option(
    "--decimal",
    metavar="MARK",
    default=".",
    help="The decimal mark, . or ,  With a comma, cells are separated by ; or tabs.  [default: .]",
)
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Only rows that have this. Repeatable.",
)
@click.option("--unit", metavar="U", help="What the numbers are counted in.  [default: the input's own unit]")
@click.option(
    "--key",
    metavar="INPUT",
    shell_complete=completers.keys,
    help="The input that it is for, such as gpu.hourly_rate: sets its bounds.",
)
@click.option("--out", metavar="DIR", help="Folder to make for record, figure and values.  [default: none]")
@options.as_json
def command(
    data: str, column: str | None, decimal: str, conditions: tuple[str, ...], unit: str | None, key: str | None,
    out: str | None, as_json: bool,
) -> None:  # fmt: skip
    """The command; the study is `studies.fit.analyse`."""
    where = [_condition(item) for item in conditions]
    item = options.known_input(key) if key is not None else None
    support, shown_unit = _bounds(item, unit)
    selection = _read(data, column, where, support, decimal)
    column = selection.column
    if item is not None and item.mean_over:
        raise UserError(_single_values(item, selection, unit, data))
    from studies.fit.analysis import analyse
    from studies.shared.folder.contents import document

    report = analyse(selection, support, key=key or "value")
    line = _line(report, data, selection, where, item, shown_unit, out, decimal)
    record = {
        "file": data, "column": column, "where": dict(where), "unit": unit or (item.unit if item else None),
        "input": item.key if item else None, "rows": selection.rows,
        "left_out": {"by_condition": selection.unmatched, "empty": selection.empty},
        **report.to_dict(), "line": line,
    }  # fmt: skip
    if out is not None:
        _publish(out, record, report, column, shown_unit or (item.unit if item else ""), Path(data).name)
    if as_json:
        click.echo(document(record), nl=False)
        return
    for words in fit_text.lines(report, selection, record, line, item):
        click.echo(words)


def _condition(item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not equals or not name.strip():
        raise UserError(
            Fault("--where", f"found '{text.clean(item, 60)}'", "COLUMN=VALUE, such as kind=on_demand")
        )
    return name.strip(), value.strip()


def _bounds(item: Input | None, unit: str | None) -> tuple[Support, str | None]:
    """What the numbers may be, in their own unit, and the unit to write beside the form, if any."""
    from distributions import units
    from distributions.kinds.conversion import conversion
    from distributions.support import Support

    support = item.support if item else Support()
    if item is not None and support.integer:
        hint = "leave --key out, or give it as discrete = { values = [1, 2], weights = [0.6, 0.4] }"
        raise UserError(
            Fault("--key", f"{item.key} takes whole numbers, which no fitted family gives", hint=hint)
        )
    if unit is None:
        return support, None
    try:
        if item is None:
            units.quantity(unit)
            return support, unit
        converted = conversion(unit, item.unit, item.conversion)
    except UserError as error:
        raise _renamed(error, {"unit": "--unit"}) from None
    return (converted.before(support), unit) if converted else (support, None)


def _single_values(item: Input, selection: Selection, unit: str | None, data: str) -> Fault:
    """That single values do not stand for a mean, and the mean with its standard error, which does.

    Costs are linear in the mean. A family fitted to single values is wrong twice: its median is taken for the mean, and
    the spread of single values for how little is known of the mean.
    """
    from distributions import units

    values = selection.values
    mean, error = float(values.mean()), float(values.std(ddof=1) / values.size**0.5)
    digits = max(text.decimals_for(error), 0)
    # A normal that reaches below 0 would be refused there; a lognormal of the same mean and sd stays above.
    form = "normal" if mean > 6 * error or item.support.lower < 0 else "lognormal"
    spec: dict[str, Any] = {form: {"mean": round(mean, digits), "sd": float(f"{error:.2g}")}}
    if unit is not None and units.factor(unit, item.unit) != 1:
        spec["unit"] = unit
    spec["source"] = text.clean(
        f"{Path(data).name}: {selection.column}; mean of {text.count(values.size, 'value')} with its standard error",
        300,
    )
    return Fault(
        "--key",
        f"{item.key} is a mean over {item.mean_over}: a family fitted to single values has another mean, and the "
        "spread of single values is not the error of their mean",
        "the mean with its standard error",
        f"under [inputs.{item.group}]: {options.input_line(item, spec)}",
    )


def _read(
    data: str, column: str | None, where: list[tuple[str, str]], support: Support, decimal: str
) -> Selection:
    from distributions.fitting.csv_column import check_file, read_column

    try:
        check_file(Path(data), data)
        selection = read_column(
            Path(data),
            column,
            Path(data).name,
            most=MOST_VALUES,
            where=where,
            support=support,
            skip_empty=True,
            decimal=decimal,
        )
    except UserError as error:
        names = {"file": "DATA.csv", "column": "--column", "where": "--where", "decimal": "--decimal"}
        raise _renamed(error, names) from None
    values, name = selection.values, text.clean(selection.column, 40)
    if values[0] == values[-1]:
        problem = f"all {values.size:,} values of {name} are {values[0]:g}"
        raise UserError(Fault("--column", problem, hint="for a value without spread give a plain number"))
    largest = max(abs(float(values[0])), abs(float(values[-1])))
    if not 1e-100 < largest < 1e100:
        problem = f"the values reach {largest:g}, whose squares no number holds"
        raise UserError(
            Fault("--column", problem, "up to 1e+100, and above 1e-100", "count them in another unit")
        )
    return selection


def _renamed(error: UserError, names: dict[str, str]) -> UserError:
    """The same faults under the names of the command's options."""
    return UserError(*(replace(fault, key=names.get(fault.key, fault.key)) for fault in error.faults))


def _line(
    report: Report,
    data: str,
    selection: Selection,
    where: list[tuple[str, str]],
    item: Input | None,
    unit: str | None,
    out: str | None,
    decimal: str,
) -> str:
    """The line for a scenario; "" where only the stored values could stand for the selection."""
    name, column = Path(data).name, selection.column
    spec: dict[str, Any]
    if report.spec is not None:
        spec = dict(report.spec)
        how = "two parts by maximum likelihood"
        if report.best is not None:
            how = f"least AIC of {len(report.families)} families"
    else:
        part = selection.unmatched or selection.empty
        stored = part and out is not None
        if (part and not stored) or report.values.size > fit_text.MOST_STORED:
            return ""
        spec = {"data": {"file": "values.csv" if stored else name, "column": column}}
        if decimal != "." and not stored:
            spec["data"]["decimal"] = decimal
        how = "as measured"
    if unit is not None:
        spec["unit"] = unit
    chosen = "".join(f", {key} = {value}" for key, value in where)
    spec["source"] = text.clean(
        f"{name}: {column}{chosen}; {text.count(report.values.size, 'value')}, {how}", 300
    )
    return options.input_line(item, spec)


def _publish(out: str, record: dict[str, Any], report: Report, column: str, unit: str, name: str) -> None:
    import csv
    import io

    from studies.fit import figure as quantile_plot
    from studies.shared import style
    from studies.shared.folder.contents import document

    with options.place(out, "fit") as folder:
        folder.write("fit.json", document(record).encode())
        if report.values.size <= fit_text.MOST_STORED:
            buffer = io.StringIO()
            writer = csv.writer(buffer, lineterminator="\n")
            writer.writerow([column])
            writer.writerows([value] for value in report.values.tolist())
            folder.write("values.csv", buffer.getvalue().encode())
        if report.distribution is not None:
            figure = quantile_plot.draw(report, column, unit, name)
            for extension, content in style.rendered(figure).items():
                folder.write(f"figures/quantile_plot.{extension}", content)
        folder.publish()
