"""First-order indices by random balance designs, by SALib (Tarantola, Gatelli & Mara 2006).

From any draws: the output, in the order of an input, is a signal whose low harmonics the input answers for. The bias of
small samples is taken out after Tissot & Prieur 2012.
"""

from __future__ import annotations

import numpy as np

from sim.results.labelled import LabelledArrays
from studies.drivers.design import Factors
from studies.drivers.given_draws import dataset, draw, quietly, undefined

BASE_SAMPLES = 1 << 14
_RESAMPLES = 50


def analyse(factors: Factors, base_samples: int, seed: int) -> LabelledArrays:
    """first, first_ci; see `studies.drivers.analyse`."""
    from SALib.analyze import rbd_fast

    draws = draw(factors, base_samples, seed)
    if not draws.varies:
        return undefined(factors, draws, ("first", "first_ci"))
    with quietly():
        indices = rbd_fast.analyze(
            draws.problem,
            draws.values,
            draws.output,
            num_resamples=_RESAMPLES,
            seed=np.random.default_rng(seed),
        )
    data = dataset(
        factors,
        draws,
        {
            "first": (np.array(indices["S1"]), "share of the variance that the input answers for by itself"),
            "first_ci": (np.array(indices["S1_conf"]), "95 % half-width, by bootstrap"),
        },
        {},
    )
    apart = data["first"].values - data["first_ci"].values > 0.0
    what = "whether the interval leaves 0 out"
    return data.with_more({"distinguishable": ("input", apart, {"long_name": what, "units": "1"})})
