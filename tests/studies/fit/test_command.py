"""`breakeven fit` as people use it: on files, good and bad."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from distributions.inputs import registry
from distributions.spec import marginal
from tests.command import Invoke

LOGNORMAL = stats.lognorm(0.8, scale=3).ppf((np.arange(200) + 0.5) / 200)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = [("a", "on_demand", value) for value in LOGNORMAL]
    rows += [("a", "spot", 10 * value) for value in LOGNORMAL] + [("b", "spot", "")]
    with Path("rates.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("card", "kind", "usd"), *rows])
    return tmp_path


def pasted(out: str) -> tuple[str, Any]:
    """Name and value of the line that the command tells to paste."""
    lines = out.splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("For a scenario"))
    ((name, value),) = tomllib.loads(lines[at + 1]).items()
    return name, value


@pytest.mark.slow
def test_the_line_to_paste_is_the_fit_and_says_where_it_is_from(folder: Path, invoke: Invoke) -> None:
    status, out, err = invoke(
        "fit", "rates.csv", "--column", "usd", "--where", "kind=on_demand", "--key", "gpu.hourly_rate"
    )
    assert (status, err) == (0, "")
    assert "under [inputs.gpu]" in out
    name, value = pasted(out)
    assert name == "hourly_rate"
    assert value["source"] == "rates.csv: usd, kind = on_demand; 200 values, least AIC of 9 families"
    entry = registry()["gpu.hourly_rate"]
    distribution = marginal(value, unit=entry.unit, support=entry.support)
    # 200 even levels leave out the outer quarter of a percent: sigma comes out half a percent less.
    assert distribution.ppf([0.1, 0.5, 0.9]) == pytest.approx(
        stats.lognorm(0.8, scale=3).ppf([0.1, 0.5, 0.9]), rel=0.01
    )
    assert "Left out of 401 rows: 201 by --where" in out
    assert "lognorm is the best" in out
    rows = [line.split() for line in out.splitlines()]
    assert next(row for row in rows if row[:1] == ["lognorm"])[1].replace(",", "").replace(".", "").isdigit()


@pytest.mark.slow
def test_values_in_another_unit_are_converted_where_the_line_is_read(folder: Path, invoke: Invoke) -> None:
    _, out, _ = invoke(
        "fit", "rates.csv", "--column", "usd", "--where", "kind=on_demand", "--key", "gpu.hourly_rate",
        "--unit", "cents/GPU-hour",
    )  # fmt: skip
    _, value = pasted(out)
    assert value["unit"] == "cents/GPU-hour"
    entry = registry()["gpu.hourly_rate"]
    assert marginal(value, unit=entry.unit, support=entry.support).median() == pytest.approx(0.03, rel=0.01)


@pytest.mark.slow
def test_json_holds_the_record(folder: Path, invoke: Invoke) -> None:
    status, out, _ = invoke("fit", "rates.csv", "--column", "usd", "--where", "kind=spot", "--json")
    record = json.loads(out)
    assert status == 0
    assert (record["n"], record["rows"]) == (200, 401)
    assert record["left_out"] == {"by_condition": 200, "empty": 1}
    assert record["best"] == "lognorm"
    assert record["recommended"]["lognormal"]["median"] == pytest.approx(30, rel=0.01)
    assert record["families"][0]["kolmogorov_smirnov"]["p_bootstrap"] > 0.5


@pytest.mark.slow
def test_the_folder_is_whole_and_its_values_can_be_read_as_data(folder: Path, invoke: Invoke) -> None:
    heaps = np.concatenate([stats.norm(m, 0.1).ppf((np.arange(50) + 0.5) / 50) for m in (1, 4, 9, 20)])
    lines = [f"{value!r},{kind}" for kind in ("in", "out") for value in heaps.tolist()]
    Path("heaps.csv").write_text("x,kind\n" + "\n".join(lines) + "\n")
    status, out, _ = invoke("fit", "heaps.csv", "--column", "x", "--where", "kind=in")
    assert status == 0
    assert "No family fits" in out
    assert "With --out" in out
    status, out, _ = invoke("fit", "heaps.csv", "--column", "x", "--where", "kind=in", "--out", "found")
    assert status == 0
    files = sorted(str(path.relative_to("found")) for path in Path("found").rglob("*.*"))
    assert files == ["figures/quantile_plot.png", "figures/quantile_plot.svg", "fit.json", "values.csv"]
    _, value = pasted(out)
    assert value["data"] == {"file": "values.csv", "column": "x"}
    assert marginal(value, folder="found").mean() == pytest.approx(8.5, rel=1e-6)
    assert json.loads(Path("found/fit.json").read_text())["best"] is None
    status, _, err = invoke("fit", "heaps.csv", "--column", "x", "--out", "found")
    assert status == 2
    assert "nothing was overwritten" in err


USD = ["rates.csv", "--column", "usd"]
BAD = {
    "missing file": (["rats.csv", "--column", "usd"], ["DATA.csv", "does not exist", "did you mean 'rates.csv'?"]),
    "folder": ([".", "--column", "usd"], ["DATA.csv", "is a folder"]),
    "no column": (["rates.csv"], ["--column", "missing"]),
    "unknown column": (["rates.csv", "--column", "uds"], ["--column", "uds", "did you mean 'usd'?"]),
    "text": (["rates.csv", "--column", "card"], ["--column", "row 2", '"a"']),
    "unknown where": ([*USD, "--where", "knd=spot"], ["--where", "did you mean 'kind'?"]),
    "where matches none": ([*USD, "--where", "kind=spt"], ["--where", "on_demand, spot"]),
    "where without =": ([*USD, "--where", "kind"], ["--where", "COLUMN=VALUE"]),
    "empty selection": ([*USD, "--where", "card=b"], ["no values", "two or more"]),
    "unknown key": ([*USD, "--key", "gpu.hourly"], ["--key", "did you mean 'gpu.hourly_rate'?"]),
    "whole numbers": ([*USD, "--key", "serve.min_replicas"], ["--key", "whole numbers", "discrete"]),
    "unknown unit": ([*USD, "--unit", "furlongs"], ["--unit", "furlongs"]),
    "other unit": ([*USD, "--key", "gpu.hourly_rate", "--unit", "tokens"], ["--unit", "USD/GPU-hour"]),
    "outside the support": ([*USD, "--key", "cache.prompt_hit_rate"], ["row", "0 … 1"]),
    "--out without parent": ([*USD, "--where", "card=a", "--out", "a/b"], ["--out", "does not exist"]),
}  # fmt: skip


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_one_clear_message_and_leaves_nothing(case: str, folder: Path, invoke: Invoke) -> None:
    arguments, wanted = BAD[case]
    before = sorted(folder.rglob("*"))
    status, out, err = invoke("fit", *arguments)
    assert (status, out) == (2, "")
    assert err.count("error: ") == 1
    for words in wanted:
        assert words in err
    assert sorted(folder.rglob("*")) == before


CONTENT = {
    "header only": (b"x\n", ["no rows", "two or more"]),
    "one row": (b"x\n3\n", ["one row"]),
    "all equal": (b"x\n3\n3\n3\n", ["all 3 values of x are 3", "plain number"]),
    "nan": (b"x\n3\nNaN\n", ["row 3", "finite"]),
    "infinite": (b"x\n3\n1e999\n", ["row 3", "finite"]),
    "negative": (b"x\n3\n4\n-1\n", ["row 4", "found -1", "≥ 0"]),
    "huge": (b"x\n1e308\n1.5e308\n", ["1.5e+308", "another unit"]),
    "tiny": (b"x\n1e-300\n2e-300\n", ["2e-300", "another unit"]),
    "binary": (b"x\n3\n\0\1\2\n", ["binary"]),
    "latin-1": ("größe,x\n1,2\n".encode("latin-1"), ["not UTF-8"]),
    "empty file": (b"", ["is empty"]),
}


@pytest.mark.parametrize("case", CONTENT)
def test_wrong_files(case: str, tmp_path: Path, invoke: Invoke) -> None:
    content, wanted = CONTENT[case]
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    status, out, err = invoke("fit", path, "--column", "x", "--key", "gpu.hourly_rate")
    assert (status, out) == (2, "")
    assert err.count("error: ") == 1
    for words in wanted:
        assert words in err


def test_more_values_than_are_held_end_in_a_clear_limit(
    folder: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studies.fit import command as fit

    monkeypatch.setattr(fit, "MOST_VALUES", 300)
    status, _, err = invoke("fit", "rates.csv", "--column", "usd")
    assert status == 2
    assert "more than 300" in err


# --- what is printed is what was fitted


@pytest.mark.slow
@pytest.mark.parametrize("cv", [2e-6, 1e-3, 1e-2, 0.5])
def test_the_printed_line_has_the_mean_and_sd_of_the_fit(cv: float, tmp_path: Path) -> None:
    """To a hundredth of their standard errors, for every family."""
    from distributions.fitting.as_form import as_form
    from distributions.fitting.fit import usual_fits
    from distributions.support import Support

    values = 100.0 * stats.gamma(1 / cv**2, scale=cv**2).ppf((np.arange(200) + 0.5) / 200)
    spread = float(values.std(ddof=1))
    fits = usual_fits(values, Support(0.0))
    assert len(fits) > 5
    for fit in fits:
        distribution = marginal(as_form(fit, values))
        assert abs(distribution.mean() - fit.distribution.mean()) <= 0.01 * spread / 200**0.5, (
            fit.distribution.family
        )
        # The standard error of an sd is at least that of values without excess kurtosis, divided by 2 to be safe.
        assert abs(distribution.std() - fit.distribution.std()) <= 0.01 * spread / 200**0.5, (
            fit.distribution.family
        )


@pytest.mark.slow
def test_cells_that_differ_are_not_printed_alike(folder: Path, invoke: Invoke) -> None:
    Path("close.csv").write_text("x\n" + "\n".join(repr(100.0 + 1e-4 * k / 40) for k in range(40)) + "\n")
    status, out, _ = invoke("fit", "close.csv")
    assert status == 0
    (data,) = [line.split()[1:] for line in out.splitlines() if line.strip().startswith("data ")]
    assert len(set(data)) == len(data) == 9


# --- which family is recommended


@pytest.mark.slow
@pytest.mark.parametrize(
    ("centres", "spread", "count"), [((20.0, 60.0), 2.5, 31), ((10.0, 20.0), 2.0, 100), ((5.0, 9.0), 0.8, 60)]
)
def test_two_humps_are_two_parts_and_no_refused_family(
    folder: Path, invoke: Invoke, centres: tuple[float, float], spread: float, count: int
) -> None:
    half = count // 2
    levels = [(np.arange(n) + 0.5) / n for n in (half, count - half)]
    values = np.concatenate(
        [stats.norm(at, spread).ppf(level) for at, level in zip(centres, levels, strict=True)]
    )
    Path("humps.csv").write_text("h\n" + "\n".join(map(repr, values.tolist())) + "\n")
    status, out, _ = invoke("fit", "humps.csv")
    assert status == 0
    assert "Two parts fit" in out
    assert "is the best" not in out
    assert set(pasted(out)[1]) >= {"mixture"}


@pytest.mark.slow
def test_a_family_that_either_test_refuses_is_not_recommended(folder: Path, invoke: Invoke) -> None:
    rng = np.random.default_rng(5)
    for name, values in (
        ("t", rng.standard_t(1.5, 300)),
        ("u", rng.uniform(0, 1, 300)),
        ("e", rng.exponential(1, 300)),
    ):
        Path(f"{name}.csv").write_text("x\n" + "\n".join(map(repr, values.tolist())) + "\n")
        status, out, _ = invoke("fit", f"{name}.csv", "--json")
        record = json.loads(out)
        assert status == 0
        rows = {row["family"]: row for row in record["families"]}
        if record["best"] is not None:
            best = rows[record["best"]]
            tests = [best[test]["p_bootstrap"] for test in ("kolmogorov_smirnov", "anderson_darling")]
            assert min(tests) >= 0.01 or best["kolmogorov_smirnov"]["statistic"] <= 0.02


# --- single values of what the model needs the mean of


@pytest.mark.parametrize("key", ["tokens.output", "tokens.question", "tune.tokens_per_example"])
def test_single_calls_are_refused_for_a_mean_and_the_mean_is_offered(
    folder: Path, invoke: Invoke, key: str
) -> None:
    values = stats.lognorm(1.0, scale=100).ppf((np.arange(400) + 0.5) / 400)
    Path("calls.csv").write_text("tokens\n" + "\n".join(map(repr, values.tolist())) + "\n")
    status, out, err = invoke("fit", "calls.csv", "--key", key)
    assert (status, out) == (2, "")
    assert "the mean with its standard error" in err
    ((name, value),) = tomllib.loads(
        err[err.index(f"under [inputs.{key.split('.')[0]}]: ") :].partition(": ")[2]
    ).items()
    assert name == key.split(".")[1]
    entry = registry()[key]
    found = marginal(value, unit=entry.unit, support=entry.support)
    error = values.std(ddof=1) / 400**0.5
    assert found.mean() == pytest.approx(values.mean(), abs=0.02 * error)
    assert found.std() == pytest.approx(error, rel=0.05)


def test_decimal_commas_go_from_the_file_into_the_scenario(folder: Path, invoke: Invoke) -> None:
    lines = [
        f"a;{value:.6f}".replace(".", ",") for value in [*LOGNORMAL, *(50 + LOGNORMAL), *(500 + LOGNORMAL)]
    ]
    Path("comma.csv").write_text("card;usd\n" + "\n".join(lines) + "\n")
    status, out, err = invoke(
        "fit", "comma.csv", "--column", "usd", "--decimal", ",", "--key", "gpu.hourly_rate"
    )
    assert (status, err) == (0, "")
    _, value = pasted(out)
    if "data" in value:
        assert value["data"]["decimal"] == ","
    found = marginal({"data": {"file": "comma.csv", "column": "usd", "decimal": ","}}, folder=folder)
    assert found.mean() == pytest.approx(
        np.mean([*LOGNORMAL, *(50 + LOGNORMAL), *(500 + LOGNORMAL)]), rel=1e-6
    )
    status, _, err = invoke("fit", "comma.csv", "--column", "usd", "--decimal", ";")
    assert status == 2
    assert "--decimal" in err
