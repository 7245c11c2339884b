"""What to do after a run: two or three commands that fit what it found, ready to be pasted."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from distributions import text
from studies.cli.group import COMMANDS

MOST = 3
WIDEST = 110
"""Columns that commands and reasons may take side by side."""

WIDE = 0.01
"""An interval of P(cheaper) with a larger half-width than this is worth more draws."""


def steps(
    record: Mapping[str, Any], scenario: str, settings: Sequence[str], folder: str
) -> list[tuple[str, str]]:
    """Commands, each with what it would tell; at most three, the most useful first.

    record: the content of `run.json`. settings: what `--set` gave, which the commands take too.
    """
    useful = [_more_draws(record), *_drivers(record), _information(record), _tipping(record), _advice(record)]
    given = " --set ".join(_quoted(item) for item in (scenario, *settings))
    chosen = [
        (f"breakeven {command.replace('SCENARIO', given)}", why) for command, why in filter(None, useful)
    ]
    if "report" in COMMANDS:
        report = (
            f"breakeven report {_quoted(folder)}",
            "one page for others to read, with the analyses made since",
        )
        return [*chosen[: MOST - 1], report]
    return chosen[:MOST]


def lines(suggested: Sequence[tuple[str, str]]) -> list[str]:
    """The commands with their reasons in a column beside them, or beneath where that would be too wide."""
    if not suggested:
        return []
    beside = text.table(suggested, left=2)
    if max(map(text.width, beside)) > WIDEST:
        return ["Next", *(line for command, why in suggested for line in (f"  {command}", f"      {why}"))]
    return ["Next", *beside]


def _quoted(word: str) -> str:
    """For the shell, and with nothing in it that a terminal would act upon."""
    return text.clean(shlex.quote(word))


def _more_draws(record: Mapping[str, Any]) -> tuple[str, str] | None:
    interval = record["probability_cheaper"]["ci95"]
    if interval is not None and interval[1] - interval[0] <= 2 * WIDE:
        return None
    return "run SCENARIO --tolerance 0.001", "draws on until the probability is known within 0.1 points"


def _largest(record: Mapping[str, Any]) -> str | None:
    """The largest driver; of those that are tied by a dependence, their names joined by "+"."""
    return next(iter((record.get("drivers") or {}).get("largest") or {}), None)


def _drivers(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The inputs of the largest driver that nobody has given."""
    defaulted = [key for key in (_largest(record) or "").split("+") if key in record["defaulted_inputs"]]
    return [
        (f"inputs {key}", "what spreads it most is still a default: what it is, and who says so")
        for key in defaulted[:1]
    ]


def _information(record: Mapping[str, Any]) -> tuple[str, str] | None:
    evpi = record.get("evpi")
    if not evpi:
        return None
    return "information SCENARIO", f"which of the inputs is worth finding out, of {text.money(evpi)} in all"


def _tipping(record: Mapping[str, Any]) -> tuple[str, str] | None:
    key = _largest(record)
    if key is None:
        return None
    first, *others = key.split("+")
    if others:
        return f"solve SCENARIO --for {first} --for {others[0]}", "where the answer tips, as a map"
    return f"solve SCENARIO --for {first}", "the value at which the answer tips"


def _advice(record: Mapping[str, Any]) -> tuple[str, str] | None:
    if not record["excluded"] and not record.get("warnings"):
        return None
    return "advise SCENARIO", "what the requirements leave, and which to take"
