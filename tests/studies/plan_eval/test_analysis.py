"""The evaluation planner against its closed form, enumeration of every outcome, and simulated test sets."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from studies.plan_eval import analysis as planner
from tests.command import Invoke

ANSWERS = Path(__file__).parents[2] / "known_answers" / "answers.json"


def test_the_normal_approximation_is_the_known_answer() -> None:
    entry = next(e for e in json.loads(ANSWERS.read_text()) if e["id"] == "mcnemar-0.2-0.05")
    expected, rel = entry["expected"], entry["tolerance"]["rel"]
    found = planner.plan(entry["gap"], entry["discordance"])
    assert found.needed_normal == pytest.approx(expected["n"], rel=rel)
    # the gap is found by bisection to 1e-9
    assert found.its_gap_normal == pytest.approx(expected["gap_at_200"], abs=2e-9)


def test_exact_power_is_the_sum_over_every_outcome() -> None:
    """All (b, c) of 12 examples, each with its trinomial probability and scipy's own exact test."""
    n, gap, discordance, level = 12, 0.4, 0.6, 0.05
    for_a, for_b = (discordance + gap) / 2, (discordance - gap) / 2
    power = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            ways = math.factorial(n) / (math.factorial(b) * math.factorial(c) * math.factorial(n - b - c))
            chance = ways * for_a**b * for_b**c * (1 - discordance) ** (n - b - c)
            if b + c and binomtest(b, b + c).pvalue <= level:
                power += chance
    assert planner.power_exact(n, gap, discordance, level) == pytest.approx(power, rel=1e-10)


@pytest.mark.parametrize(("gap", "discordance", "power"), [(0.05, 0.2, 0.8), (0.1, 0.15, 0.9)])
def test_simulated_test_sets_have_the_power(gap: float, discordance: float, power: float) -> None:
    found = planner.plan(gap, discordance, power)
    n, repeats = found.needed_exact, 40_000
    shares = [(discordance + gap) / 2, (discordance - gap) / 2, 1 - discordance]
    b, c, _ = np.random.default_rng(5).multinomial(n, shares, repeats).T
    rejected = 2 * binom.cdf(np.minimum(b, c), b + c, 0.5) <= found.level
    exact = planner.power_exact(n, gap, discordance)
    assert exact >= power
    # five standard errors of the simulated share
    assert rejected.mean() == pytest.approx(exact, abs=5 * math.sqrt(exact * (1 - exact) / repeats))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gap", "discordance", "power", "level"),
    [(0.05, 0.2, 0.8, 0.05), (0.2, 1.0, 0.8, 0.05), (0.3, 0.3, 0.9, 0.01), (0.1, 0.9, 0.5, 0.1)],
)
def test_from_the_number_needed_on_the_power_never_falls_below(
    gap: float, discordance: float, power: float, level: float
) -> None:
    needed = planner.examples_exact(gap, discordance, power, level)
    assert planner.power_exact(needed - 1, gap, discordance, level) < power
    beyond = range(needed, 2 * needed)
    assert min(planner.power_exact(n, gap, discordance, level) for n in beyond) >= power


def test_the_exact_test_needs_a_few_per_cent_more_than_the_approximation() -> None:
    found = planner.plan(0.02, 0.1, examples=3000)
    assert 1.0 < found.needed_exact / found.needed_normal < 1.06
    assert found.its_gap_exact is not None
    at_gap = planner.power_exact(3000, found.its_gap_exact, 0.1)
    assert at_gap == pytest.approx(0.8, abs=1e-6)


def test_too_few_examples_see_no_gap() -> None:
    # five discordant examples that all go one way have p = 1/16, six have 1/32
    assert planner.gap_exact(5, 1.0) is None
    assert planner.gap_exact(6, 1.0) is not None
    assert planner.gap_normal(20, 0.05) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--gap", 0.3, "--discordance", 0.2), "--gap: found 0.3, more than the discordance of 0.2"),
        (("--gap", -0.1, "--discordance", 0.2), "--gap: found -0.1; allowed: above 0"),
        (("--gap", 0.1, "--discordance", "nan"), "--discordance: found nan"),
        (
            ("--gap", 0.1, "--discordance", 0.2, "--power", 0.04),
            "--power: found 0.04; allowed: above the level",
        ),
        (("--gap", 0.1, "--discordance", 0.2, "--exmples", 9), "did you mean '--examples'?"),
        (("--gap", 1e-7, "--discordance", 0.2), "a gap that a billion examples show"),
    ],
)
def test_what_cannot_be_planned_is_said(invoke: Invoke, arguments: tuple[object, ...], message: str) -> None:
    status, out, err = invoke("plan-eval", *arguments)
    assert (status, out) == (2, "")
    assert message in err


def test_the_command_says_it_in_words_and_in_json(invoke: Invoke) -> None:
    status, out, _ = invoke("plan-eval", "--gap", 0.05, "--discordance", 0.2)
    assert status == 0
    assert "with probability 80 % takes 658 examples" in out
    assert "200 examples can see a gap of 9.12 points or more" in out
    status, out, _ = invoke("plan-eval", "--gap", 0.05, "--discordance", 0.2, "--json")
    found = json.loads(out)
    assert found["needed_exact"] == 658
    assert found["its_gap_exact"] == pytest.approx(0.0912, abs=5e-5)
