"""`breakeven run` with a tolerance, and with draws kept: exit status, message and what is left behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xarray as xr

from sim import Scenario
from tests.command import ROOT, Invoke

RUN = ("run", ROOT / "studies" / "scenarios" / "internal_kb.toml", "--no-figures", "--out")


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_tolerance_within_reach(tmp_path: Path, invoke: Invoke) -> None:
    status, out, err = invoke(*RUN, tmp_path / "r", "--tolerance", "0.004", "--json")
    assert status == 0, err
    answer = json.loads(out)
    low, high = answer["probability_cheaper"]["ci95"]
    assert (high - low) / 2 <= 0.004
    assert answer["tolerance"] == {"asked": "0.004", "reached": True}


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_run_that_cannot_be_aligned_says_so_in_output_record_log_and_report(
    tmp_path: Path, invoke: Invoke
) -> None:
    # rented cards are of no account to either of the two
    inputs = Scenario.from_dict({"study": {"horizon_months": 6}}).inputs
    certain = [
        f"--set={key}={distribution.median()!r}"
        for key, distribution in inputs.items()
        if key != "gpu.hourly_rate"
    ]
    scenario = tmp_path / "s.toml"
    scenario.write_text(
        '[study]\nhorizon_months = 6\ncompare = ["rag", "prompt"]\n'
        "[inputs.gpu]\nhourly_rate = { uniform = { min = 1, max = 4 } }\n"
    )
    out = tmp_path / "r"
    status, shown, error = invoke(
        "run", scenario, *certain, "--draws=256", "--design=aligned", "--no-figures", "--out", out
    )
    assert status == 0, error
    record = json.loads((out / "run.json").read_text())
    assert record["design"] == "sobol"
    note = record["design_note"]
    assert note.startswith("plain Sobol' points in place of aligned ones")
    assert f"Design      {note}" in shown
    assert note in (out / "run.log").read_text()
    assert note.replace("'", "&#39;") in (out / "report.html").read_text()
    # the folder still verifies
    status, shown, error = invoke("run", "--verify", out)
    assert (status, error) == (0, "")
    assert "Same to the last bit" in shown


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_tolerance_out_of_reach_exits_with_3_and_says_what_was_reached(
    tmp_path: Path, invoke: Invoke
) -> None:
    more = ("--tolerance", "1e-7", "--max-draws", "20000", "--keep-draws", "100", "--quiet")
    status, _, err = invoke(*RUN, tmp_path / "r", *more)
    assert status == 3
    assert "after 20,000 draws the half-width is 0.0" in err
    with xr.open_dataset(tmp_path / "r" / "run.nc", engine="h5netcdf") as data:
        assert data.sizes["draw"] == 100
        assert json.loads(str(data["input_distribution"].values[0]))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--tolerance", "0"), "--tolerance"),
        (("--tolerance", "1 EUR"), "500 USD"),
        (("--tolerance", "0.1", "--draws", "1000"), "--max-draws"),
        (("--max-draws", "1000"), "--tolerance"),
        (("--max-seconds", "5"), "--tolerance"),
        (("--tolerance", "0.1", "--max-seconds", "-1"), "--max-seconds"),
        (("--tolerance", "0.1", "--design", "lhs"), "--design aligned, sobol or mc"),
        (("--keep-draws", "0"), "--keep-draws"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, options: tuple[str, ...], named: str, invoke: Invoke
) -> None:
    status, out, err = invoke(*RUN, tmp_path / "r", *options)
    assert (status, out) == (2, "")
    assert named in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
