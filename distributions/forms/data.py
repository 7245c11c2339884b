"""A column of measurements: as it is, each value as likely as any other, or a family fitted to it.

The file is CSV with a header line, and lies in the scenario's folder or below it. It is read as text and numbers;
nothing in it is evaluated.
"""

from __future__ import annotations

import csv
import math
import warnings
from array import array
from pathlib import Path
from typing import Any

import numpy as np

from distributions.errors import Fault, UserError, did_you_mean
from distributions.families import family, shape_names
from distributions.law import Array
from distributions.parameters import PLAIN_NUMBER, Built, Form, Parameters, Setting, Text, shortened
from distributions.scipy_law import ScipyLaw
from distributions.steps import Steps
from distributions.support import SMALLEST_PROBABILITY, Support

MAX_BYTES = 50_000_000
MAX_ROWS = 1_000_000
EVERYWHERE = ("norm", "logistic", "gumbel_r", "gumbel_l")
ONE_SIDED = ("lognorm", "gamma", "weibull_min", "invgauss", "expon")
TWO_SIDED = ("beta",)


class Column(Parameters):
    """A column of a CSV file; fit: a family of scipy.stats, or "best" of the usual ones by AIC."""

    file: Text
    column: Text
    fit: Text | None = None

    def build(self, setting: Setting) -> Built:
        """The values as they are, or the family fitted to them by maximum likelihood."""
        path = _located(self.file, setting.folder)
        values = read_column(path, self.column, self.file)
        if values[0] == values[-1]:
            raise UserError(
                Fault("column", f"every value of {self.column} is {values[0]:g}", hint=PLAIN_NUMBER)
            )
        if self.fit is None:
            return Built(Steps(values), f"{values.size:,} values of {self.column} in {self.file}")
        law, said = fitted(values, self.fit, setting.support)
        return Built(law, f"{said} to {values.size:,} values of {self.column} in {self.file}")


def _located(file: str, folder: Path | None) -> Path:
    """The file's real path, which has to lie in the folder (the current one where None) after links are followed."""
    base = (folder or Path.cwd()).resolve()
    problem = ""
    try:
        path = (base / file).resolve()
        if not path.is_relative_to(base):
            raise UserError(
                Fault(
                    "file",
                    f'"{shortened(file, 200)}" lies outside the scenario\'s folder',
                    "a file in it or below",
                )
            )
        if path.is_dir():
            problem = "is a folder"
        elif not path.exists():
            problem = "does not exist"
        elif not path.is_file():
            problem = "is not a regular file"
        elif path.stat().st_size > MAX_BYTES:
            problem = f"has {path.stat().st_size / 1e6:,.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read"
    except (OSError, ValueError) as error:  # a name too long, or with a NUL
        problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if problem:
        hint = ""
        if problem == "does not exist" and path.parent.is_dir():
            hint = did_you_mean(path.name, [other.name for other in path.parent.iterdir()])
        raise UserError(Fault("file", f'"{shortened(file, 200)}" {problem}', "a CSV file", hint))
    return path


def read_column(path: Path, column: str, shown: str = "") -> Array:
    """The finite numbers of one column, sorted.

    Raises:
        UserError: not readable as CSV, no such column, a cell that is no number (with its row), under two rows.
    """
    shown = shown or path.name
    values = array("d")
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = csv.reader(lines, strict=True)
            header = [name.strip() for name in next(rows, [])]
            if not header:
                raise UserError(Fault("file", f'"{shown}" is empty', "a header line and rows of numbers"))
            if column not in header:
                names = ", ".join(shortened(name) for name in header[:12])
                raise UserError(
                    Fault(
                        "column",
                        f'{shown} has no column "{shortened(column)}"',
                        names,
                        did_you_mean(column, header),
                    )
                )
            at = header.index(column)
            for row in rows:
                if not row:
                    continue
                if len(values) == MAX_ROWS:
                    raise UserError(
                        Fault(
                            "file",
                            f'"{shown}" has more than {MAX_ROWS:,} rows',
                            hint="a random tenth serves as well",
                        )
                    )
                values.append(_cell(row[at] if at < len(row) else "", shown, column, rows.line_num))
    except UnicodeDecodeError as error:
        raise UserError(
            Fault("file", f'"{shown}" is not UTF-8 text: byte {error.start}', "a CSV file")
        ) from None
    except csv.Error as error:
        raise UserError(Fault("file", f'"{shown}", row {rows.line_num}: {error}', "a CSV file")) from None
    except OSError as error:
        raise UserError(Fault("file", f'"{shown}" cannot be read: {error.strerror}')) from None
    if len(values) < 2:
        found = "one row" if values else "no rows"
        raise UserError(Fault("file", f'{found} below the header of "{shown}"', "two or more", PLAIN_NUMBER))
    return np.sort(np.frombuffer(values))


def _cell(text: str, shown: str, column: str, row: int) -> float:
    where = f"{shown}, row {row}, column {shortened(column)}"
    try:
        value = float(text)
    except ValueError:
        found = f'found "{shortened(text)}"' if text.strip() else "the cell is empty"
        hint = "a decimal point, not a comma" if text.count(",") == 1 else ""
        raise UserError(Fault("column", f"{where}: {found}", "a number in every row", hint)) from None
    if not math.isfinite(value):
        raise UserError(Fault("column", f'{where}: found "{shortened(text)}"', "finite numbers"))
    return value


def fitted(values: Array, fit: str, support: Support) -> tuple[ScipyLaw, str]:
    """A family fitted by maximum likelihood, and what was done in words, goodness of fit included.

    "best" takes the least AIC of the usual families that keep within the support; one-sided ones start at the
    support's lower end (0 where it has none and all values are above 0).
    """
    low = support.lower if math.isfinite(support.lower) else 0.0
    if fit != "best":
        found = _fit(values, fit, low, support)
        if found is None:
            raise UserError(
                Fault("fit", f"{fit} cannot be fitted to these values", 'another family, or "best"')
            )
        return found[0], f"{_in_words(values, *found)} fitted"
    names: tuple[str, ...] = EVERYWHERE
    if values[0] > low:
        names += ONE_SIDED
    if math.isfinite(support.lower) and math.isfinite(support.upper):
        names += TWO_SIDED
    fits = [item for name in names if (item := _fit(values, name, low, support)) is not None]
    fits = [item for item in fits if max(support.mass_outside(item[0])) <= SMALLEST_PROBABILITY]
    if not fits:
        raise UserError(
            Fault("fit", "no usual family fits within the support", hint="leave fit out: the data as it is")
        )
    best = min(fits, key=lambda item: item[1])
    others = ", ".join(name for name in names if name != best[0].family)
    return best[0], f"{_in_words(values, *best)} fitted, the best by AIC (also tried: {others}),"


def _fit(values: Array, name: str, low: float, support: Support) -> tuple[ScipyLaw, float] | None:
    """The family's maximum-likelihood fit and its AIC; None where there is none."""
    found = family(name, "fit")
    fixed: dict[str, Any] = {}
    if name in ONE_SIDED and values[0] > low:
        fixed = {"floc": low}
    elif name in TWO_SIDED and math.isfinite(support.lower) and math.isfinite(support.upper):
        fixed = {"floc": support.lower, "fscale": support.upper - support.lower}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            *shapes, loc, scale = (float(value) for value in found.fit(values, **fixed))
            law = ScipyLaw(name, tuple(zip(shape_names(found), shapes, strict=True)), loc, scale)
            likelihood = float(np.sum(law.frozen.logpdf(values)))
    except (ValueError, RuntimeError, ArithmeticError):  # scipy's FitError and its kin
        return None
    aic = 2 * (len(shapes) + 2 - len(fixed)) - 2 * likelihood
    return (law, aic) if math.isfinite(aic) else None


def _in_words(values: Array, law: ScipyLaw, aic: float) -> str:
    """Parameters, AIC and the Kolmogorov-Smirnov distance."""
    cdf = np.asarray(law.cdf(values))
    steps = np.arange(values.size + 1) / values.size
    distance = max(float(np.max(steps[1:] - cdf)), float(np.max(cdf - steps[:-1])))
    parameters = ", ".join(
        f"{key} {value:.4g}" for key, value in (*law.shapes, ("loc", law.loc), ("scale", law.scale))
    )
    return f"{law.family} ({parameters}; AIC {aic:.6g}, Kolmogorov-Smirnov distance {distance:.3g})"


FORM = Form("data", (Column,))
