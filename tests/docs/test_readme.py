"""What the README promises is there; `test_manual.py` runs its commands and compares what they print."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from sim import Scenario

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    shown = [
        line.split()[1] for block in _blocks("sh") for line in block.splitlines() if line.startswith("make ")
    ]
    assert shown == ["study", "test"]
    for target in shown:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)
    assert "studies/scenarios/support_bot.toml" in makefile


def test_the_example_scenario_loads() -> None:
    (text,) = _blocks("toml")
    scenario = Scenario.from_dict(tomllib.loads(text))
    assert scenario.compare == ("tuned_hosted", "rag")
    assert len(scenario.dependence) == 1


def test_the_shown_python_works() -> None:
    (code,) = _blocks("python")
    shown: dict[str, Any] = {}
    exec(code.replace("draws=1_000_000", "draws=20_000").replace('"studies/', f'"{ROOT}/studies/'), shown)
    assert 0.9 < shown["run"].probability_cheaper("tuned_hosted", "rag").estimate < 1.0


def test_every_command_is_documented() -> None:
    from studies.cli.group import COMMANDS

    pages = README + "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md"))
    pages += (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert re.search(rf"`(breakeven )?{name}`|breakeven {name}\b", pages), name


def test_the_answer_in_words_is_the_one_that_is_printed() -> None:
    """To the digits it gives; `test_manual.py` runs what is printed again."""
    found = re.search(
        r"costs less than RAG with probability ([\d.]+) % \(95 % CI ([\d.]+) to ([\d.]+) %\)",
        README[README.index("output:begin") :],
    )
    assert found is not None
    estimate, low, high = (f"{float(number):.2f}" for number in found.groups())
    (words,) = re.findall(r"result:begin.*?result:end", README, flags=re.DOTALL)
    said = " ".join(words.split())
    assert f"**{estimate} %** of a million futures (95 % interval {low} to {high} %)" in said
    medians = [
        next(line.split()[-4] for line in README.splitlines() if line.startswith(name + "  "))
        for name in ("Fine-tuning (hosted)", "RAG")
    ]
    assert f"{medians[0]} against {medians[1]} at the median" in said
