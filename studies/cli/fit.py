"""`breakeven fit`: a distribution from a column of measurements, tested, with the line for a scenario."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from distributions.errors import Fault, UserError
from studies import text
from studies.cli import options

if TYPE_CHECKING:
    from distributions.csv_column import Selection
    from distributions.inputs import Input
    from distributions.support import Support
    from studies.fit import Report

MOST_VALUES = 10_000_000
MOST_STORED = 1_000_000
"""What the form data reads."""
WIDTH = 110


@click.command(
    "fit",
    help="Fit the usual families to a column of DATA.csv, rank them by AIC, test them, and print the line for a "
    "scenario. With --out the folder holds the record, the plot of quantiles and the values.",
    epilog="Example: breakeven fit latency.csv --column ms --where region=eu --key latency.rag --unit ms",
)
@click.argument("data", metavar="DATA.csv")
@click.option("--column", metavar="C", help="The column of numbers, by its name in the header.")
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Only rows that have this. Repeatable.",
)
@click.option("--unit", metavar="U", help="What the numbers are counted in.  [default: the input's own unit]")
@click.option(
    "--key", metavar="INPUT", help="The input that it is for, such as gpu.hourly_rate: sets its bounds."
)
@click.option("--out", metavar="DIR", help="Folder to make for record, figure and values.  [default: none]")
@options.as_json
def command(
    data: str, column: str | None, conditions: tuple[str, ...], unit: str | None, key: str | None, out: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """The command; the study is `studies.fit.analyse`."""
    if column is None:
        raise UserError(
            Fault("--column", "is missing", hint="name the column of numbers as in the file's header")
        )
    where = [_condition(item) for item in conditions]
    item = options.known_input(key) if key is not None else None
    support, shown_unit = _bounds(item, unit)
    selection = _read(data, column, where, support)
    from studies.fit import analyse, record
    from studies.publish.contents import document

    report = analyse(selection, support, key=key or "value")
    line = _line(report, data, column, selection, where, item, shown_unit, out)
    found = {
        "file": data, "column": column, "where": dict(where), "unit": unit or (item.unit if item else None),
        "input": item.key if item else None, "rows": selection.rows,
        "left_out": {"by_condition": selection.unmatched, "empty": selection.empty},
        **record(report), "line": line,
    }  # fmt: skip
    if out is not None:
        _publish(out, found, report, column, shown_unit or (item.unit if item else ""), Path(data).name)
    if as_json:
        click.echo(document(found), nl=False)
        return
    for words in _lines(report, selection, found, line, item):
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
        factor = units.factor(unit, item.unit)
    except UserError as error:
        raise _renamed(error, {"unit": "--unit"}) from None
    return (support, None) if factor == 1 else (support.scaled(1 / factor), unit)


def _read(data: str, column: str, where: list[tuple[str, str]], support: Support) -> Selection:
    from distributions.csv_column import check_file, read_column

    try:
        check_file(Path(data), data)
        found = read_column(
            Path(data),
            column,
            Path(data).name,
            most=MOST_VALUES,
            where=where,
            support=support,
            skip_empty=True,
        )
    except UserError as error:
        raise _renamed(error, {"file": "DATA.csv", "column": "--column", "where": "--where"}) from None
    if found.values[0] == found.values[-1]:
        problem = f"all {found.values.size:,} values of {text.clean(column, 40)} are {found.values[0]:g}"
        raise UserError(Fault("--column", problem, hint="for a value without spread give a plain number"))
    return found


def _renamed(error: UserError, names: dict[str, str]) -> UserError:
    """The same faults under the names of the command's options."""
    return UserError(*(replace(fault, key=names.get(fault.key, fault.key)) for fault in error.faults))


def _line(
    report: Report,
    data: str,
    column: str,
    selection: Selection,
    where: list[tuple[str, str]],
    item: Input | None,
    unit: str | None,
    out: str | None,
) -> str:
    """The line for a scenario; "" where only the stored values could stand for the selection."""
    name = Path(data).name
    spec: dict[str, Any]
    if report.spec is not None:
        spec = dict(report.spec)
        how = "two parts by maximum likelihood"
        if report.best is not None:
            how = f"least AIC of {len(report.families)} families"
    else:
        part = selection.unmatched or selection.empty
        stored = part and out is not None
        if (part and not stored) or report.values.size > MOST_STORED:
            return ""
        spec = {"data": {"file": "values.csv" if stored else name, "column": column}}
        how = "as measured"
    if unit is not None:
        spec["unit"] = unit
    chosen = "".join(f", {key} = {value}" for key, value in where)
    spec["source"] = text.clean(
        f"{name}: {column}{chosen}; {text.count(report.values.size, 'value')}, {how}", 300
    )
    return options.input_line(item, spec)


def _lines(
    report: Report, selection: Selection, found: dict[str, Any], line: str, item: Input | None
) -> list[str]:
    values = report.values
    where = "".join(f", {key} = {value}" for key, value in found["where"].items())
    unit = f" {found['unit']}" if found["unit"] and found["unit"] != "1" else ""
    said = [
        text.clean(f"{found['column']} of {Path(found['file']).name}{where}", 200),
        f"{text.count(values.size, 'value')} from {text.number(values[0])} to {text.number(values[-1])}{unit}, mean "
        f"{text.number(found['mean'])}, standard deviation {text.number(found['sd'])}",
        _left_out(selection),
        "",
        *_family_table(report),
        "",
        *(line for words in (*_verdict(report), *report.notes) for line in textwrap.wrap(words, WIDTH)),
        "",
        *_quantile_table(report),
        "",
    ]
    if line:
        said += [f"For a scenario{f', under [inputs.{item.group}]' if item else ''}:", f"  {line}"]
        if report.spec is None:
            said.append("The file has to lie in the scenario's folder or below.")
    elif values.size > MOST_STORED:
        said.append(
            f"The form data reads at most {MOST_STORED:,} rows: give it a random sample of the values."
        )
    else:
        said.append("With --out the selected values are stored as values.csv, which the form data reads.")
    return said


def _left_out(selection: Selection) -> str:
    parts = []
    if selection.unmatched:
        parts.append(f"{selection.unmatched:,} by --where")
    if selection.empty:
        parts.append(f"{selection.empty:,} with nothing in the column")
    rows = f"of {text.count(selection.rows, 'row')}"
    return f"Left out {rows}: {text.join(parts)}" if parts else f"Nothing left out {rows}"


def _family_table(report: Report) -> list[str]:
    boot = any(family.p for family in report.families)
    rows = [("family", "AIC", "KS D", "p", "AD A²", "p")]
    for family in report.families:
        outside = "" if family.fit.admissible else f"  ({text.percent(family.fit.outside, 1)} outside)"
        p = family.p
        ks = _p(p.ks) if p else f"{'' if family.ks_known < 0.001 else '≤ '}{_p(family.ks_known)}"
        rows.append(
            (
                family.name + outside,
                f"{family.fit.aic:,.1f}",
                f"{family.ks:.3f}",
                ks,
                f"{family.ad:.2f}" if family.ad < 1e4 else f"{family.ad:.1e}",
                _p(p.ad) if p else "–",
            )
        )
    how = "Under 0.01: the values speak against the family."
    if boot:
        how += " p is the share of 200 samples of the fit that, fitted again, lie as far off."
    if not all(family.p for family in report.families):
        how += (
            " p after ≤ or <, where no A² has one, is that of a family known beforehand; with fitted parameters it "
            "is smaller still."
        )
    return [*text.table(rows), *(f"  {line}" for line in textwrap.wrap(how, WIDTH - 2))]


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _verdict(report: Report) -> list[str]:
    if report.best is not None:
        return [
            f"{report.best.name} is the best: least AIC of the families that the input allows and the values do "
            "not refuse."
        ]
    said = ["No family fits: the values refuse every one (p of D under 0.01)."]
    if report.mixture is not None:
        low, high = (text.percent(weight) for weight in report.mixture.spec["mixture"]["weights"])
        return [
            said[0],
            f"Two parts fit (AIC {report.mixture_aic:,.1f}): {low} of the values in the lower, {high} in the upper. "
            "Ask what tells them apart: if your case is one of them, fit that one with --where.",
        ]
    return [*said, "Take the values as they are (the form data), or a mixture whose parts you know."]


def _quantile_table(report: Report) -> list[str]:
    import numpy as np

    from studies.fit import LEVELS

    rows = [["", *(f"P{100 * q:02.0f}" for q in LEVELS)]]
    rows.append(["data", *(text.number(float(np.quantile(report.values, q)), 3) for q in LEVELS)])
    law = report.law
    if law is not None:
        name = (
            report.best.name
            if report.best
            else "two parts"
            if report.mixture
            else f"{report.families[0].name} (refused)"
        )
        rows.append([name, *(text.number(float(law.ppf(q)), 3) for q in LEVELS)])
    return text.table(rows)


def _publish(out: str, found: dict[str, Any], report: Report, column: str, unit: str, name: str) -> None:
    import csv
    import io

    from studies.figures import quantile_plot, style
    from studies.publish.contents import document

    with options.place(out, "fit") as folder:
        folder.write("fit.json", document(found).encode())
        if report.values.size <= MOST_STORED:
            buffer = io.StringIO()
            writer = csv.writer(buffer, lineterminator="\n")
            writer.writerow([column])
            writer.writerows([value] for value in report.values.tolist())
            folder.write("values.csv", buffer.getvalue().encode())
        if report.law is not None:
            figure = quantile_plot.draw(quantile_plot.dataset(report, column, unit, name))
            for extension, content in style.rendered(figure).items():
                folder.write(f"figures/quantile_plot.{extension}", content)
        folder.publish()
