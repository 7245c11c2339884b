"""Drivers: agreement with SALib, honest intervals, dependence, certain and stepped inputs, and what is refused."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from distributions.errors import UserError
from sim import Model, Scenario, quantity
from studies.drivers import analysis as drivers
from studies.drivers import command
from studies.drivers import figure as figure_of
from studies.drivers.design import CHUNK, Factors
from studies.drivers.sobol import salib_rows
from studies.drivers.text import RANKED_BY, finding, order, resting_on
from studies.drivers.variance import Accumulator

UNIT = {"uniform": {"min": 0.0, "max": 1.0}}
NORMAL = {"normal": {"mean": 0.0, "sd": 1.0}}


def _model(function: Any, **inputs: Any) -> Model:
    return Model(inputs or dict.fromkeys(("x1", "x2", "x3"), UNIT), ("y",), lambda v: {"y": function(v)})


def _bent(v: Any) -> Any:
    return v["x1"] + 2.0 * v["x2"] * v["x3"] + v["x2"] ** 3 + 100.0


@pytest.mark.parametrize("second_order", [False, True])
@pytest.mark.parametrize("base_samples", [64, 1024])
def test_streamed_indices_are_salibs_on_the_same_rows(second_order: bool, base_samples: int) -> None:
    from SALib.analyze import sobol

    model = _model(_bent)
    found = drivers.analyse(model, base_samples=base_samples, second_order=second_order, seed=0)
    rows = Accumulator(Factors(model, "y"), 0, 16 * base_samples, second_order, 1)
    outputs = salib_rows(rows, base_samples, second_order)
    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0.0, 1.0]] * 3}
    theirs = sobol.analyze(problem, outputs, calc_second_order=second_order, num_resamples=2, seed=1)
    np.testing.assert_allclose(found["first"], theirs["S1"], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(found["total"], theirs["ST"], rtol=1e-10, atol=1e-10)
    if second_order:
        np.testing.assert_allclose(found["second"], theirs["S2"], rtol=1e-10, atol=1e-10)
    by_salib = drivers.analyse(
        model, base_samples=base_samples, second_order=second_order, seed=0, estimator="salib"
    )
    np.testing.assert_array_equal(by_salib["first"], theirs["S1"])
    np.testing.assert_array_equal(by_salib["total_ci"], found["total_ci"])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["sobol", "shapley"])
def test_threads_do_not_move_a_bit(method: str) -> None:
    one, four = (drivers.analyse(_model(_bent), method=method, base_samples=1024, threads=t) for t in (1, 4))
    assert one.equals(four)


@pytest.mark.slow
@pytest.mark.parametrize("method", list(drivers.METHODS))
def test_seeds_repeat_and_zero_is_one(method: str) -> None:
    size = {"morris": 20, "delta": 160}.get(method, 1024)  # densities take long
    first, again, other = (drivers.analyse(_model(_bent), "y", method, size, seed) for seed in (0, 0, 1))
    assert first.equals(again)
    assert not first[RANKED_BY[method]].equals(other[RANKED_BY[method]])


@pytest.mark.slow
@pytest.mark.parametrize("method", list(drivers.METHODS))
def test_certain_inputs_drop_out_and_stepped_ones_count(method: str) -> None:
    steps = {"discrete": {"values": [1, 2, 3], "weights": [0.3, 0.3, 0.4]}}
    model = _model(
        lambda v: v["gpus"] * np.ceil(4 * v["load"]) * (v["rate"] + 0.1 * v["load"]) + 0.0 * v["idle"],
        gpus=steps,
        load=UNIT,
        rate=4.0,
        idle=UNIT,
    )
    found = drivers.analyse(model, "y", method, {"morris": 64}.get(method, 4096), seed=3)
    assert list(found["input"].values) == ["gpus", "load", "idle"]
    measure = found[RANKED_BY[method]].values
    assert measure[1] > 3 * measure[2]
    if "distinguishable" in found:
        assert list(found["distinguishable"].values) == [True, True, False]
        assert [str(found["input"].values[k]) for k in order(found)][-1] != "idle"
    if method in ("sobol", "shapley", "morris"):
        assert measure[2] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("method", list(drivers.METHODS))
def test_an_output_that_does_not_vary_is_said_to_be_undefined(method: str) -> None:
    found = drivers.analyse(
        _model(lambda v: 5.0 + 1e-15 * v["x1"]), "y", method, {"morris": 8}.get(method, 256)
    )
    assert "does not vary" in found.attrs["undefined"]
    record = drivers.record(found)
    if method != "morris":
        assert record["indices"]["x1"][RANKED_BY[method]] is None
    assert "does not vary" in finding(found)
    assert isinstance(figure_of.draw(found), mpl.figure.Figure)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["sobol", "shapley"])
def test_intervals_hold_the_truth_as_often_as_they_say(method: str) -> None:
    # a product of lognormals: skewed, with interactions; 179 is the 0.05 % point of Binomial(200, 0.95)
    sigma = {"x1": 0.3, "x2": 0.2, "x3": 0.4}
    model = _model(
        lambda v: v["x1"] * v["x2"] * v["x3"],
        **{k: {"lognormal": {"median": 1.0, "sigma": s}} for k, s in sigma.items()},
    )
    v = {k: np.expm1(s * s) for k, s in sigma.items()}
    total = np.prod([1 + x for x in v.values()]) - 1
    truth = {
        "first": {k: x / total for k, x in v.items()},
        "total": {k: x * (1 + total) / (1 + x) / total for k, x in v.items()},
    }
    if method == "shapley":
        a, b, c = v.values()

        def effect(own: float, *others: float) -> float:
            one, two = others
            return (own + own * (one + two) / 2 + own * one * two / 3) / total

        truth = {"effect": {"x1": effect(a, b, c), "x2": effect(b, a, c), "x3": effect(c, a, b)}}
    held = {(name, key): 0 for name, values in truth.items() for key in values}
    for seed in range(200):
        found = drivers.analyse(model, "y", method, 256, seed, threads=1)
        for name, key in held:
            index, width = (float(found[column].sel(input=key)) for column in (name, f"{name}_ci"))
            held[name, key] += abs(index - truth[name][key]) <= width
    assert min(held.values()) >= 179, held


def test_a_tolerance_is_sampled_to() -> None:
    found = drivers.analyse(_model(_bent), base_samples=16, tolerance=0.002)
    assert found.attrs["tolerance_reached"] == 1
    assert float(found["total_ci"].max()) <= 0.002
    plain = drivers.analyse(_model(_bent), base_samples=found.attrs["base_samples"])
    np.testing.assert_allclose(plain["total"], found["total"], rtol=1e-12)
    missed = drivers.analyse(_model(_bent), base_samples=16, tolerance=1e-9, most_base_samples=64)
    assert (missed.attrs["tolerance_reached"], missed.attrs["base_samples"]) == (0, 64)


def test_equal_inputs_are_not_ranked() -> None:
    def function(v: Any) -> Any:
        return np.where(v["x1"] + v["x2"] + v["x3"] < 0.0, 1.0, 0.0)

    found = drivers.analyse(_model(function, x1=NORMAL, x2=NORMAL, x3=NORMAL), base_samples=64)
    assert "not told apart" in found.attrs["ranking"] or "equal" in found.attrs["ranking"]
    apart = drivers.analyse(_model(lambda v: v["x1"] + 10 * v["x2"] + 3 * v["x3"]), base_samples=1024)
    assert apart.attrs["ranking"] == ""


def test_an_index_whose_error_does_not_fall_is_said_not_to_be_estimable() -> None:
    # a lognormal of sigma 4 has a variance in theory; no number of draws that can be taken shows it
    heavy = {"lognormal": {"median": 1.0, "sigma": 4.0}}
    model = _model(lambda v: v["x1"] * v["x2"], x1=heavy, x2=heavy)
    flagged = [
        not drivers.analyse(model, base_samples=4096, seed=seed)["estimable"].values.all()
        for seed in range(10)
    ]
    assert any(flagged)
    assert drivers.analyse(_model(_bent), base_samples=4096)["estimable"].values.all()


def test_a_net_across_chunks_is_the_same_net() -> None:
    base = 4 * CHUNK // 16
    found = drivers.analyse(_model(lambda v: v["x1"]), base_samples=base)
    # each replicate is one net of 2^10 points and more: the mean of a uniform is 1/2 to far better than 1/sqrt(n)
    assert found.attrs["mean"] == pytest.approx(0.5, abs=1e-5)
    assert found.attrs["variance"] == pytest.approx(1 / 12, rel=1e-4)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"method": "sobl"}, "sobol"),
        ({"output": "z"}, "y"),
        ({"base_samples": 1000}, "power of two"),
        ({"base_samples": 0}, "base_samples"),
        ({"seed": -1}, "seed"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"estimator": "salb"}, "salib"),
        ({"method": "shapley", "base_samples": 16}, "32 or more"),
        ({"method": "delta", "base_samples": 10}, "100 draws"),
        ({"method": "morris", "base_samples": 1}, "trajectories"),
    ],
)
def test_what_cannot_be_analysed_is_refused(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(UserError, match=named):
        drivers.analyse(_model(_bent), **{"base_samples": 64, **settings})


@pytest.mark.parametrize("method", list(drivers.METHODS))
def test_outputs_that_are_no_numbers_are_counted_and_named(method: str) -> None:
    def function(v: Any) -> Any:
        return np.where(v["x1"] > 0.5, np.nan, v["x2"])

    with pytest.raises(UserError, match=r"y: .*not a finite number in \d+ of \d+"):
        drivers.analyse(_model(function), "y", method, 256)


def test_delta_of_an_output_without_a_density_is_refused() -> None:
    with pytest.raises(UserError, match="takes 2 values"):
        drivers.analyse(_model(lambda v: np.where(v["x1"] > 0.5, 1.0, 0.0)), "y", "delta")


def test_all_certain_is_refused() -> None:
    with pytest.raises(UserError, match="certain"):
        drivers.analyse(Model({"x": 1.0}, ("y",), lambda v: {"y": v["x"]}))


SCENARIO = Scenario.from_dict(
    {
        "study": {
            "title": "t",
            "horizon_months": 6,
            "discount_rate": 0.08,
            "compare": ["tuned_hosted", "rag"],
        },
        "dependence": [{"inputs": ["price.input", "price.output"], "rank_correlation": 0.8}],
    }
)


@pytest.mark.parametrize("output", ["difference", "probability", "cost:rag", "log_cost:rag"])
def test_outputs_of_a_scenario(output: str) -> None:
    wanted = quantity(SCENARIO, output)
    found = drivers.analyse(wanted.model, wanted.name, base_samples=256)
    assert "price.input+price.output" in found["input"].values
    # an input that no cost line of RAG reads has no index at all
    if output.endswith(":rag"):
        assert float(found["total"].sel(input="tune.curation_weeks")) == 0.0
    assert float(found["total"].max()) > 0.1


def test_the_command_offers_the_methods_there_are() -> None:
    assert tuple(drivers.METHODS) == command.METHODS == tuple(RANKED_BY)


@pytest.mark.slow
@pytest.mark.parametrize("method", list(drivers.METHODS))
def test_figure_and_table(method: str) -> None:
    wanted = quantity(SCENARIO, "difference")
    size = {"morris": 10, "delta": 100}.get(method, 2048)  # densities take long
    found = drivers.analyse(wanted.model, "difference", method, size)
    found = found.assign_attrs(title="t", label="cost difference")
    figure = figure_of.draw(found)
    texts = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert texts[0] == str(found["input"].values[order(found)[0]])
    assert command.lines(found)[1].startswith(finding(found))


def _both_over(level: float) -> Model:
    """1 where both of two uniforms are over a level: first-order indices p / (1 + p) with p = 1 - level."""
    return _model(
        lambda v: np.where((v["x1"] > level) & (v["x2"] > level), 1.0, 0.0), x1=UNIT, x2=UNIT, idle=UNIT
    )


HEAVY = _model(lambda v: np.exp(4.0 * (v["x1"] + v["x2"])), x1=NORMAL, x2=NORMAL, idle=NORMAL)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["sobol", "shapley", "pawn", "rbd_fast", "regional"])
@pytest.mark.parametrize("model", [_both_over(0.98), HEAVY], ids=["rare", "heavy-tailed"])
def test_too_few_events_are_said_and_nothing_is_told_from_noise(method: str, model: Model) -> None:
    size = {"sobol": 1024, "shapley": 1024}.get(method, 1 << 14)
    for seed in range(3):
        found = drivers.analyse(model, "y", method, size, seed)
        # six or seven of 16,384 draws; of the heavy tail fewer still carry its variance
        assert found.attrs["events"] < 20
        assert "of 16,384 draws" in found.attrs["few_events"]
        assert not found["distinguishable"].any()
        assert not found.get("estimable", found["distinguishable"]).any()
        assert drivers.record(found)["few_events"] == found.attrs["few_events"]
        assert order(found) == []
        assert finding(found) == "Too few events to say what spreads the y"
        if method == "sobol" and model is not HEAVY:
            held = np.abs(found["first"] - 0.0196).values <= found["first_ci"].values
            assert held[:2].all()
    assert resting_on(found, {"x1"}) is None
    lines = command.lines(found.assign_attrs(title="Rare"))
    assert lines[1] == "Too few events to say what spreads the y."
    assert "16,384 draws" in lines[2]
    assert "not distinguishable" not in "\n".join(lines)
    assert isinstance(figure_of.draw(found), mpl.figure.Figure)


@pytest.mark.slow
def test_intervals_of_a_rare_output_hold_what_few_events_do_not_show() -> None:
    """With 164 events an index of 4.8 % has eight of its own: replicates alone miss it too often."""
    held = np.zeros(2)
    for seed in range(40):
        found = drivers.analyse(_both_over(0.95), base_samples=4096, seed=seed)
        assert "few_events" not in found.attrs
        held += (np.abs(found["first"] - 0.05 / 1.05) <= found["first_ci"]).values[:2]
    # 95 % of 40 are 38; 33 or fewer come about in one of two hundred
    assert (held >= 34).all()


def test_an_output_that_is_common_enough_is_not_called_rare() -> None:
    found = drivers.analyse(_both_over(0.5), base_samples=256)
    assert "few_events" not in found.attrs
    assert list(found["distinguishable"].values) == [True, True, False]
