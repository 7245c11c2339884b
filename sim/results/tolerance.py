"""How exact an answer has to be before drawing stops."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from distributions.errors import Fault, UserError

_FORM = re.compile(r"^\s*(\$)?\s*([0-9.eE+_-]+)\s*(USD|usd|%)?\s*$")
_ALLOWED = "0.001 (of the probability), 500 USD (of the mean difference) or 1 % (of it), each above 0"


@dataclass(frozen=True)
class Tolerance:
    """Largest half-width of a 95 % interval: of P(cheaper), or of the mean cost difference.

    on: "probability", "difference" (USD) or "relative" (a share of the mean difference).
    """

    size: float
    on: str = "probability"

    @classmethod
    def parse(cls, text: str | float) -> Tolerance:
        """From "0.001", "500 USD" ("$500") or "1 %". Raises UserError for anything else, and for 0 and below."""
        match = _FORM.match(str(text))
        try:
            size = float(match[2].replace("_", "")) if match else math.nan
        except ValueError:
            size = math.nan
        if match is None or not math.isfinite(size) or size <= 0.0:
            raise UserError(Fault("--tolerance", f"found '{text}'", _ALLOWED))
        if match[3] == "%":
            return cls(size / 100.0, "relative")
        if match[1] or match[3]:
            return cls(size, "difference")
        if size >= 1.0:
            raise UserError(
                Fault(
                    "--tolerance",
                    f"found {size:g} for a probability",
                    "below 1",
                    f"did you mean '{size:g} USD'?",
                )
            )
        return cls(size)

    def __str__(self) -> str:
        """As it is given on the command line."""
        if self.on == "probability":
            return f"{self.size:g}"
        return f"{self.size:g} USD" if self.on == "difference" else f"{100 * self.size:g} %"
