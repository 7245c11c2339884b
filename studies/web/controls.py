"""The left of the page as HTML: what is compared, and every input with its two sliders, the important ones first.

Pure functions from values to text. Whatever comes from a scenario is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from distributions import text
from distributions.inputs import Input, cited, registry
from distributions.spec import Marginal
from sim.model.strategies import STRATEGIES
from studies.shared.names import label
from studies.web import words
from studies.web.edit import WIDEST, Edit, adjustable
from studies.web.sketch import sketch
from studies.web.state import Page
from studies.web.track import STEPS, track

GROUPS = {
    "workload": "Workload",
    "labor": "People",
    "price": "Token prices",
    "tokens": "Tokens per query",
    "cache": "Caching",
    "prompt": "Prompting",
    "rag": "Retrieval",
    "observability": "Observability",
    "tune": "Fine-tuning",
    "eval": "Evaluation",
    "drift": "Drift and retraining",
    "gpu": "GPUs",
    "serve": "Serving it yourself",
    "fallback": "Fallback",
    "quality": "Quality",
    "latency": "Latency",
}
MATTERS = 0.01
"""Share of the variance from which an input is shown without being asked for."""

SPREAD_STEP = 5


@dataclass(frozen=True)
class Readout:
    """What a row shows of its input as it is now: texts, and the positions of its sliders."""

    key: str
    value: str
    span: str
    picture: str
    median_position: int
    spread_position: int
    spread: str
    edited: bool


def readout(page: Page, key: str) -> Readout:
    """A row's changing parts."""
    item, distribution, before = registry()[key], page.scenario.inputs[key], page.base.inputs[key]
    edit = page.state.edits.get(key, Edit())
    low, high = (float(x) for x in distribution.ppf([0.1, 0.9]))
    span = "certain" if distribution.certain else f"P10–P90 {text.number(low, 3)} – {text.number(high, 3)}"
    return Readout(
        key=key,
        value=words.value(distribution.median(), item.unit),
        span=span,
        picture=sketch(distribution, before if edit else None),
        median_position=track(item, before).position(distribution.median()),
        spread_position=round(100 * edit.spread),
        spread="certain" if distribution.certain else f"× {edit.spread:g}",
        edited=bool(edit),
    )


def header(titles: Mapping[str, str], chosen: str) -> str:
    """The bar at the top: which scenario, and what can be done with it. titles: by name."""
    options = "".join(
        f'<option value="{text.html(name)}"{" selected" if name == chosen else ""}>{text.html(title)}</option>'
        for name, title in titles.items()
    )
    return (
        '<header class="top"><h1>Breakeven</h1><label><span class="hidden-text">Scenario</span>'
        f'<select data-act="scenario" id="scenario">{options}</select></label>'
        f"{_button('upload', 'Open file', 'Open a scenario file (TOML)')}"
        f"{_button('download', 'Download', 'This scenario with your edits, as breakeven run takes it')}"
        '<span class="space"></span><span id="copied" role="status"></span>'
        f"{_button('link', 'Copy link', 'A link to what this page shows')}"
        f"{_button('reset-all', 'Undo edits', 'Back to the scenario')}</header>"
    )


def _button(act: str, words: str, title: str) -> str:
    return f'<button class="plain" data-act="{act}" title="{title}">{words}</button>'


def panel(page: Page, shares: Mapping[str, float] | None) -> str:
    """The whole left side; no shares yet while the first answer is being computed."""
    hint, shares = _explained(shares), shares or {}
    rows = sorted(registry(), key=lambda key: -shares.get(key, 0.0))
    groups: dict[str, list[str]] = {}
    for key in rows:
        groups.setdefault(registry()[key].group, []).append(key)
    inputs = "".join(_group(page, name, keys, shares) for name, keys in groups.items())
    return f"{_comparison(page)}<h2>Assumptions</h2><p class='hint'>{hint}</p>{inputs}"


def _explained(shares: Mapping[str, float] | None) -> str:
    if shares is None:
        return "Every input with its median and its spread."
    if not shares:
        return "Every input with its median and its spread. Nothing in the comparison varies."
    return (
        "Ordered by how much of the cost difference’s variance each takes part in (its share beside it). "
        "The first slider moves the median, the second scales the spread; 0 makes the value certain."
    )


def _comparison(page: Page) -> str:
    a, b = page.scenario.compare
    shown = page.scenario.strategies
    boxes = "".join(
        f'<label class="check"><input type="checkbox" data-act="strategy" value="{name}"'
        f"{' checked' if name in shown else ''}{' disabled' if name in (a, b) else ''}> "
        f"{text.html(label(name))}</label>"
        for name in STRATEGIES
    )
    return (
        '<section class="compare" aria-label="What is compared">'
        f'<div class="pair"><label>Is <select data-act="a">{_options(a)}</select></label>'
        '<button class="plain" data-act="swap" title="Swap the two" aria-label="Swap the two">⇄</button>'
        f'<label>cheaper than <select data-act="b">{_options(b)}</select></label></div>'
        f'<div class="months"><label for="months">over <output id="months-out">'
        f"{text.count(page.scenario.horizon, 'month')}</output></label>"
        f'<input id="months" type="range" data-act="months" min="1" max="{max(60, page.base.horizon)}" '
        f'value="{page.scenario.horizon}"></div>'
        f'<details class="strategies"><summary>Strategies computed and shown</summary>{boxes}</details></section>'
    )


def _options(chosen: str) -> str:
    return "".join(
        f'<option value="{name}"{" selected" if name == chosen else ""}>{text.html(label(name))}</option>'
        for name in STRATEGIES
    )


def _group(page: Page, name: str, keys: list[str], shares: Mapping[str, float]) -> str:
    edits = page.state.edits
    leading = [key for key in keys if shares.get(key, 0.0) >= MATTERS or key in edits]
    rest = [key for key in keys if key not in leading]
    total = sum(sorted({shares.get(key, 0.0) for key in leading}))
    note = f'<span class="share">{text.percent(min(total, 1.0))}</span>' if leading and total else ""
    inner = "".join(_row(page, key, shares) for key in leading)
    if leading and rest:
        more = "".join(_row(page, key, shares) for key in rest)
        inner += f'<details class="more"><summary>{len(rest)} more that hardly matter here</summary>{more}</details>'
    elif rest:
        inner = "".join(_row(page, key, shares) for key in rest)
    title = text.html(GROUPS.get(name, name.capitalize()))
    return (
        f'<details class="group"{" open" if leading else ""}><summary><span>{title}</span>{note}</summary>'
        f"{inner}</details>"
    )


def _row(page: Page, key: str, shares: Mapping[str, float]) -> str:
    item, distribution = registry()[key], page.base.inputs[key]
    now = readout(page, key)
    share = shares.get(key, 0.0)
    badge = f'<span class="share">{text.percent(min(share, 1.0))}</span>' if share >= MATTERS else ""
    return (
        f'<div class="row{" edited" if now.edited else ""}" id="row-{key}" data-key="{key}">'
        f'<div class="row-head"><span class="meaning">{text.html(item.meaning)}</span>{badge}</div>'
        f'<div class="row-now"><output id="value-{key}">{text.html(now.value)}</output>'
        f'<span class="span" id="span-{key}">{text.html(now.span)}</span>'
        f'<button class="plain reset" data-act="reset" data-key="{key}" '
        f'aria-label="Reset {key} to the scenario">reset</button></div>'
        f'<div class="picture" id="picture-{key}">{now.picture}</div>'
        f"{_sliders(item, distribution, now)}"
        f'<div class="row-foot"><code>{key}</code><span title="{text.html(_source(item, distribution, page))}">'
        f"{text.html(_source(item, distribution, page))}</span></div></div>"
    )


def _sliders(item: Input, distribution: Marginal, now: Readout) -> str:
    if not adjustable(distribution):
        return '<p class="hint">No sliders for a value of this form: change it in the scenario’s file.</p>'
    unit = "" if item.unit == "1" else f", {item.unit}"
    median = (
        f'<label class="slide"><span>median</span><input type="range" id="median-{item.key}" data-act="median" '
        f'data-key="{item.key}" min="0" max="{STEPS}" step="5" value="{now.median_position}" '
        f'aria-label="Median of {item.key}{text.html(unit)}" aria-valuetext="{text.html(now.value)}"></label>'
    )
    if distribution.certain:
        return median + '<p class="hint">Certain: a plain number in the scenario.</p>'
    return median + (
        f'<label class="slide"><span>spread</span><input type="range" id="spread-{item.key}" data-act="spread" '
        f'data-key="{item.key}" min="0" max="{100 * WIDEST:.0f}" step="{SPREAD_STEP}" '
        f'value="{now.spread_position}" aria-label="Spread of {item.key}, times that of the scenario" '
        f'aria-valuetext="{text.html(now.spread)}">'
        f'<output id="times-{item.key}">{text.html(now.spread)}</output></label>'
    )


def _source(item: Input, distribution: Marginal, page: Page) -> str:
    if item.key in page.base.defaulted:
        return f"default – {cited(item.source)}"
    return cited(distribution.source) if distribution.source else "given without a source"
