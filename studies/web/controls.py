"""The left of the page as HTML: what is compared, and every input with its two sliders, the important ones first.

Pure functions from values to text. Whatever comes from a scenario is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from distributions import text
from distributions.inputs import Input, cited
from sim.model.strategies import Parts
from sim.scenario.expressions import is_line, owner
from studies.web import made, words
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
    "own": "Your own",
    "line": "Cost lines",
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
    """A row's changing parts; of an expression, what it is at the medians of what it is made of."""
    item = page.item(key)
    if key in page.scenario.expressions:
        text_of = page.scenario.expressions[key].calculation.text
        shown = words.value(page.scenario.medians[key], item.unit)
        return Readout(key, shown, f"= {text_of}", "", 0, 0, "", False)
    distribution, before = page.scenario.inputs[key], page.shaped.inputs[key]
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
    rows = sorted(page.shaped.known, key=lambda key: -shares.get(key, 0.0))
    groups: dict[str, list[str]] = {}
    for key in rows:
        groups.setdefault(_group_of(page, key), []).append(key)
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


def _group_of(page: Page, key: str) -> str:
    """The title under which an input stands: with its strategy's other own ones, or its group's."""
    if owner(key):
        return f"{page.shaped.labels[owner(key)]} alone"
    group = "line" if is_line(key) else key.partition(".")[0]
    return GROUPS.get(group, group.capitalize())


def _comparison(page: Page) -> str:
    a, b = page.scenario.compare
    shown = page.scenario.strategies
    boxes = "".join(
        f'<label class="check"><input type="checkbox" data-act="strategy" value="{name}"'
        f"{' checked' if name in shown else ''}{' disabled' if name in (a, b) else ''}> "
        f"{text.html(words)}</label>"
        for name, words in page.scenario.labels.items()
    )
    return (
        '<section class="compare" aria-label="What is compared">'
        f'<div class="pair"><label>Is <select data-act="a">{_options(page, a)}</select></label>'
        '<button class="plain" data-act="swap" title="Swap the two" aria-label="Swap the two">⇄</button>'
        f'<label>cheaper than <select data-act="b">{_options(page, b)}</select></label></div>'
        f'<div class="months"><label for="months">over <output id="months-out">'
        f"{text.count(page.scenario.horizon, 'month')}</output></label>"
        f'<input id="months" type="range" data-act="months" min="1" max="{max(60, page.base.horizon)}" '
        f'value="{page.scenario.horizon}"></div>'
        f'<details class="strategies"><summary>Strategies computed and shown</summary>{boxes}</details>'
        f'<details class="strategies"{" open" if page.state.made else ""}>'
        f"<summary>What strategies are made of</summary>{_parts(page)}</details></section>"
    )


def _options(page: Page, chosen: str) -> str:
    return "".join(
        f'<option value="{name}"{" selected" if name == chosen else ""}>{text.html(words)}</option>'
        for name, words in page.scenario.labels.items()
    )


def _parts(page: Page) -> str:
    """The parts of each strategy that is shown, to be chosen; what cannot be chosen says why."""
    strategies = "".join(_parts_of(page, name) for name in page.scenario.strategies)
    add = "".join(
        f'<option value="{name}">{text.html(words)}</option>' for name, words in page.scenario.labels.items()
    )
    return (
        '<p class="hint">A shipped strategy stays as it is: with another part it becomes a new one like it.</p>'
        f'{strategies}<div class="add"><label>Add a strategy like <select data-act="add">'
        f'<option value="">choose …</option>{add}</select></label></div>'
    )


def _parts_of(page: Page, name: str) -> str:
    strategy = page.scenario.strategy(name)
    called = text.html(strategy.label)
    choices = "".join(
        f'<select data-act="part-{part}" data-key="{name}" aria-label="{part} of {called}">'
        + "".join(_choice(strategy.parts, part, choice) for choice in made.CHOICES[part])
        + "</select>"
        for part in made.CHOICES
    )
    undo = (
        f'<button class="plain" data-act="remove" data-key="{name}">'
        f"{'Remove' if page.state.made[name].like else 'As it was'}</button>"
        if name in page.state.made
        else ""
    )
    return (
        f'<div class="parts" id="parts-{name}"><div class="name"><span>{called}</span>{undo}</div>'
        f'<div class="choices">{choices}</div></div>'
    )


def _choice(parts: Parts, part: str, choice: bool | str) -> str:
    selected = " selected" if getattr(parts, part) == choice else ""
    why = made.why_not(parts, part, choice)
    disabled = f' disabled title="{text.html(why)}"' if why and not selected else ""
    words = made.WORDS[part][choice]
    shown = f"{words}: {why}" if disabled else words
    return f'<option value="{made.written(choice)}"{selected}{disabled}>{text.html(shown)}</option>'


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
    title = text.html(name)
    return (
        f'<details class="group"{" open" if leading else ""}><summary><span>{title}</span>{note}</summary>'
        f"{inner}</details>"
    )


def _row(page: Page, key: str, shares: Mapping[str, float]) -> str:
    item, name = page.item(key), text.html(key)
    now = readout(page, key)
    share = shares.get(key, 0.0)
    badge = f'<span class="share">{text.percent(min(share, 1.0))}</span>' if share >= MATTERS else ""
    source = text.html(_source(item, page))
    made_of = key in page.scenario.expressions
    sliders = (
        '<p class="hint">Made of others, and follows them.</p>' if made_of else _sliders(page, item, now)
    )
    return (
        f'<div class="row{" edited" if now.edited else ""}" id="row-{name}" data-key="{name}">'
        f'<div class="row-head"><span class="meaning">{text.html(item.meaning or item.name)}</span>{badge}</div>'
        f'<div class="row-now"><output id="value-{name}">{text.html(now.value)}</output>'
        f'<span class="span" id="span-{name}">{text.html(now.span)}</span>'
        f'<button class="plain reset" data-act="reset" data-key="{name}" '
        f'aria-label="Reset {name} to the scenario">reset</button></div>'
        f'<div class="picture{" none" if made_of else ""}" id="picture-{name}">{now.picture}</div>{sliders}'
        f'<div class="row-foot"><code>{name}</code><span title="{source}">{source}</span></div></div>'
    )


def _sliders(page: Page, item: Input, now: Readout) -> str:
    distribution, name = page.shaped.inputs[item.key], text.html(item.key)
    if not adjustable(distribution):
        return '<p class="hint">No sliders for a value of this form: change it in the scenario’s file.</p>'
    unit = "" if item.unit == "1" else f", {item.unit}"
    median = (
        f'<label class="slide"><span>median</span><input type="range" id="median-{name}" data-act="median" '
        f'data-key="{name}" min="0" max="{STEPS}" step="5" value="{now.median_position}" '
        f'aria-label="Median of {name}{text.html(unit)}" aria-valuetext="{text.html(now.value)}"></label>'
    )
    if distribution.certain:
        return median + '<p class="hint">Certain: a plain number in the scenario.</p>'
    return median + (
        f'<label class="slide"><span>spread</span><input type="range" id="spread-{name}" data-act="spread" '
        f'data-key="{name}" min="0" max="{100 * WIDEST:.0f}" step="{SPREAD_STEP}" '
        f'value="{now.spread_position}" aria-label="Spread of {name}, times that of the scenario" '
        f'aria-valuetext="{text.html(now.spread)}">'
        f'<output id="times-{name}">{text.html(now.spread)}</output></label>'
    )


def _source(item: Input, page: Page) -> str:
    if item.key in page.scenario.defaulted:
        return f"default – {cited(item.source)}"
    value = page.shaped.values[item.key]
    return cited(value.source) if value.source else "given without a source"
