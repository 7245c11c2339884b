"""The scenarios a page can show: those shipped, the file the server was started with, and uploads while it runs."""

from __future__ import annotations

import tomllib
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from distributions import text
from distributions.errors import Fault, UserError
from distributions.tables.text_file import SIZE_LIMIT
from sim.scenario.scenario import Scenario
from studies.web import file_kind

SHIPPED = Path(__file__).parent.parent / "scenarios"
MOST_UPLOADS = 100
"""Kept at once; the oldest is forgotten first."""

DIGITS = 10
"""Of a digest, in a name."""


@dataclass
class Library:
    """Scenarios by the name that a link has: `given` is the file of the command line, if there was one.

    `default` is the name of what is shown first.
    The name of one that is not shipped ends in a digest of it: another scenario under the same file name is another.
    """

    given: Path | None = None
    default: str = "support_bot"
    _loaded: dict[str, Scenario] = field(default_factory=dict)
    _uploads: OrderedDict[str, Scenario] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        """Load the scenario of the command line, so that its faults show before the server starts."""
        if self.given is not None:
            scenario = Scenario.load(self.given)
            plain = "".join(c if c.isalnum() or c in "_-" else "_" for c in self.given.stem) or "scenario"
            self.default = f"{plain}-{scenario.digest[:DIGITS]}"
            self._loaded[self.default] = scenario

    def names(self) -> list[str]:
        """What can be asked for, in the order of the picker."""
        first = [self.default] if self.given is not None else []
        return [*first, *self._uploads, *self.shipped()]

    def titles(self) -> dict[str, str]:
        """Titles by name, of uploads and all others, on one line each."""
        return {name: text.clean(self.scenario(name).title, 80) for name in self.names()}

    def scenario(self, name: str) -> Scenario:
        """A scenario by its name; KeyError where there is none."""
        if name in self._uploads:
            return self._uploads[name]
        if name not in self._loaded:
            if name not in self.shipped():
                raise KeyError(name)
            self._loaded[name] = Scenario.load(SHIPPED / f"{name}.toml")
        return self._loaded[name]

    def upload(self, content: bytes, file: str) -> str:
        """Take a scenario file and give its name; the same scenario has the same name.

        Raises UserError with what `breakeven check` says of it. Data files are not there to be read.
        """
        scenario = _parsed(content, text.clean(file, 60))
        name = f"upload-{scenario.digest[:DIGITS]}"
        self._uploads[name] = scenario
        self._uploads.move_to_end(name)
        while len(self._uploads) > MOST_UPLOADS:
            self._uploads.popitem(last=False)
        return name

    @staticmethod
    def shipped() -> list[str]:
        """The names of those that every server has."""
        names = sorted(path.stem for path in SHIPPED.glob("*.toml"))
        return sorted(names, key=lambda name: name != "support_bot")


def _parsed(content: bytes, file: str) -> Scenario:
    import tempfile

    if len(content) > SIZE_LIMIT:
        raise UserError(Fault("", too_large(len(content)), file=file))
    # Read as a file, so that its faults have lines and the words of the command line.
    with tempfile.TemporaryDirectory(prefix="breakeven-") as folder:
        path = Path(folder) / "scenario.toml"
        path.write_bytes(content)
        try:
            scenario = Scenario.load(path)
        except UserError as error:
            raise UserError(*(_renamed(fault, str(path), file) for fault in error.faults)) from None
    titled = tomllib.loads(content.decode()).get("study", {})
    if "title" not in titled:
        from dataclasses import replace

        scenario = replace(scenario, title=Path(file).stem)
    return scenario


def _renamed(fault: Fault, path: str, file: str) -> Fault:
    from dataclasses import replace

    return replace(
        fault,
        file=fault.file.replace(path, file),
        problem=fault.problem.replace(path, file),
        hint=fault.hint.replace(path, file),
    )


def wrong_kind(file: str, media_type: str) -> Fault:
    """What is said of a file whose name is none of a scenario. media_type: what the browser takes it for, or ""."""
    what = text.clean(file_kind.kind(file, media_type), 80)
    allowed = "a scenario: a TOML file, whose name ends in .toml"
    return Fault("", f"is {what}, not a scenario", allowed, file=text.clean(file, 60))


def too_large(size: int) -> str:
    """What is said of a file over the limit."""
    return f"has {size:,} bytes; allowed: at most {SIZE_LIMIT:,} bytes"
