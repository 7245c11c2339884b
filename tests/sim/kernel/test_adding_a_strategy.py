"""The manual's strategy is one file and one line, and an edited one never comes back from the cache as it was."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import blocks

ROOT = Path(__file__).resolve().parents[3]

PAGE = (ROOT / "docs" / "howto" / "strategy.md").read_text(encoding="utf-8")
(TOY,) = (block.text for block in blocks(PAGE) if block.text.startswith("# sim/kernel/toy.py"))

PROGRAM = """
from sim import STRATEGIES, Scenario, evaluate, simulate
assert STRATEGIES[-1] == "toy"
study = {"horizon_months": 2, "discount_rate": 0.0, "compare": ["toy", "rag"], "strategies": ["toy", "rag"]}
scenario = Scenario.from_dict({"study": study})
given = {"observability.monthly": 7.0, "workload.queries_per_month": 100.0, "workload.annual_growth": 0.0}
print(evaluate(scenario, given).cost["toy"])
"""

WHOLE = """
from sim import Scenario, evaluate
from sim.scenario.eligibility import eligibility, median_latency
from sim.scenario.reader import scenario_schema
from studies.cli import main
from studies.shared import looks
from studies.shared.names import label
from studies.web import controls
from studies.web.state import Page, State
from studies.workbook.live import Live
study = {"horizon_months": 2, "compare": ["toy", "rag"], "strategies": ["toy", "rag"]}
limit = {"max_first_token_ms": 100}
scenario = Scenario.from_dict({"study": study, "requirements": limit, "inputs": {"latency": {"prompt": 101}}})
assert label("toy") == "Toy"
assert len({(looks.look(name).colour, looks.look(name).line) for name in ("toy", "rag", "hybrid")}) == 3
assert "max_first_token_ms" in eligibility(scenario.requirements, median_latency(scenario.inputs)).excluded["toy"][0]
live = Live(scenario, evaluate(scenario), ("toy", "rag"), 2)
assert (live.strategies, live.without) == (("rag",), ("toy",))
page = controls.panel(Page(scenario, State("t", edits={})), None)
assert "Toy</option>" in page and 'id="median-team.size"' in page
assert '"toy"' in str(scenario_schema()).replace("'", '"')
assert abs(scenario.inputs["team.size"].median() - 3.0) < 1e-9
assert main(["inputs", "team.size"]) == 0
assert main(["new", "mine"]) == 0
assert "size" in open("mine.toml").read()
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


@pytest.mark.slow
def test_a_toy_strategy_is_one_file_and_one_line_and_an_input_a_table(tmp_path: Path) -> None:
    for package in ("distributions", "sim", "studies"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    registry = tmp_path / "sim" / "kernel" / "__init__.py"
    text = registry.read_text()
    last = '    "hybrid": Strategy("Hybrid", "latency.hybrid"),\n'
    assert text.count(last) == 1
    # fewer than there are, since each is compiled, twice
    for others in ("prompt", "tuned_hosted"):
        text = re.sub(rf'    "{others}": Strategy\(.*\),\n', "", text)
    registry.write_text(text.replace(last, '    "toy": Strategy("Toy", "latency.prompt"),\n'))
    inputs = tmp_path / "distributions" / "inputs.toml"
    inputs.write_text(inputs.read_text() + INPUT)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "BREAKEVEN_CACHE_DIR": str(tmp_path / "cache")}
    assert TOY.count("0.5") == 1
    for price, more in ((0.5, ""), (0.25, WHOLE)):
        (tmp_path / "sim" / "kernel" / "toy.py").write_text(TOY.replace("0.5", str(price)))
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM + more],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert float(done.stdout.splitlines()[0]) == pytest.approx(2 * (7.0 + 100 * price))
