"""What `breakeven fit` prints."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributions import text

if TYPE_CHECKING:
    from distributions.fitting.csv_column import Selection
    from distributions.inputs import Input
    from studies.fit.analysis import Report

MOST_STORED = 1_000_000
"""What the form data reads."""
WIDTH = 110


def lines(
    report: Report, selection: Selection, record: dict[str, Any], line: str, item: Input | None
) -> list[str]:
    """What the command prints: summary, families, verdict and notes, quantiles, and the line to paste."""
    values = report.values
    where = "".join(f", {key} = {value}" for key, value in record["where"].items())
    unit = f" {record['unit']}" if record["unit"] and record["unit"] != "1" else ""
    ends = text.numbers_apart(values[[0, -1]].tolist(), 4)
    shown = [
        text.clean(f"{record['column']} of {Path(record['file']).name}{where}", 200),
        f"{text.count(values.size, 'value')} from {' to '.join(ends)}{unit}, "
        f"mean {text.numbers_apart([record['mean'], record['mean'] + record['sd']], 4)[0]}, "
        f"standard deviation {text.number(record['sd'])}",
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
        shown += [f"For a scenario{f', under [inputs.{item.group}]' if item else ''}:", f"  {line}"]
        if report.spec is None:
            shown.append("The file has to lie in the scenario's folder or below.")
    elif values.size > MOST_STORED:
        shown.append(
            f"The form data reads at most {MOST_STORED:,} rows: give it a random sample of the values."
        )
    else:
        shown.append("With --out the selected values are stored as values.csv, which the form data reads.")
    return shown


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
        left = "come close to" if report.best.refused else "do not refuse"
        subject = "that" if report.best.refused else "the values"
        return [
            f"{report.best.name} is the best: least AIC of the families that the input allows and {subject} {left}"
            f"{' the values' if report.best.refused else ''}."
        ]
    refused = all(family.refused for family in report.families)
    finding = (
        "No family fits: the values refuse every one (p of D or A² under 0.01)."
        if refused
        else "The values refuse the family of least AIC (p of D or A² under 0.01), and two parts fit better than all."
    )
    if report.mixture is not None:
        low, high = (text.percent(weight) for weight in report.mixture.spec["mixture"]["weights"])
        return [
            finding,
            f"Two parts fit (AIC {report.mixture_aic:,.1f}): {low} of the values in the lower, {high} in the upper. "
            "Ask what tells them apart: if your case is one of them, fit that one with --where.",
        ]
    return [finding, "Take the values as they are (the form data), or a mixture whose parts you know."]


def _quantile_table(report: Report) -> list[str]:
    quantiles = report.quantiles()
    data = [value for value, _ in quantiles.values()]
    fitted = [value for _, value in quantiles.values() if value is not None]
    rows = [["", *map(text.level, quantiles)], ["data", *text.numbers_apart(data)]]
    if fitted:
        refused = "" if report.best or report.mixture else " (refused)"
        rows.append([f"{report.name}{refused}", *text.numbers_apart(fitted)])
    return text.table(rows)
