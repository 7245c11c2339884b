"""Folders of results as a report reads them: the record, the scenario and the figures; nothing is computed again."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from distributions import text
from distributions.errors import Fault, UserError
from studies.shared.folder import intact
from studies.shared.names import LABELS, labels_in
from studies.shared.report.question import Analysis

RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
"""Names that `run` gives to folders of its own (see `run_folder.run_id`)."""

MOST_BYTES = 50_000_000
"""A record or picture beyond this is not ours; those of a run take some 40,000."""


@dataclass(frozen=True)
class Stored:
    """One folder. record: its KIND.json; scenario: the bytes of scenario.toml, or None where there is none.

    number: its place among the analyses of a report.
    """

    path: Path
    kind: str
    record: Mapping[str, Any]
    scenario: bytes | None
    number: int = 0

    @property
    def labels(self) -> Mapping[str, str]:
        """What its strategies are called."""
        return labels_in(self.record)

    def figures(self) -> Mapping[str, bytes]:
        """The SVG pictures by name, in the order of their names."""
        figures = {}
        folder = self.path / "figures"
        for file in sorted(folder.glob("*.svg")) if folder.is_dir() else ():
            content = _read(file)
            if content is not None:
                figures[file.stem] = content
        return figures

    @cached_property
    def log(self) -> str:
        """The run's log, "" where there is none."""
        return (_read(self.path / "run.log") or b"").decode(errors="replace")


@dataclass(frozen=True)
class Material:
    """All that a report is made from: the run, and the analyses of the same scenario.

    version: the version that makes the report. warnings: what could not be read, one sentence each; sections add to it.
    """

    run: Stored
    analyses: tuple[Stored, ...]
    version: str
    warnings: list[str] = field(default_factory=list)

    def of(self, kind: str) -> Stored | None:
        """The analysis of a kind that comes last: named last, else the newest."""
        analyses = self.all(kind)
        return analyses[-1] if analyses else None

    def all(self, kind: str) -> list[Stored]:
        """Every analysis of a kind that asks something of its own."""
        return [analysis for analysis in self.analyses if analysis.kind == kind]

    @property
    def record(self) -> Mapping[str, Any]:
        """The run's record."""
        return self.run.record

    @property
    def labels(self) -> Mapping[str, str]:
        """What the run's strategies are called."""
        return self.run.labels

    @cached_property
    def tables(self) -> Mapping[str, Any]:
        """The tables of scenario.toml; empty, with a warning, where it cannot be read."""
        try:
            return tomllib.loads((self.run.scenario or b"").decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
            self.warnings.append("scenario.toml could not be read: the assumptions lack values and sources")
            return {}

    @cached_property
    def pictures(self) -> Mapping[str, bytes]:
        """The run's own figures."""
        return self.run.figures()


def newest_run(path: Path) -> Path:
    """The folder itself, or, where it is that of a study, the run in it that began last by its name."""
    if (path / "run.json").is_file() or not path.is_dir():
        return path
    try:
        # A log without a run.json is a damaged run, which is not to be passed over for an older one.
        runs = [
            entry
            for entry in path.iterdir()
            if RUN_ID.fullmatch(entry.name)
            and any((entry / name).is_file() for name in ("run.json", intact.LOG))
        ]
    except OSError:
        return path
    return max(runs, key=lambda entry: entry.name, default=path)


def open_run(path: Path) -> Stored:
    """The folder of a run.

    Raises:
        UserError: there is none, it holds something else, or it is damaged; the message says what.
    """
    stored = _open(path, "RUN_FOLDER")
    if stored.kind != "run":
        raise _fault(
            path, f"is a folder of 'breakeven {stored.kind}'", "the folder of a run; give this one after it"
        )
    if not isinstance(stored.record.get("study"), dict) or "probability_cheaper" not in stored.record:
        raise _fault(path, "holds a run.json that is none of 'breakeven run'")
    _vouched(stored, "RUN_FOLDER")
    return stored


def open_analysis(path: Path, run: Stored, analyses: Mapping[str, Analysis]) -> Stored:
    """The folder of an analysis that is to go into the report of a run; of one of these, by kind.

    Raises:
        UserError: there is none, it is of another scenario, whose numbers would not belong there, or it is damaged.
    """
    stored = _open(path, "ANALYSIS_FOLDER")
    if stored.kind == "run":
        raise _fault(path, "is a run too", "one run, then folders of analyses", key="ANALYSIS_FOLDER")
    analysis = analyses.get(stored.kind)
    if analysis is None:
        allowed = "a folder of " + ", ".join(f"'breakeven {kind}'" for kind in analyses)
        problem = f"holds {stored.kind}.json, which no report shows"
        raise _fault(path, problem, allowed, key="ANALYSIS_FOLDER")
    if not analysis.of_any_scenario and stored.scenario != run.scenario:
        raise _fault(
            path, "was made from another scenario than the run", "an analysis of the same scenario.toml",
            key="ANALYSIS_FOLDER",
        )  # fmt: skip
    _vouched(stored, "ANALYSIS_FOLDER")
    # of the same scenario, and so of the same strategies
    return replace(stored, record={LABELS: run.labels, **stored.record}) if run.labels else stored


def beside(run: Stored, analyses: Mapping[str, Analysis]) -> list[Stored]:
    """The analyses, of these, in the same parent folder whose scenario.toml is the run's, byte for byte; oldest first.

    They are ordered by name, which holds the time: the same folders give the same report, whenever they were copied.

    Raises:
        UserError: one of them is damaged.
    """
    if run.scenario is None:
        return []
    opened = []
    try:
        siblings = sorted(
            entry for entry in run.path.resolve().parent.iterdir() if _named(entry.name, analyses)
        )
    except OSError:
        return []
    digest = hashlib.sha256(run.scenario).hexdigest()
    for sibling in sorted(siblings, key=lambda path: path.name.partition("-")[2]):
        # Most siblings are of other scenarios: theirs are told by the scenario alone, without reading the rest.
        # The log says so too, where the scenario was damaged.
        written = intact.listed(sibling).get("scenario.toml")
        if written != digest and _read(sibling / "scenario.toml") != run.scenario:
            continue
        kind = _held(sibling)
        if kind == "run":
            continue
        if kind is not None:
            opened.append(open_analysis(sibling, run, analyses))
        elif written is not None:
            intact.check(sibling, (), key="ANALYSIS_FOLDER")
    return opened


def chosen(
    beside: Sequence[Stored], named: Sequence[Stored], analyses: Mapping[str, Analysis]
) -> tuple[Stored, ...]:
    """What is shown: every folder that was named, and of those beside the run that ask something else the newest."""
    given = {stored.path.resolve(): stored for stored in named}

    def question(stored: Stored) -> tuple[str, ...]:
        return analyses[stored.kind].question(stored.record)

    questions = {question(stored) for stored in given.values()}
    newest = {question(stored): stored for stored in beside if question(stored) not in questions}
    shown = [*newest.values(), *given.values()]
    return tuple(replace(stored, number=number) for number, stored in enumerate(shown))


def _named(name: str, analyses: Mapping[str, Analysis]) -> bool:
    return name.partition("-")[0] in analyses and re.fullmatch(r"[a-z]+-\S+", name) is not None


def _open(path: Path, key: str) -> Stored:
    if not path.is_dir():
        raise _fault(path, "is a file" if path.exists() else "does not exist", "the folder of a run", key=key)
    kind = _held(path)
    if kind is None:
        raise _fault(
            path,
            "is no folder of results: it holds no run.json",
            "a folder that 'breakeven run' made",
            key=key,
        )
    content = _read(path / f"{kind}.json")
    if content is None:
        raise _fault(path, f"has a {kind}.json that cannot be read", key=key)
    if (path / intact.LOG).is_file():
        intact.check(path, _needed(path, kind), key=key)
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        raise _fault(path, f"has a {kind}.json that is not JSON", key=key) from None
    if not isinstance(record, dict):
        raise _fault(path, f"has a {kind}.json that is no table", key=key)
    return Stored(path, kind, record, _read(path / "scenario.toml"))


def _needed(path: Path, kind: str) -> list[str]:
    """What is read of a folder, pictures aside, and has to be vouched for; data may be gone, and then are missed."""
    names = ("scenario.toml", f"{kind}.nc")
    present = [name for name in names if (path / name).exists()]
    if kind == "run" and "scenario.toml" not in present:
        present.append("scenario.toml")
    return [f"{kind}.json", *present]


def _vouched(stored: Stored, key: str) -> None:
    """Raises UserError where there is no log to look for damage by, as `_open` does where there is one."""
    if not (stored.path / intact.LOG).is_file():
        raise _fault(stored.path, f"has no {intact.LOG}, which has the checksums of its files", key=key)


def _held(path: Path) -> str | None:
    """What the folder is of, which holds KIND.json: that of a run, else what its log names, without one any."""
    names = intact.listed(path) or sorted(file.name for file in path.glob("*.json"))
    files = [path / name for name in ("run.json", *names) if name.endswith(".json") and "/" not in name]
    return next((file.stem for file in files if file.is_file()), None)


def _read(path: Path) -> bytes | None:
    """A file's bytes; None where it is missing, cannot be read or is far too large."""
    try:
        return path.read_bytes() if path.is_file() and path.stat().st_size <= MOST_BYTES else None
    except OSError:
        return None


def _fault(path: Path, problem: str, allowed: str = "", *, key: str = "RUN_FOLDER") -> UserError:
    return UserError(Fault(key, f"'{text.clean(str(path))}' {problem}", allowed))
