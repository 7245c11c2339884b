"""What lies in a folder of results: summary, dataset, scenario as it was run, figures, log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from distributions.records import Record, plain
from sim.results.labelled import Labelled, LabelledArrays
from studies.shared.folder.run_folder import RunFolder


def document(record: Mapping[str, Any] | Record) -> str:
    """A record as JSON text: UTF-8, indented, numbers that do not exist (NaN, infinity) as null."""
    return json.dumps(plain(record), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def scenario_text(tables: Mapping[str, Any]) -> str:
    """Tables of a scenario as TOML, one line for each input."""
    from distributions.tables.writing import to_toml

    return to_toml(tables)


def write(
    folder: RunFolder,
    *,
    name: str,
    record: Mapping[str, Any] | Record,
    data: Labelled,
    tables: Mapping[str, Any] | None,
    figures: Iterable[tuple[str, Mapping[str, bytes]]] = (),
    log: Iterable[str] = (),
    keep_draws: int | None = None,
    files: Mapping[str, bytes] | None = None,
) -> None:
    """Fills a claimed folder: `name`.json, `name`.nc, scenario.toml (of `tables`), figures/*, run.log, and `files`.

    Figures come as (file name, {extension: bytes}) and may be made while this consumes them. The draws
    themselves (dimension "draw") are left out of the dataset unless so many are to be kept: they hardly
    compress, and seed and scenario give them again.
    """
    from studies.shared.folder import netcdf

    folder.write(f"{name}.json", document(record).encode())
    others = dict(files or {})
    if tables is not None:
        others = {"scenario.toml": scenario_text(tables).encode(), **others}
    for file, content in others.items():
        folder.write(file, content)
    arrays = LabelledArrays.of(data)
    stored = arrays.without("draw") if keep_draws is None else arrays.isel(draw=slice(keep_draws))
    netcdf.write(stored, folder.path / f"{name}.nc")
    drawn = []
    for figure, formats in figures:
        for extension, content in formats.items():
            drawn.append(f"figures/{figure}.{extension}")
            folder.write(drawn[-1], content)
    write_log(folder, log, (f"{name}.json", f"{name}.nc", *others, *drawn))


def write_log(folder: RunFolder, log: Iterable[str], files: Iterable[str]) -> None:
    """Writes run.log: the lines, and the checksum of each file, by which `intact` tells damage later."""
    sums = [f"sha256 {checksum(folder.path / file)} {file}" for file in files]
    folder.write("run.log", "".join(f"{line}\n" for line in (*log, *sums)).encode())


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
