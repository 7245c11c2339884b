"""The continuous families of scipy.stats that may be named: a fixed list, so that no text is looked up as code."""

from __future__ import annotations

from typing import Any

from distributions.errors import Fault, UserError
from distributions.parameters import nearest
from distributions.text import clean

NAMES = tuple(
    """
    alpha anglit arcsine argus beta betaprime bradford burr burr12 cauchy chi chi2 cosine crystalball dgamma
    dpareto_lognorm dweibull erlang expon exponnorm exponpow exponweib f fatiguelife fisk foldcauchy foldnorm gamma
    gausshyper genexpon genextreme gengamma genhalflogistic genhyperbolic geninvgauss genlogistic gennorm genpareto
    gibrat gompertz gumbel_l gumbel_r halfcauchy halfgennorm halflogistic halfnorm hypsecant invgamma invgauss
    invweibull irwinhall jf_skew_t johnsonsb johnsonsu kappa3 kappa4 kstwobign landau laplace
    laplace_asymmetric levy levy_l loggamma logistic loglaplace lognorm loguniform lomax maxwell mielke
    moyal nakagami ncf nct ncx2 norm norminvgauss pareto pearson3 powerlaw powerlognorm powernorm rayleigh rdist
    recipinvgauss reciprocal rel_breitwigner rice semicircular skewcauchy skewnorm t trapezoid
    triang truncexpon truncnorm truncpareto truncweibull_min tukeylambda uniform vonmises vonmises_line wald
    weibull_max weibull_min wrapcauchy
    """.split()
)

DISCRETE = frozenset(
    """
    bernoulli betabinom betanbinom binom boltzmann dlaplace geom hypergeom logser nbinom nchypergeom_fisher
    nchypergeom_wallenius nhypergeom planck poisson poisson_binom randint skellam yulesimon zipf zipfian
    """.split()
)

TABULATED = frozenset(
    """
    argus exponnorm foldnorm gausshyper genhyperbolic geninvgauss irwinhall norminvgauss recipinvgauss rel_breitwigner
    vonmises vonmises_line
    """.split()
)
"""Families whose quantiles, of some even probabilities, scipy seeks one by one: tabulated from their density."""

INTEGRATED = frozenset({"rice"})
"""Families whose formulas of mean and standard deviation overflow (rice from b = 38 on), though both exist."""

TOO_SLOW = {
    "ksone": "kstwobign is its limit",
    "kstwo": "kstwobign is its limit",
    "levy_stable": "cauchy, levy and norm are its cases with a formula",
    "studentized_range": "",
}
"""Families of which even the density takes milliseconds a point; what to take instead, where there is something."""

MOST = {
    "irwinhall": ("n", 500.0),
    "ncf": ("nc", 1e4),
    "nct": ("nc", 30.0),
    "ncx2": ("nc", 1e4),
    "rice": ("b", 100.0),
}
"""The parameter of which a family's series take the more steps for every point the larger it is, and its largest
size: beyond, a quantile costs over 0.1 ms, of which an input takes 25,000 to 100,000. Most families need 0.001."""


def family(name: str, key: str) -> Any:
    """The family of scipy.stats by its name.

    Raises:
        UserError: under `key`: not a continuous family of scipy.stats, or not one of the installed version.
    """
    import scipy.stats

    if name in DISCRETE:
        raise UserError(
            Fault(
                key,
                f'"{name}" is a discrete family',
                "a continuous family of scipy.stats",
                "see the form discrete",
            )
        )
    if name in TOO_SLOW:
        raise UserError(
            Fault(
                key,
                f"{name} is too slow to tabulate: each point of its density is an integral or a long sum",
                "another family, or some of its percentiles in the form quantiles",
                TOO_SLOW[name],
            )
        )
    if name not in NAMES:
        problem = f'"{clean(name, 40)}" is no continuous family of scipy.stats'
        raise UserError(Fault(key, problem, "norm, gamma, weibull_min, t, …", nearest(name, NAMES)))
    if not hasattr(scipy.stats, name):
        raise UserError(Fault(key, f'"{name}" needs a later scipy than {scipy.__version__}'))
    return getattr(scipy.stats, name)


def shape_names(scipy_family: Any) -> list[str]:
    """Names of a family's shape parameters, in scipy's order."""
    return [name.strip() for name in scipy_family.shapes.split(",")] if scipy_family.shapes else []
