"""The sections of a report in reading order. Each is one file with a function `section`, and one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from studies.accuracy import section as accuracy
from studies.audit import section as audit
from studies.diff import section as diff
from studies.discover import section as futures
from studies.drivers import section as drivers
from studies.information import section as information
from studies.probability_of_cheaper.sections import (
    answer,
    assumptions,
    break_even,
    costs,
    items,
    method,
    months,
    requirements,
)
from studies.quotes import section as quotes
from studies.shared.report.blocks import Section
from studies.shared.report.stored import Material
from studies.solve import section as tipping
from studies.sweep import section as sweep
from studies.tornado import section as tornado

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
