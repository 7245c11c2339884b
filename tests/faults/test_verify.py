"""`run --verify`: a run made again is the same to the last bit, and whatever is not is named."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr

from studies.cli import main
from studies.probability_of_cheaper import verify
from studies.shared.folder.contents import checksum
from tests.command import Invoke, support_bot
from tests.small import make_small

pytestmark = pytest.mark.slow

SCENARIO = support_bot(
    more="""
[[dependence]]
inputs = ["workload.queries_per_month", "serve.peak_to_mean"]
rank_correlation = 0.5
"""
)


def made(place: Path, *arguments: str) -> Path:
    (place / "bot.toml").write_text(SCENARIO)
    given = [
        "run",
        str(place / "bot.toml"),
        "--out",
        str(place / "run"),
        "--no-figures",
        "--quiet",
        *arguments,
    ]
    assert main(given) in (0, 3)
    return place / "run"


@pytest.fixture(scope="module", autouse=True)
def few() -> Iterator[None]:
    """The drivers of each run, made twice, take most of its time."""
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("finished"), "--draws", "20_000")


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    """A finished run to spoil."""
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def seal(run: Path) -> None:
    """Makes the log vouch for what now lies in the folder."""
    log = (run / "run.log").read_text()
    for name in ("run.json", "run.nc", "scenario.toml"):
        log = re.sub(rf"sha256 \w+ {re.escape(name)}", f"sha256 {checksum(run / name)} {name}", log)
    (run / "run.log").write_text(log)


def nudge(run: Path, variable: str, change: Callable[[Any], Any]) -> None:
    """Changes the first number of a variable of run.nc."""
    with h5py.File(run / "run.nc", "r+") as file:
        values = file[variable][...]
        flat = values.reshape(-1)
        flat[0] = change(flat[0])
        file[variable][...] = values
    seal(run)


def as_if_of(run: Path, **changes: Any) -> None:
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**record, **changes}))
    seal(run)


# --- the same again


@pytest.mark.parametrize(
    "arguments",
    [
        ("--draws", "20_000", "--threads", "2"),
        ("--draws", "40_001", "--design", "mc", "--seed", "0"),
        ("--draws", "5000", "--design", "lhs", "--seed", "9223372036854775807"),
        ("--tolerance", "0.004", "--max-draws", "1e6"),
        ("--tolerance", "1e-9", "--max-draws", "70_000"),
        ("--draws", "3000", "--keep-draws", "1234"),
        ("--draws", "20_000", "--keep-draws", "18_000", "--set", "price.input={ normal = { mean = 9, sd = 1 } }"),
        ("--draws", "1"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_run_made_again_has_the_same_bits(
    arguments: tuple[str, ...], tmp_path: Path, invoke: Invoke
) -> None:
    run = made(tmp_path, *arguments)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    status, out, err = invoke("run", "--verify", run, "--threads", "1")
    assert (status, err) == (0, ""), out
    count = re.search(r"Same to the last bit: all ([\d,]+) numbers", out)
    assert count is not None
    assert int(count[1].replace(",", "")) > 15_000
    # Nothing is written, nothing is touched.
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_the_answer_as_json_and_in_silence(finished: Path, invoke: Invoke) -> None:
    status, out, err = invoke("run", "--verify", finished, "--json")
    record = json.loads(out)
    assert (status, err, record["same"], record["differences"], record["versions"]) == (0, "", True, [], {})
    assert invoke("run", "--verify", finished, "--quiet") == (0, "", "")


# --- not the same


def one_bit_up(value: Any) -> Any:
    return np.nextafter(value, np.inf)


@pytest.mark.parametrize(
    "variable", ["cost_mean", "probability_cheaper_by_month_ci", "convergence_low", "input_sampling_error"]
)
def test_one_bit_in_one_number_is_found_and_named(variable: str, copy: Path, invoke: Invoke) -> None:
    nudge(copy, variable, one_bit_up)
    status, out, _ = invoke("run", "--verify", copy)
    assert status == 3
    assert "under the same versions: 1 of" in out
    assert f"run.nc {variable}" in out
    assert "please report" in out


def test_one_bit_of_run_json_is_found_and_named(copy: Path, invoke: Invoke) -> None:
    record = json.loads((copy / "run.json").read_text())
    record["cost"]["rag"]["cvar95"] = float(np.nextafter(record["cost"]["rag"]["cvar95"], 0.0))
    record["drivers"]["base_samples"] += 1
    as_if_of(copy, **record)
    status, out, _ = invoke("run", "--verify", copy, "--json")
    assert status == 3
    names = {one["name"] for one in json.loads(out)["differences"]}
    assert names == {"run.json cost.rag.cvar95", "run.json drivers.base_samples"}


@pytest.mark.parametrize(
    ("errors", "status", "said"), [(0.5, 0, "within the Monte Carlo"), (1.5, 3, "more than the Monte Carlo")]
)
def test_under_other_versions_the_standard_error_is_the_measure(
    errors: float, status: int, said: str, copy: Path, invoke: Invoke
) -> None:
    versions = json.loads((copy / "run.json").read_text())["versions"]
    as_if_of(copy, versions={**versions, "numpy": "1.0.0"})
    with xr.open_dataset(copy / "run.nc", engine="h5netcdf") as data:
        mcse = float(data["cost_mcse"].values[0])
    nudge(copy, "cost_mean", lambda mean: mean + errors * mcse)
    found, out, _ = invoke("run", "--verify", copy)
    assert found == status
    assert said in out
    assert f"numpy 1.0.0 then, {np.__version__} now" in out
    record = json.loads(invoke("run", "--verify", copy, "--json")[1])
    (difference,) = record["differences"]
    assert difference["in_mcse"] == pytest.approx(errors, rel=1e-6)
    assert record["as_promised"] is (status == 0)


def test_what_has_no_standard_error_may_differ_by_rounding_alone() -> None:
    def dataset(value: float) -> xr.Dataset:
        return xr.Dataset({"cost_sd": ("strategy", [1.0, value])})

    old = {"versions": {"numpy": "1"}}, dataset(2.0)
    for value, kept in ((2.0 + 1e-12, True), (2.0 + 1e-6, False), (np.nan, False), (np.inf, False)):
        verdict = verify.compare(old, ({"versions": {"numpy": "2"}}, dataset(value)))
        assert (verdict.same, verdict.kept) == (False, kept)
    assert verify.compare(old, ({"versions": {"numpy": "2"}}, dataset(2.0))).same
    # A NaN is the same as itself, zero and minus zero are two sets of bits, another shape is another result.
    assert verify.compare(({}, dataset(np.nan)), ({}, dataset(np.nan))).same
    assert not verify.compare(({}, dataset(0.0)), ({}, dataset(-0.0))).same
    assert not verify.compare(({}, dataset(0.0)), ({}, dataset(0.0).isel(strategy=slice(1)))).same
    assert not verify.compare(({}, dataset(0.0)), ({}, xr.Dataset())).same


# --- folders that are no finished run


def cut(run: Path, name: str, share: float) -> None:
    content = (run / name).read_bytes()
    (run / name).write_bytes(content[: int(len(content) * share)])


def empty(run: Path) -> None:
    shutil.rmtree(run)
    run.mkdir()


def alter(run: Path) -> None:
    content = bytearray((run / "run.nc").read_bytes())
    content[len(content) // 2] ^= 1
    (run / "run.nc").write_bytes(content)


def garbage(run: Path) -> None:
    (run / "run.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 1000)
    seal(run)


def no_json(run: Path) -> None:
    (run / "run.json").write_text("[" * 100_000)
    seal(run)


def into_partial(run: Path) -> None:
    # What a killed run leaves is known by its name, even where it is whole.
    run.rename(run.parent / ".run.partial-0123abcd")
    run.symlink_to(run.parent / ".run.partial-0123abcd")


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, "does not exist"),
    "a file": (lambda run: (shutil.rmtree(run), run.write_text("x")), "is a file"),
    "empty": (empty, "has no run.json, run.nc, scenario.toml, run.log"),
    "half": (lambda run: (run / "run.nc").unlink(), "has no run.nc"),
    "truncated data": (lambda run: cut(run, "run.nc", 0.9), "damaged: run.nc"),
    "empty data": (lambda run: cut(run, "run.nc", 0), "damaged: run.nc"),
    "altered data": (alter, "damaged: run.nc"),
    "truncated summary": (lambda run: cut(run, "run.json", 0.5), "damaged: run.json"),
    "altered scenario": (lambda run: (run / "scenario.toml").write_text("x = 1"), "damaged: scenario.toml"),
    "garbage as data": (garbage, "run.nc that cannot be read"),
    "garbage as summary": (no_json, "run.json that is not that of a run"),
    "summary of something else": (lambda run: as_if_of(run, draws="many"), "run.json that is not that of a run"),
    "log without checksums": (lambda run: (run / "run.log").write_text("one\n"), "without a checksum"),
    "left by a killed run": (into_partial, "was stopped"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT)
def test_what_is_no_finished_run_is_refused_with_the_reason(case: str, copy: Path, invoke: Invoke) -> None:
    spoil, said = SPOILT[case]
    spoil(copy)
    status, out, err = invoke("run", "--verify", copy)
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert err.startswith("error: --verify: ")
    assert said in err


def test_a_newer_version_is_refused(copy: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    as_if_of(copy, version="12.3")
    monkeypatch.setattr("sim.results.dataset.version", lambda: "9.10.1")
    status, out, err = invoke("run", "--verify", copy)
    assert (status, out) == (2, "")
    assert "12.3" in err
    assert "9.10.1" in err


@pytest.mark.parametrize(
    "more",
    [
        ["bot.toml"],
        ["--draws", "5"],
        ["--seed", "1"],
        ["--set", "price.input=1"],
        ["--out", "x"],
        ["--no-figures"],
    ],
)
def test_what_the_folder_says_cannot_be_said_again(more: list[str], finished: Path, invoke: Invoke) -> None:
    status, out, err = invoke("run", "--verify", finished, *more)
    assert (status, out) == (2, "")
    assert "does not go with --verify" in err
