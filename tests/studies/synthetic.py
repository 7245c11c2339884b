"""A run's dataset in the engine's shape, made up from lognormal costs, so that figures need no engine."""

from __future__ import annotations

import numpy as np
import xarray as xr

STRATEGIES = ("prompt", "rag", "tuned_hosted", "tuned_self_hosted", "hybrid")
ITEMS = (
    "setup people", "training", "input tokens", "output tokens", "retrieval", "vector DB", "serving GPUs",
    "retrains", "upkeep", "observability", "errors",
)  # fmt: skip
QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def synthetic_run(
    *,
    months: int = 12,
    draws: int = 4000,
    seed: int = 3,
    spread: float = 0.35,
    strategies: tuple[str, ...] = STRATEGIES,
    title: str = "Customer support bot",
    compare: tuple[str, str] = ("tuned_hosted", "rag"),
) -> xr.Dataset:
    """Every variable of a run's dataset, consistent with each other, at a few thousand draws."""
    rng = np.random.default_rng(seed)
    count = len(strategies)
    # more strategies than five cost somewhat more than the one five before
    dearer = 1.07 ** (np.arange(count) // 5)
    setup = (np.resize([20e3, 60e3, 160e3, 300e3, 210e3], count) * dearer)[:, None] * rng.lognormal(
        0, spread, (count, draws)
    )
    monthly = (np.resize([95e3, 70e3, 52e3, 45e3, 60e3], count) * dearer)[:, None] * rng.lognormal(
        0, spread, (count, draws)
    )
    month = np.arange(months + 1)
    cumulative = setup[:, None, :] + monthly[:, None, :] * month[None, :, None]
    cost = cumulative[:, -1, :]

    def pairwise(values: np.ndarray) -> np.ndarray:
        return (values[:, None] < values[None, :]) + 0.5 * (values[:, None] == values[None, :])

    cheaper = pairwise(cost).mean(-1)
    by_month = np.stack([pairwise(cumulative[:, m]).mean(-1) for m in month], axis=-1)
    first = np.zeros((count, count, months))
    never = np.zeros((count, count))
    lasting, at_no_time, falls_back = np.zeros_like(first), np.zeros_like(never), np.zeros_like(never)
    for a in range(count):
        for b in range(count):
            reached = cumulative[a, 1:] <= cumulative[b, 1:]
            when = np.where(reached.any(0), reached.argmax(0), months)
            first[a, b] = [(when == m).mean() for m in range(months)]
            never[a, b] = (when == months).mean()
            since = months - np.logical_and.accumulate(reached[::-1], axis=0).sum(0)
            lasting[a, b] = [(since == m).mean() for m in range(months)]
            at_no_time[a, b] = (since == months).mean()
            falls_back[a, b] = (since > when).mean()

    def band(p: np.ndarray) -> np.ndarray:
        half = 1.96 * np.sqrt(p * (1 - p) / draws) + 1e-4
        return np.stack([np.clip(p - half, 0, 1), np.clip(p + half, 0, 1)], axis=-1)

    shares = rng.dirichlet(np.linspace(0.3, 2, len(ITEMS)), count)
    regret = cost - cost.min(0)
    difference = cost[strategies.index(compare[0])] - cost[strategies.index(compare[1])]
    checkpoints = np.unique(np.geomspace(16, draws, 40).astype(int))
    won = difference < 0
    estimate = np.array([won[:n].mean() for n in checkpoints])
    half = 1.96 * np.sqrt(np.clip(estimate * (1 - estimate), 0.01, 1) / checkpoints)
    levels = np.linspace(0, 1, 1001)
    cheapest = np.stack([(cost.argmin(0) == s).mean() for s in range(count)])
    cheapest_month = np.stack([(cumulative.argmin(0) == s).mean(-1) for s in range(count)])
    data: dict[str, tuple[tuple[str, ...], np.ndarray]] = {
        "cost_cdf_value": (("strategy", "level"), np.quantile(cost, levels, axis=-1).T),
        "cost_mean": (("strategy",), cost.mean(-1)),
        "cost_cvar95": (("strategy",), np.quantile(cost, 0.97, axis=-1)),
        "probability_cheaper": (("strategy", "other"), cheaper),
        "probability_cheaper_ci": (("strategy", "other", "ci_bound"), band(cheaper)),
        "probability_cheaper_by_month": (("strategy", "other", "month"), by_month),
        "probability_cheaper_by_month_ci": (("strategy", "other", "month", "ci_bound"), band(by_month)),
        "tie_share": (("strategy", "other"), np.eye(count)),
        "probability_cheapest": (("strategy",), cheapest),
        "probability_cheapest_ci": (("strategy", "ci_bound"), band(cheapest)),
        "probability_cheapest_by_month": (("strategy", "month"), cheapest_month),
        "breakeven_probability": (("strategy", "other", "month"), np.insert(first, 0, 0.0, axis=-1)),
        "breakeven_never": (("strategy", "other"), never),
        "breakeven_lasting_probability": (
            ("strategy", "other", "month"),
            np.insert(lasting, 0, 0.0, axis=-1),
        ),
        "breakeven_lasting_never": (("strategy", "other"), at_no_time),
        "breakeven_falls_back": (("strategy", "other"), falls_back),
        "item_mean": (("strategy", "item"), shares * cost.mean(-1)[:, None]),
        "cumulative_cost_mean": (("strategy", "month"), cumulative.mean(-1)),
        "cumulative_cost_quantile": (
            ("strategy", "month", "band"),
            np.moveaxis(np.quantile(cumulative, (0.1, 0.5, 0.9), axis=-1), 0, -1),
            {"draws": draws},
        ),
        "convergence_estimate": (("checkpoint",), estimate),
        "convergence_draws": (("checkpoint",), checkpoints),
        "convergence_low": (("checkpoint",), estimate - half),
        "convergence_high": (("checkpoint",), estimate + half),
        "sample_cost": (("draw", "strategy"), cost.T),
    }
    for name, values in (("cost", cost), ("regret", regret), ("cost_per_query", cost / 3.6e8)):
        data[f"{name}_mean"] = (("strategy",), values.mean(-1))
        data[f"{name}_sd"] = (("strategy",), values.std(-1))
        data[f"{name}_mcse"] = (("strategy",), values.std(-1) / np.sqrt(draws))
        data[f"{name}_quantile"] = (("strategy", "quantile"), np.quantile(values, QUANTILES, axis=-1).T)
    data["difference_mean"] = ((), np.asarray(difference.mean()))
    data["difference_mcse"] = ((), np.asarray(difference.std() / np.sqrt(draws)))
    data["difference_quantile"] = (("quantile",), np.quantile(difference, QUANTILES))
    return xr.Dataset(
        data,
        coords={
            "strategy": list(strategies),
            "other": list(strategies),
            "item": list(ITEMS),
            "quantile": list(QUANTILES),
            "band": [0.1, 0.5, 0.9],
            "level": levels,
            "month": month,
            "ci_bound": ["lower", "upper"],
        },
        attrs={
            "title": title,
            "compare_a": compare[0],
            "compare_b": compare[1],
            "eligible": list(strategies),
            "draws": draws,
            "seed": seed,
            "design": "mc",
            "horizon_months": months,
            "discount_rate": 0.08,
            "version": "0.1.0",
        },
    )
