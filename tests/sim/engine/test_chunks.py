"""The engine: same bits on any layout, draws that stay where they are, memory that stays flat."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import typeof

from distributions.errors import UserError
from sim import Model, Scenario, simulate
from sim.engine import chunks
from sim.results.run import Run

TABLES: dict[str, Any] = {
    "study": {"title": "t", "horizon_months": 6, "discount_rate": 0.08, "compare": ["tuned_hosted", "rag"]},
}


def _scenario(**inputs: Any) -> Scenario:
    return Scenario.from_dict({**TABLES, "inputs": inputs} if inputs else TABLES)


def _bits(run: Run) -> list[bytes]:
    tally = run.tally
    arrays = [tally.moments.mean, tally.moments.m2, tally.counts, tally.less, tally.reached]
    return [
        np.ascontiguousarray(a).tobytes() for a in [*arrays, tally.cheapest, tally.items, tally.cumulative]
    ]


def test_all_designs_meet_the_same_compiled_code() -> None:
    """An array laid out otherwise would be compiled for again, for as long as the whole kernel takes."""
    costs = np.random.default_rng(1).lognormal(size=(4, 50))
    centre, scale = np.zeros(4), np.ones(4)
    apart, together = (chunks._ends(measures, centre, scale, 1)[0] for measures in (costs, costs[:, :0]))
    assert typeof(apart) == typeof(together)


@pytest.mark.parametrize("design", ["mc", "sobol", "lhs"])
def test_threads_do_not_move_a_bit(design: str) -> None:
    one, two, four = (simulate(_scenario(), 100_003, 3, design, threads=t) for t in (1, 2, 4))
    assert _bits(one) == _bits(two) == _bits(four)


@pytest.mark.parametrize("design", ["mc", "sobol"])
def test_the_first_draws_stay_when_more_are_asked_for(design: str) -> None:
    few, many = simulate(_scenario(), 1000, 0, design), simulate(_scenario(), 5000, 0, design)
    np.testing.assert_array_equal(few.sample_values, many.sample_values[:, :1000])


def test_another_input_or_a_dependence_leaves_the_other_draws_alone() -> None:
    plain = simulate(_scenario(), 1000, 0, "mc")
    certain = simulate(_scenario(price={"input": 3.0}), 1000, 0, "mc")
    tied = simulate(
        Scenario.from_dict(
            {
                **TABLES,
                "dependence": [
                    {"inputs": ["price.input", "workload.queries_per_month"], "rank_correlation": 0.7}
                ],
            }
        ),
        1000,
        0,
        "mc",
    )
    names = list(plain.sampler.names)
    price, volume = names.index("price.input"), names.index("workload.queries_per_month")
    others = [k for k in range(len(names)) if k not in (price, volume)]
    np.testing.assert_array_equal(plain.sample_values[others], certain.sample_values[others])
    np.testing.assert_array_equal(plain.sample_values[others], tied.sample_values[others])
    assert not np.array_equal(plain.sample_values[[price, volume]], tied.sample_values[[price, volume]])


def test_seeds_differ_and_zero_is_one() -> None:
    runs = [simulate(_scenario(), 500, seed, "mc").sample_values for seed in (0, 1, 2**80)]
    assert not np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[1], runs[2])
    np.testing.assert_array_equal(runs[0], simulate(_scenario(), 500, 0, "mc").sample_values)


@pytest.mark.parametrize("design", ["mc", "sobol", "lhs"])
def test_one_draw_gives_no_interval_and_no_division_by_zero(design: str) -> None:
    run = simulate(_scenario(), 1, 1, design)
    assert run.probability_cheaper("rag", "prompt").ci95 is None
    assert run.summary()["cost"]["rag"]["mcse"] is None
    assert run.dataset["cost_mean"].notnull().all()


def test_designs_agree_within_their_errors() -> None:
    runs = [simulate(_scenario(), 65_536, 5, design) for design in ("mc", "sobol", "lhs")]
    errors = np.array([run.dataset["cost_mcse"].values for run in runs])
    means = np.array([run.dataset["cost_mean"].values for run in runs])
    # five standard errors of the least exact of them
    assert np.all(np.ptp(means, axis=0) < 5 * errors.max(axis=0))
    assert np.all(errors[1] < errors[0])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"draws": 0}, "--draws"),
        ({"draws": 10**18}, "--draws"),
        ({"design": "sobel"}, "sobol"),
        ({"seed": -1}, "--seed"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options: dict[str, Any], named: str) -> None:
    with pytest.raises(UserError, match=named):
        simulate(_scenario(), **options)


def test_a_models_faulty_output_is_named() -> None:
    inputs = {"x": {"uniform": {"min": 0.0, "max": 1.0}}}
    with pytest.raises(UserError, match=r"'?y'?.*not a finite number in"):
        simulate(Model(inputs, ("y",), lambda v: {"y": np.where(v["x"] > 0.5, np.nan, 1.0)}), 100)
    with pytest.raises(UserError, match="shape"):
        simulate(Model(inputs, ("y",), lambda v: {"y": np.ones(3)}), 100)
    with pytest.raises(UserError, match="no such output"):
        simulate(Model(inputs, ("y",), lambda v: {"z": v["x"]}), 100)


@pytest.mark.slow
def test_an_input_without_an_approximation_goes_through_its_exact_ppf() -> None:
    from distributions.sampling import inverse

    scenario = _scenario()
    distribution = scenario.inputs["price.input"]
    before = simulate(scenario, 2000, 9, "mc").sample_values
    distribution.__dict__["recipe"] = inverse.Recipe(inverse.EXACT, method="exact")
    try:
        after = simulate(scenario, 2000, 9, "mc").sample_values
    finally:
        del distribution.__dict__["recipe"]
    np.testing.assert_allclose(before, after, rtol=1e-7)


@pytest.mark.slow
def test_kept_draws_are_the_runs_first_and_average_to_it() -> None:
    run = simulate(_scenario(), 40_000, 2, "mc", keep=40_000)
    few = simulate(_scenario(), 40_000, 2, "mc")
    assert run.sample_values.shape[1] == run.sample_costs.shape[1] == 40_000
    np.testing.assert_array_equal(run.sample_values[:, :16_384], few.sample_values)
    np.testing.assert_allclose(run.sample_costs.mean(axis=1), run.dataset["cost_mean"], rtol=1e-12)
    with pytest.raises(UserError, match="--keep-draws"):
        simulate(_scenario(), 10, keep=0)


@pytest.mark.parametrize("tolerance", [0.002, "1 %", "$2000"])
def test_a_tolerance_is_drawn_to_and_no_further(tolerance: Any) -> None:
    run = simulate(_scenario(), None, 4, tolerance=tolerance)
    assert run.tolerance_reached
    assert run.draws < 1 << 22
    if tolerance == 0.002:
        low, high = run.probability_cheaper("tuned_hosted", "rag").ci95 or (0.0, 1.0)
        assert (high - low) / 2 <= 0.002
    assert run.design == ("aligned" if tolerance == 0.002 else "sobol")
    fixed = simulate(_scenario(), run.draws, 4, run.design)
    assert _bits(run)[0] == _bits(fixed)[0]


def test_a_tolerance_out_of_reach_is_said() -> None:
    run = simulate(_scenario(), 20_000, 4, tolerance=1e-9)
    assert not run.tolerance_reached
    assert run.draws == 20_000


@pytest.mark.parametrize("tolerance", [0, -1, "x", "nan", "1 EUR", 2])
def test_a_tolerance_that_means_nothing_is_refused(tolerance: Any) -> None:
    with pytest.raises(UserError, match="--tolerance"):
        simulate(_scenario(), 1000, tolerance=tolerance)


@pytest.mark.parametrize("design", ["mc", "lhs"])
def test_every_default_input_is_drawn_from_its_distribution(design: str) -> None:
    # 60 tests a design at a level of 1e-6: a false alarm once in eight thousand runs
    from scipy import stats

    scenario = _scenario()
    run = simulate(scenario, 16_384, 17, design)
    for name, drawn in zip(run.sampler.names, run.sample_values, strict=True):
        distribution = scenario.inputs[name]
        if distribution.certain:
            assert np.all(drawn == distribution.value)
        elif distribution.fast is not None and distribution.fast.kind == "steps":
            values, cumulative = distribution.fast.parameters
            counts = [np.count_nonzero(drawn == value) for value in values]
            weights = np.diff(cumulative, prepend=0.0)
            assert stats.chisquare(counts, weights / weights.sum() * drawn.size).pvalue > 1e-6, name
        else:
            assert stats.kstest(drawn, distribution.cdf).pvalue > 1e-6, name
