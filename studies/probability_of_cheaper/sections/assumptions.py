"""Every assumption: its density, where it comes from, whether it was left at its default; and the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from distributions import text
from distributions.inputs import cited
from studies.shared.report import distributions
from studies.shared.report.blocks import Block, Cell, Paragraph, Section, table
from studies.shared.report.stored import Material
from studies.shared.report.words import named

NAMED = 8
"""Inputs without a source that are named in a sentence; all are marked in the table."""


def section(material: Material) -> Section:
    """The ledger in sentences, rank correlations, then a row an input."""
    inputs = material.tables.get("inputs") or {}
    specs = {
        f"{group}.{name}": spec for group, names in inputs.items() if isinstance(names, dict)
        for name, spec in names.items()
    }  # fmt: skip
    stored = distributions.stored(material.run.path / "run.nc")
    if specs and not stored:
        material.warnings.append("run.nc holds no quantiles of the inputs: their densities are left out")
    blocks: list[Block] = [Paragraph(line) for line in _ledger(material.record, len(specs))]
    blocks += _dependence(material)
    marks = _marks(material.record)
    made = material.record.get("expressions") or {}
    rows = [_row(key, spec, stored.get(key), marks, made.get(key)) for key, spec in specs.items()]
    if rows:
        blocks.append(
            table(
                "Every input of the scenario: density from P0.5 to P99.5, median with P10 to P90, and source",
                ("Input", "Distribution", "Source"),
                rows,
                words=3,
            )
        )
    return Section("Every assumption", tuple(blocks))


def _ledger(record: Mapping[str, Any], inputs: int) -> Iterator[str]:
    ledger = record.get("ledger") or {}
    defaulted = len(record.get("defaulted_inputs") or ())
    if inputs:
        left = f"{defaulted} of {inputs} inputs were" if defaulted else f"None of {inputs} inputs was"
        yield f"{left} left at {'their defaults, whose sources stand below' if defaulted else 'its default'}."
    without = ledger.get("without_source") or []
    if without:
        few = [*without[:NAMED], *([f"{len(without) - NAMED} more"] if len(without) > NAMED else [])]
        yield f"Given without a source: {text.join(few)}."
    else:
        yield "No input was given without a source."
    assumed = ledger.get("assumptions") or []
    if assumed:
        yield f"{text.count(len(assumed), 'input rests', 'inputs rest')} on an assumption, and say so."
    stale = [
        f"{entry['key']} (on {entry['expires']}{', ' + entry['owner'] if entry.get('owner') else ''})"
        for entry in ledger.get("stale") or []
    ]
    yield f"Expired: {text.join(stale)}." if stale else "No figure had expired when the run was made."
    yield from (f"{note}." for note in record.get("market_notes") or ())


def _dependence(material: Material) -> Iterator[Block]:
    ties = material.tables.get("dependence") or []
    if ties:
        rows = [(" and ".join(tie["inputs"]), text.number(float(tie["rank_correlation"]), 3)) for tie in ties]
        yield table("Inputs that move together", ("Inputs", "Rank correlation (Spearman)"), rows)


def _marks(record: Mapping[str, Any]) -> Mapping[str, set[str]]:
    """The inputs that carry each mark, in the order in which marks are shown."""
    ledger = record.get("ledger") or {}
    return {
        "default": set(record.get("defaulted_inputs") or ()),
        "assumption": set(ledger.get("assumptions") or ()),
        "no source": set(ledger.get("without_source") or ()),
        "expired": {entry["key"] for entry in ledger.get("stale") or ()},
    }


def _row(
    key: str,
    spec: Any,
    distribution: distributions.Distribution | None,
    marks: Mapping[str, set[str]],
    made: Mapping[str, Any] | None,
) -> tuple[Cell | str, ...]:
    table_of = spec if isinstance(spec, Mapping) else {"value": spec}
    kept = [
        f"{name.replace('_', ' ')} {table_of[name]}"
        for name in ("owner", "as_of", "expires")
        if name in table_of
    ]
    source = Cell(
        cited(str(table_of.get("source", ""))),
        note="; ".join(kept),
        marks=tuple(mark for mark, keys in marks.items() if key in keys),
    )
    if made is not None:
        low, middle, high = (text.number(made["quantiles"][level], 3) for level in ("0.05", "0.5", "0.95"))
        ends = "" if low == high else f" (P05 {low}, P95 {high})"
        return named(key), Cell(f"{middle}{ends}", note=f"= {made['expression']}"), source
    if distribution is None:
        value = table_of.get("value")
        shown = text.number(float(value), 4) if isinstance(value, int | float) else ""
        return named(key), shown, source
    if distribution.certain:
        return named(key), Cell(text.number(distribution.at(0.5), 4), note="certain"), source
    low, middle, high = (text.number(distribution.at(level), 3) for level in (0.1, 0.5, 0.9))
    return named(key), Cell(f"{middle} ({low} to {high})", density=distribution.density()), source
