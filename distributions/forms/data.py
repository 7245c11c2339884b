"""A column of measurements: as it is, each value as likely as any other, or a family fitted to it.

The file is CSV with a header line, and lies in the scenario's folder or below it. It is read as text and numbers;
nothing in it is evaluated.
"""

from __future__ import annotations

from pathlib import Path

from distributions.distribution import Array
from distributions.errors import Fault, UserError
from distributions.fitting.csv_column import POINT, check_file, read_column
from distributions.fitting.fit import Fit, best_fit, fit_family, ks_distance, usual_families
from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.kinds.steps import Steps
from distributions.parameters import PLAIN_NUMBER, Built, Form, Parameters, Setting, Text
from distributions.support import Support
from distributions.text import clean

MAX_BYTES = 50_000_000
MAX_ROWS = 1_000_000


class Column(Parameters):
    """A column of a CSV file; fit: a family of scipy.stats, or "best" of the usual ones by AIC.

    column: may be left out where there is only one. decimal: "," where the file has decimal commas.
    """

    file: Text
    column: Text | None = None
    fit: Text | None = None
    decimal: Text | None = None

    def build(self, setting: Setting) -> Built:
        """The values as they are, or the family fitted to them by maximum likelihood."""
        path = _located(self.file, setting.folder)
        selection = read_column(path, self.column, self.file, most=MAX_ROWS, decimal=self.decimal or POINT)
        values, column = selection.values, selection.column
        if values[0] == values[-1]:
            raise UserError(Fault("column", f"every value of {column} is {values[0]:g}", hint=PLAIN_NUMBER))
        if self.fit is None:
            return Built(Steps(values), f"{values.size:,} values of {column} in {self.file}")
        distribution, description = fitted(values, self.fit, setting.support)
        return Built(distribution, f"{description} to {values.size:,} values of {column} in {self.file}")


def _located(file: str, folder: Path | None) -> Path:
    """The file's real path, which has to lie in the folder (the current one where None) after links are followed."""
    base = (folder or Path.cwd()).resolve()
    try:
        path = (base / file).resolve()
        inside = path.is_relative_to(base)
    except (OSError, ValueError) as error:  # a name too long, or with a NUL
        problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise UserError(Fault("file", f'"{clean(file, 200)}" {problem}', "a CSV file")) from None
    if not inside:
        problem = f'"{clean(file, 200)}" lies outside the scenario\'s folder'
        raise UserError(Fault("file", problem, "a file in it or below"))
    check_file(path, file, MAX_BYTES)
    return path


def fitted(values: Array, fit: str, support: Support) -> tuple[ScipyDistribution, str]:
    """A family fitted by maximum likelihood, and what was done in words, goodness of fit included.

    "best" takes the least AIC of the usual families that keep within the support.
    """
    if fit != "best":
        family_fit = fit_family(values, fit, support)
        if family_fit is None:
            raise UserError(
                Fault("fit", f"{fit} cannot be fitted to these values", 'another family, or "best"')
            )
        return family_fit.distribution, f"{_in_words(values, family_fit)} fitted"
    best = best_fit(values, support)
    others = ", ".join(name for name in usual_families(values, support) if name != best.distribution.family)
    return best.distribution, f"{_in_words(values, best)} fitted, the best by AIC (also tried: {others}),"


def _in_words(values: Array, fit: Fit) -> str:
    """Parameters, AIC and the Kolmogorov-Smirnov distance."""
    distribution = fit.distribution
    parameters = ", ".join(
        f"{key} {value:.4g}"
        for key, value in (*distribution.shapes, ("loc", distribution.loc), ("scale", distribution.scale))
    )
    distance = ks_distance(values, distribution)
    return (
        f"{distribution.family} ({parameters}; AIC {fit.aic:.6g}, Kolmogorov-Smirnov distance {distance:.3g})"
    )


FORM = Form("data", (Column,), reads_file=True)
