"""A scenario inside a link: its file as a run writes it, compressed, behind the `#`, which no request carries."""

from __future__ import annotations

import base64
import binascii
import zlib

from distributions.errors import Fault, UserError
from distributions.tables.text_file import SIZE_LIMIT
from distributions.tables.writing import to_toml
from sim.scenario.scenario import Scenario, from_data

KEY = "scenario="
PLACE = "the link"
"""In messages."""

LONGEST = 30_000
"""Characters: browsers take more, but what passes links on does not always; a usual scenario has 5,000."""


def fragment(scenario: Scenario) -> str:
    """What stands behind the `#`; "" for a scenario that no link can hold, as `reason` says."""
    if reason(scenario):
        return ""
    return _packed(scenario)


def reason(scenario: Scenario) -> str:
    """Why no link can hold a scenario, or ""."""
    if any(from_data(distribution.spec) for distribution in scenario.inputs.values()):
        return "a value is read from a data file, which no link can hold"
    if len(_packed(scenario)) > LONGEST:
        return f"the scenario is longer than the {LONGEST:,} characters that a link may have"
    return ""


def carried(behind: str) -> bytes | None:
    """The scenario file in what stands behind a link's `#`; None where there is none.

    Raises UserError where it was cut off or changed on its way.
    """
    text = behind.removeprefix("#")
    if not text.startswith(KEY):
        return None
    problem = "the scenario in it is damaged, perhaps cut off; nothing of the link is applied"
    damaged = Fault("", problem, file=PLACE)
    packed = text.removeprefix(KEY)
    if len(packed) > LONGEST:
        raise UserError(damaged)
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(
            base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), SIZE_LIMIT
        )
    except (ValueError, binascii.Error, zlib.error):
        raise UserError(damaged) from None
    if not unpacking.eof:
        raise UserError(damaged)
    return content


def _packed(scenario: Scenario) -> str:
    content = zlib.compress(to_toml(scenario.tables()).encode(), 9)
    return KEY + base64.urlsafe_b64encode(content).decode().rstrip("=")
