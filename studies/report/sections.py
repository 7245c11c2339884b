"""The sections of a report in reading order. Each is one file with a function `section`, and one line.

The section of an analysis states beside it, as `ANALYSIS`, of which folders it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

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
    neighbours,
    pairs,
    requirements,
)
from studies.quotes import section as quotes
from studies.shared.report.question import Analysis
from studies.solve import section as tipping
from studies.sweep import section as sweep
from studies.tornado import section as tornado

SECTIONS: Mapping[str, ModuleType] = {
    "answer": answer,
    "neighbours": neighbours,
    "pairs": pairs,
    "diff": diff,
    "months": months,
    "costs": costs,
    "break-even": break_even,
    "items": items,
    "tornado": tornado,
    "drivers": drivers,
    "information": information,
    "tipping": tipping,
    "sweep": sweep,
    "futures": futures,
    "accuracy": accuracy,
    "quotes": quotes,
    "requirements": requirements,
    "audit": audit,
    "assumptions": assumptions,
    "method": method,
}
"""Id on the page to the file, whose `section` gives None where its analysis was not run."""


def shown() -> dict[str, Analysis]:
    """The analyses that have a section, by kind."""
    analyses = [part.ANALYSIS for part in SECTIONS.values() if hasattr(part, "ANALYSIS")]
    return {analysis.kind: analysis for analysis in analyses}
