"""The sections of a report in reading order. Each is one file with a function `section`, and one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from studies.publish.report.blocks import Section
from studies.publish.report.sections import (
    accuracy,
    answer,
    assumptions,
    audit,
    break_even,
    costs,
    diff,
    drivers,
    futures,
    information,
    items,
    method,
    months,
    quotes,
    requirements,
    sweep,
    tipping,
    tornado,
)
from studies.publish.report.stored import Material

SECTIONS: Mapping[str, Callable[[Material], Section | None]] = {
    "answer": answer.section,
    "diff": diff.section,
    "months": months.section,
    "costs": costs.section,
    "break-even": break_even.section,
    "items": items.section,
    "tornado": tornado.section,
    "drivers": drivers.section,
    "information": information.section,
    "tipping": tipping.section,
    "sweep": sweep.section,
    "futures": futures.section,
    "accuracy": accuracy.section,
    "quotes": quotes.section,
    "requirements": requirements.section,
    "audit": audit.section,
    "assumptions": assumptions.section,
    "method": method.section,
}
"""Id on the page to the function that makes the section, or gives None where its analysis was not run."""
