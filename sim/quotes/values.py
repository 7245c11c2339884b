"""One uncertain value of a quote's file, read where it stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributions.errors import UserError
from distributions.spec import Marginal, marginal
from distributions.support import Support
from distributions.tables.lines import KeyPath
from distributions.tables.reading import key_text
from sim.scenario.faults import Faults


@dataclass(frozen=True)
class Values:
    """Reads values and leaves their faults in `faults`.

    broken: places whose fault is known already. folder: of the quote's file, where files of measurements lie.
    """

    faults: Faults
    broken: Collection[KeyPath]
    folder: Path | None

    def read(self, path: KeyPath, value: Any, unit: str | None, support: Support) -> Marginal | None:
        """The value at a place; None where it is at fault."""
        if path in self.broken:
            return None
        try:
            return marginal(value, key=key_text(path), unit=unit, support=support, folder=self.folder)
        except UserError as error:
            self.faults.take(error, path)
            return None
