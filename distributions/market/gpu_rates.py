"""Hourly rates of rented GPUs by accelerator and market: quantiles of list prices, and how to make such a table.

The rows behind `gpu_rates.toml` are offers, not purchases. Specialists and hyperscalers are two markets on demand,
which no single family fits, so the market is a choice. Within one, the distribution is the log metalog through P10,
P50 and P90; how far it is from the offers is in the table. `python -m distributions.market.gpu_rates OFFERS.csv`
prints one's own.
"""

from __future__ import annotations

import csv
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from distributions.errors import Fault, UserError, did_you_mean
from distributions.spec import marginal
from distributions.support import Support

HYPERSCALERS = ("aws", "azure", "gcp", "oci")
MARKETS = ("on_demand", "specialist", "spot")
"""on_demand: hyperscalers; specialist: other clouds, on demand; spot: any cloud's interruptible offers."""

LEAST = 4
"""Fewer offers have no distribution."""

COLUMNS = ("cloud", "region", "instance", "accelerator", "per_gpu_usd_per_hour", "kind")
_TABLE = Path(__file__).with_name("gpu_rates.toml")


@dataclass(frozen=True)
class Rates:
    """List prices of one accelerator in one market, USD per GPU-hour.

    offers: how many. ks: greatest distance between their distribution function and that of `value`. left_out: offers
    that look like placeholders and were not used.
    """

    accelerator: str
    market: str
    offers: int
    least: float
    p10: float
    p50: float
    p90: float
    greatest: float
    ks: float
    left_out: int = 0

    @property
    def value(self) -> dict[str, Any]:
        """The distribution, as in a scenario file."""
        return {"quantiles": {"p10": self.p10, "p50": self.p50, "p90": self.p90}}

    @property
    def description(self) -> str:
        """What the figures are, as an input's source says it."""
        table = _document()
        unused = f", {self.left_out} more left out as placeholders" if self.left_out else ""
        return (
            f"{table['source']}, {table['as_of']}: {self.offers} offers of {self.accelerator} ({self.market}), "
            f"{self.least:g} to {self.greatest:g} USD{unused}; P10, P50 and P90 of them, at most {self.ks:g} off (KS)"
        )


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


def rates(accelerator: str, market: str = "on_demand") -> Rates:
    """The rates of an accelerator, whatever its case and dashes, in a market.

    Raises UserError, with keys "gpu" and "gpu_market", for one that the table does not have, naming those it has.
    """
    table = [Rates(**row) for row in _document()["rates"]]
    if market not in MARKETS:
        raise UserError(
            Fault("gpu_market", f"found '{market:.60}'", ", ".join(MARKETS), did_you_mean(market, MARKETS))
        )
    names = {_plain(row.accelerator): row.accelerator for row in table}
    names |= {_plain(name).split("80gb")[0]: name for name in names.values()}
    if _plain(accelerator) not in names:
        hint = did_you_mean(_plain(accelerator), names)
        raise UserError(
            Fault("gpu", f"no rates of '{accelerator:.60}'", ", ".join(sorted(set(names.values()))), hint)
        )
    name = names[_plain(accelerator)]
    for row in table:
        if (row.accelerator, row.market) == (name, market):
            return row
    has = ", ".join(row.market for row in table if row.accelerator == name)
    raise UserError(Fault("gpu_market", f"too few {market} offers of {name} to say what they cost", has))


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


def summarise(offers: Iterable[Mapping[str, str]]) -> list[Rates]:
    """The table of offers, rows with the columns of `COLUMNS`.

    Left out, and counted: a hyperscaler's spot offers at the on-demand price of the same region and instance, or at
    exactly a tenth of it, which are what a catalogue holds where there is no market. Nothing else is trimmed.

    Raises UserError for a missing column, or a price that is no number above 0, with its row.
    """
    groups: dict[tuple[str, str], list[float]] = {}
    unused: dict[tuple[str, str], int] = {}
    rows = []
    for number, row in enumerate(offers, start=2):
        missing = [name for name in COLUMNS if row.get(name) is None]
        if missing:
            raise UserError(Fault(f"row {number}", f"lacks {', '.join(missing)}", ", ".join(COLUMNS)))
        try:
            price = float(row["per_gpu_usd_per_hour"])
        except ValueError:
            price = float("nan")
        if not 0.0 < price < float("inf"):
            price_text = row["per_gpu_usd_per_hour"]
            raise UserError(
                Fault(f"row {number}: per_gpu_usd_per_hour", f"found '{price_text:.40}'", "a number above 0")
            )
        rows.append((row, price))
    on_demand = {_place(row): price for row, price in rows if row["kind"] == "on_demand"}
    for row, price in rows:
        spot = row["kind"] == "spot"
        market = "spot" if spot else "on_demand" if row["cloud"] in HYPERSCALERS else "specialist"
        key = (row["accelerator"], market)
        listed = on_demand.get(_place(row)) if spot and row["cloud"] in HYPERSCALERS else None
        if listed is not None and any(
            abs(price - share * listed) < 1e-3 * share * listed for share in (1.0, 0.1)
        ):
            unused[key] = unused.get(key, 0) + 1
        else:
            groups.setdefault(key, []).append(price)
    return [
        _summary(*key, np.sort(np.array(prices)), unused.get(key, 0))
        for key, prices in sorted(groups.items())
        if len(prices) >= LEAST
    ]


def _place(row: Mapping[str, str]) -> tuple[str, str, str]:
    # A spot offer names its zone after the instance.
    return row["cloud"], row["region"], row["instance"].partition("(")[0].partition("[")[0].strip()


def _summary(accelerator: str, market: str, prices: Any, left_out: int) -> Rates:
    p10, p50, p90 = (float(f"{q:.4g}") for q in np.quantile(prices, [0.1, 0.5, 0.9]))
    record = Rates(accelerator, market, prices.size, prices[0], p10, p50, p90, prices[-1], 0.0, left_out)
    below = np.asarray(marginal(record.value, support=Support(lower=0.0)).cdf(prices))
    steps = np.arange(prices.size + 1) / prices.size
    ks = float(max((steps[1:] - below).max(), (below - steps[:-1]).max()))
    return Rates(
        accelerator, market, prices.size, float(f"{prices[0]:.4g}"), p10, p50, p90, float(f"{prices[-1]:.4g}"),
        round(ks, 3), left_out,
    )  # fmt: skip


def _write(records: Iterable[Rates]) -> str:
    lines = []
    for row in records:
        cells = ", ".join(
            f'{name} = "{x}"' if isinstance(x, str) else f"{name} = {x}" for name, x in vars(row).items()
        )
        lines.append(f"    {{ {cells} }},")
    return "\n".join(["rates = [", *lines, "]", ""])


if __name__ == "__main__":
    with Path(sys.argv[1]).open(newline="", encoding="utf-8") as file:
        sys.stdout.write(_write(summarise(csv.DictReader(file))))
