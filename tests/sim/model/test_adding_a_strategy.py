"""A strategy of the manual is a table of a scenario; in the model it is data, as a line and an input are."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sim import Scenario, evaluate
from tests.docs.pages import blocks

ROOT = Path(__file__).resolve().parents[3]


def test_the_manuals_strategy_is_computed() -> None:
    page = (ROOT / "docs" / "howto" / "strategy.md").read_text(encoding="utf-8")
    (toml,) = (block.text for block in blocks(page) if block.text.startswith("# mini.toml"))
    scenario = Scenario.from_dict(tomllib.loads(toml))
    assert scenario.labels["rag_mini"] == "RAG on a mini model"
    found = evaluate(scenario)
    queries, share = found.inputs["workload.queries_per_month"], found.inputs["own.review_share"]
    growth = 1.0 + found.inputs["workload.annual_growth"]
    reviewed = found.items["rag_mini"]["human review"]
    assert (reviewed[0], reviewed[1]) == (0.0, 0.0)
    a_query = share * found.inputs["labor.weekly_rate"] / 2400
    assert reviewed[2] == pytest.approx(queries * growth ** (1 / 12) * a_query, rel=1e-12)
    assert found.inputs["price.output"] == pytest.approx(4 * found.inputs["price.input"], rel=1e-12)


PROGRAM = """
from sim import STRATEGIES, Scenario, evaluate, simulate
from sim.scenario.reader import scenario_schema
from studies.shared.names import label
assert STRATEGIES[-1] == "toy"
study = {"horizon_months": 2, "discount_rate": 0.0, "compare": ["toy", "rag"], "strategies": ["toy", "rag"]}
scenario = Scenario.from_dict({"study": study})
given = {"observability.monthly": 7.0, "team.size": 3.0}
found = evaluate(scenario, given)
assert found.breakdown["toy"]["toy fee"] == 2 * 3.0 * 5.0
assert "toy fee" not in found.breakdown["rag"]
assert label("toy") == "Toy"
assert '"toy"' in str(scenario_schema()).replace("'", '"')
assert simulate(scenario, 1000).probability_cheaper("toy", "rag").estimate >= 0.0
"""

LINE = """
[[line]]
item = "toy fee"
per = "month"
when = "small and not tuned"
cost = "5 * team.size"
"""

INPUT = """
[inputs."team.size"]
unit = "1"
support = { lower = 0 }
default = { pert = { min = 1, mode = 3, max = 5 } }
meaning = "People who work on it"
source = "assumption: a small team"
reading = "a small team as it is"
"""


def test_a_strategy_a_line_and_an_input_of_the_model_are_data(tmp_path: Path) -> None:
    for package in ("distributions", "sim", "studies"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    registry = tmp_path / "sim" / "model" / "strategies.py"
    text, end = registry.read_text(encoding="utf-8"), '}\n"""The shipped strategies'
    assert text.count(end) == 1
    toy = '    "toy": Strategy("Toy", "latency.prompt", Parts(False, False, "small", "per_token")),\n'
    registry.write_text(text.replace(end, toy + end), encoding="utf-8")
    for path, more in (("sim/model/equations.toml", LINE), ("distributions/inputs.toml", INPUT)):
        with (tmp_path / path).open("a", encoding="utf-8") as file:
            file.write(more)
    # the same folder of compiled code: a copy that compiles its kernel again would leave a second one in it
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    fingerprint = "from distributions.sampling.jit import fingerprint; print(fingerprint())"
    names = [
        subprocess.run(
            [sys.executable, "-c", fingerprint],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for folder in (ROOT, tmp_path)
    ]
    assert names[0] == names[1]
