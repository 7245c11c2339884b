"""What is to be computed, as plain numbers: the parent writes it to a file, the peers read it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

STRATEGIES = ("prompt", "rag", "tuned_hosted", "tuned_self_hosted", "hybrid")

Distribution = tuple[str, tuple[float, ...]]
"""Family and parameters:

"lognormal" (mu, sigma) of the logarithm; "normal" (mean, sd); "uniform" (low, high); "triangular" (min, mode, max);
"beta" (a, b, low, width); "gamma" (shape, scale); "discrete" (values …, weights …), as many of each.
"""


@dataclass(frozen=True)
class Problem:
    """The distributions of the uncertain inputs, the values of the certain ones, and what is asked.

    linked, cholesky: inputs that go through the Gaussian copula, and the lower factor of their correlation.
    """

    horizon: int
    rate: float
    compare: tuple[str, str]
    certain: dict[str, float]
    distributions: dict[str, Distribution]
    linked: tuple[str, ...]
    cholesky: tuple[tuple[float, ...], ...]

    @property
    def discount(self) -> list[float]:
        """What a dollar of month 0 … H is worth at month 0."""
        return [(1 + self.rate) ** (-month / 12) for month in range(self.horizon + 1)]

    @property
    def pair(self) -> tuple[int, int]:
        """Positions of the two strategies that are compared."""
        a, b = (STRATEGIES.index(name) for name in self.compare)
        return a, b

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Problem:
        """From the JSON that `write` wrote."""
        found = json.loads(path.read_text(encoding="utf-8"))
        found["distributions"] = {
            key: (family, tuple(p)) for key, (family, p) in found["distributions"].items()
        }
        for name in ("compare", "linked", "cholesky"):
            found[name] = tuple(tuple(item) if isinstance(item, list) else item for item in found[name])
        return cls(**found)


def halves(p: tuple[float, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Values and weights of a discrete distribution."""
    return p[: len(p) // 2], p[len(p) // 2 :]
