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


@pytest.mark.slow
def test_a_toy_strategy_is_one_file_and_one_line(tmp_path: Path) -> None:
    for package in ("distributions", "sim"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    registry = tmp_path / "sim" / "kernel" / "__init__.py"
    text = registry.read_text()
    last = '    "hybrid": Strategy("Hybrid", "latency.hybrid"),\n'
    assert text.count(last) == 1
    # fewer than there are, since each is compiled, twice
    for others in ("prompt", "tuned_hosted"):
        text = re.sub(rf'    "{others}": Strategy\(.*\),\n', "", text)
    registry.write_text(text.replace(last, '    "toy": Strategy("Toy", "latency.prompt"),\n'))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "BREAKEVEN_CACHE_DIR": str(tmp_path / "cache")}
    assert TOY.count("0.5") == 1
    for price in (0.5, 0.25):
        (tmp_path / "sim" / "kernel" / "toy.py").write_text(TOY.replace("0.5", str(price)))
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert float(done.stdout) == pytest.approx(2 * (7.0 + 100 * price))
