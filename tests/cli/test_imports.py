"""What takes long to import is not imported by commands that do not need it, as users wait for it each time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.command import ROOT, spawn

SCENARIO = ROOT / "studies/scenarios/support_bot.toml"
NEVER = {"xarray", "pandas", "dask", "distributed", "h5netcdf", "scipy.stats", "SALib", "pint", "nicegui"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "left_out"),
    [
        (["run", "--draws", "4096", "--no-figures"], {"matplotlib", "scipy.interpolate"}),
        (["tornado"], {"scipy.interpolate"}),
        (["drivers", "--base-samples", "64"], {"scipy.interpolate"}),
        (["information", "--draws", "2048"], set[str]()),
    ],
)
def test_a_command_imports_only_what_it_uses(
    arguments: list[str], left_out: set[str], tmp_path: Path
) -> None:
    line = [arguments[0], str(SCENARIO), *arguments[1:], "--quiet", "--out", str(tmp_path / "out")]
    script = (
        f"import sys\nfrom studies.cli import main\nassert main({line!r}) == 0\n"
        f"needless = {NEVER | left_out!r} & set(sys.modules)\nassert not needless, needless\n"
    )
    done = spawn([sys.executable, "-c", script], ROOT)
    assert done.returncode == 0, done.stderr.decode()
