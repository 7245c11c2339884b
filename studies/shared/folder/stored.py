"""A run's folder read again: whole, unaltered, of a version that is understood, or refused with the reason."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributions.errors import Fault, UserError
from studies.shared.folder import intact
from studies.shared.folder.run_folder import PARTIAL

if TYPE_CHECKING:
    import xarray as xr

FILES = ("run.json", "run.nc", "scenario.toml")
"""What a run is made of; the log vouches for them."""


@dataclass(frozen=True)
class Stored:
    """A run as its folder has it. scenario: the file, with every default written out."""

    record: Mapping[str, Any]
    data: xr.Dataset
    scenario: Path


def read(folder: Path, option: str = "--verify") -> Stored:
    """What lies in the folder of a finished run. Raises UserError for anything else."""

    def refuse(problem: str, allowed: str = "the folder of a finished run", hint: str = "") -> UserError:
        return UserError(Fault(option, f"'{folder}' {problem}", allowed, hint))

    from studies.shared.folder import netcdf

    if not folder.is_dir():
        raise refuse("is a file" if folder.exists() else "does not exist")
    if PARTIAL.match(folder.resolve().name):
        raise refuse("is what a run that was stopped left behind")
    intact.check(folder, FILES, key=option, allowed="the folder of a finished run")
    try:
        record = json.loads((folder / "run.json").read_bytes())
        _check(record)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise refuse("has a run.json that is not that of a run") from error
    from sim.results.dataset import version

    if _newer(record["version"], version()):
        raise refuse(
            f"is of breakeven {record['version']}", f"of {version()}, or older", "install that version"
        )
    try:
        data = netcdf.read(folder / "run.nc")
    except OSError as error:
        raise refuse("has a run.nc that cannot be read") from error
    return Stored(record, data, folder / "scenario.toml")


def _check(record: Any) -> None:
    """Raises unless the record says what is needed to run it again."""
    for key, kind in (("version", str), ("seed", int), ("draws", int), ("design", str), ("versions", dict)):
        if not isinstance(record[key], kind):
            raise TypeError(key)


def _newer(theirs: str, ours: str) -> bool:
    """Whether a version is later than another, by the numbers in front; an unknown one is not."""
    numbers = [
        tuple(int(part) for part in re.match(r"[0-9.]*", text.split("+")[0])[0].split(".") if part)  # type: ignore[index]
        for text in (theirs, ours)
    ]
    return ours != "0+unknown" and numbers[0] > numbers[1]
