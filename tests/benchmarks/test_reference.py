"""What the benchmarks compare is the same: the reference problem, its distributions, its costs by other programs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import race
from benchmarks.peers import costs, natural_order, numpy_scipy
from benchmarks.peers.child import steps
from benchmarks.peers.one_draw import KEYS as ONE_DRAW_KEYS
from benchmarks.peers.one_draw import one_draw
from benchmarks.peers.problem import Problem, halves
from benchmarks.peers.scipy_distributions import frozen
from benchmarks.problem import plain, reference
from distributions.inputs import registry
from sim import STRATEGIES, simulate
from sim.draws import sampler
from sim.draws.job import CostEvaluator
from sim.kernel.months import discount_factors

KEYS = tuple(registry())

ROOT = Path(__file__).resolve().parents[2]
DRAWS = 600


@pytest.fixture(scope="module")
def drawn() -> tuple[Any, Any, Any]:
    """Draws of the reference problem, (inputs, n), with the kernel's cumulative costs and queries."""
    scenario = reference(copula=True)
    inputs = {key: scenario.inputs[key] for key in KEYS}
    source = sampler.prepare(inputs, scenario.copula, "mc", 3, DRAWS)
    values = source.draw(0, DRAWS, source.scratch())
    return values, *CostEvaluator(
        scenario.program, discount_factors(scenario.horizon, scenario.discount_rate)
    ).costs(values)


def test_the_reference_problem_is_as_the_page_says() -> None:
    scenario = reference(copula=True)
    assert sum(not distribution.certain for distribution in scenario.inputs.values()) == 30
    assert (scenario.horizon, scenario.strategies) == (36, STRATEGIES)
    # what it leaves out has no spread, and with it the costs are those that the peers work out
    assert all(scenario.inputs[key].certain for key in scenario.defaulted)
    assert scenario.copula is not None
    assert len(scenario.copula.members) == 4
    assert reference(copula=False).copula is None
    assert len({family for family, _ in plain(scenario).distributions.values()}) == 7


def test_a_problem_survives_its_file(tmp_path: Path) -> None:
    problem = plain(reference(copula=True))
    problem.write(tmp_path / "problem.json")
    assert Problem.read(tmp_path / "problem.json") == problem


def test_the_peers_distributions_are_the_scenarios() -> None:
    scenario = reference(copula=False)
    u = np.array([1e-6, 0.01, 0.19, 0.31, 0.5, 0.73, 0.99, 1 - 1e-6])
    for key, (family, p) in plain(scenario).distributions.items():
        found = steps(*halves(p))(u) if family == "discrete" else frozen((family, p)).ppf(u)
        np.testing.assert_allclose(found, scenario.inputs[key].ppf(u), rtol=1e-9, err_msg=key)


def test_the_numpy_program_agrees_with_the_kernel(drawn: tuple[Any, Any, Any]) -> None:
    values, cumulative, queries = drawn
    scenario = reference(copula=True)
    standings = costs.Standings(scenario.horizon)
    count, paths = standings.chunk(), np.empty_like(cumulative)

    def each_month(month: int, row: costs.Rows) -> None:
        paths[:, month] = row
        count(month, row)

    x = dict(zip(KEYS, values, strict=True))
    found, total = costs.costs(x, (DRAWS,), scenario.horizon, scenario.discount_rate, each_month)
    # sums over 36 months in another order: rounding alone
    np.testing.assert_allclose(paths, cumulative, rtol=1e-11)
    np.testing.assert_allclose(found, cumulative[:, -1], rtol=1e-11)
    assert queries.shape == (len(STRATEGIES), DRAWS)
    np.testing.assert_allclose(np.broadcast_to(total, queries.shape), queries, rtol=1e-11)
    for k, (a, b) in enumerate(costs.PAIRS):
        np.testing.assert_array_equal(standings.less[:, k], np.sum(cumulative[a] < cumulative[b], axis=1))
        never = np.all(cumulative[a, 1:] > cumulative[b, 1:], axis=0)
        assert standings.behind[-1, k, 0] == np.count_nonzero(never)
    np.testing.assert_array_equal(standings.cheapest.sum(axis=1), DRAWS)


def test_the_cost_of_one_draw_agrees_with_the_kernel(drawn: tuple[Any, Any, Any]) -> None:
    values, cumulative, _ = drawn
    scenario = reference(copula=True)
    discount = discount_factors(scenario.horizon, scenario.discount_rate)
    rows = [KEYS.index(key) for key in ONE_DRAW_KEYS]
    for i in range(40):
        path = np.empty((scenario.horizon + 1, len(STRATEGIES)))
        one_draw(values[rows, i], discount, path)
        np.testing.assert_allclose(path.T, cumulative[:, :, i], rtol=1e-11)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("peer", "copula"),
    [(numpy_scipy, False), (numpy_scipy, True), pytest.param(natural_order, False, marks=pytest.mark.long)],
)
def test_a_peer_has_our_answer_and_one_that_is_off_is_refused(peer: Any, copula: bool) -> None:
    """The peer that is compiled, anew each time, for `make long`; `make bench` checks its answer before it is timed."""
    scenario, draws = reference(copula=copula), 60_000
    ours = simulate(scenario, 1 << 18, 5)
    answer = peer.prepare(plain(scenario), "all outputs")(draws, 11)
    assert answer.draws == draws
    mean = dict(zip(STRATEGIES, answer.total / draws, strict=True))
    line = {"draws": draws, "p": answer.less / draws, "mean": mean}
    race.check(line, ours, "the peer")
    # 5 standard errors of P are 1.0 points, and 6 of the mean of rag 2.2 %
    with pytest.raises(RuntimeError, match="disagrees on P"):
        race.check({**line, "p": line["p"] + 0.03}, ours, "the peer")
    with pytest.raises(RuntimeError, match="disagrees on the mean of rag"):
        race.check({**line, "mean": {**mean, "rag": mean["rag"] * 1.06}}, ours, "the peer")


def test_a_missing_peer_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import page

    result = race.Result(race.CONTESTS[0], missing="No module named 'scipy'")
    text = page.page([result], [], 1, 0.0)
    row = next(line for line in text.splitlines() if line.startswith("| numpy + scipy"))
    assert "not installed here" in row
    assert "not measured" in row


def test_peers_are_pinned_with_hashes_at_our_own_versions() -> None:
    def pins(path: Path) -> dict[str, str]:
        return dict(re.findall(r"^([\w-]+)==(\S+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE))

    folder = ROOT / "benchmarks"
    peers, ours = pins(folder / "requirements.txt"), pins(ROOT / "constraints.txt")
    wanted = (folder / "requirements.in").read_text(encoding="utf-8").split()
    assert {name.replace("_", "-") for name in wanted} <= set(peers)
    for name in ("numpy", "scipy", "numba", "llvmlite"):
        assert peers[name] == ours[name]
    blocks = re.split(r"\n(?=\S)", (folder / "requirements.txt").read_text(encoding="utf-8"))
    assert all("--hash=sha256:" in block for block in blocks)
