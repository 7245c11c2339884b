"""The right of the page as HTML: the answer in large type, the strategies side by side, and tables beside charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from distributions import text
from distributions.text import money
from studies.shared.looks import Look, looks
from studies.web import words
from studies.web.answers import Curves, Headline, Tornado
from studies.web.charts import dashes, lighter

TORNADO_LEGEND = (
    '<ul class="legend"><li><span class="swatch low"></span>input at its P10</li>'
    '<li><span class="swatch high"></span>input at its P90</li></ul>'
)


def answer(now: Headline, final: bool, move: str, moved: Headline | None, baseline: Headline) -> str:
    """The sentence with its number. move: what was moved last; moved: the answer before; baseline: the saved one."""
    share = 100 * now.probability
    was = (
        f'<span class="was" style="left:{100 * baseline.probability:.2f}%" title="the baseline"></span>'
        if baseline is not now and baseline.pair == now.pair
        else ""
    )
    meter = (
        f'<div class="meter" role="img" aria-label="{share:.1f} out of 100">'
        f'<span class="fill" style="width:{share:.2f}%"></span><span class="half"></span>{was}</div>'
    )
    state = "" if final else '<span class="refining">refining</span>'
    return (
        f'<p class="big" id="probability" data-draws="{now.draws}" data-value="{now.probability!r}" aria-live="polite">'
        f"{text.probability(now.probability, now.interval)}</p>"
        f'<p class="sentence">{text.html(words.sentence(now))}</p>{meter}'
        f'<p class="difference">{text.html(words.difference(now))}</p>'
        f'<p class="basis">{text.html(words.basis(now))} {state}</p>'
        f"{_changes(now, move, moved, baseline)}"
    )


def _changes(now: Headline, move: str, moved: Headline | None, baseline: Headline) -> str:
    lines = []
    if moved is not None and moved is not baseline and move:
        points, what = words.change(now, moved)
        lines.append(_change("Last move", f"{move}", points, what))
    if baseline is not now:
        points, what = words.change(now, baseline)
        since = f"from {text.probability(baseline.probability, baseline.interval)}"
        lines.append(
            _change("Since the baseline", f"{move}, {since}" if moved is baseline else since, points, what)
        )
    if not lines:
        return '<p class="basis">This is the baseline. Move a slider, and what it changed stands here.</p>'
    save = '<button class="plain" data-act="baseline">Make this the baseline</button>'
    return f'<div class="changes">{"".join(lines)}{save}</div>'


def _change(title: str, what: str, points: str, rest: str) -> str:
    way = "down" if points.startswith("-") else "up"
    return (
        f'<p class="change"><span class="title">{text.html(title)}</span>'
        f'<strong class="{way}">{text.html(points)}</strong>'
        f"<span>{text.html(what)}; {text.html(rest)}</span></p>"
    )


def finding(sentences: Sequence[str]) -> str:
    """The finding in its sentences, the first of them in bold."""
    first, *rest = sentences
    return f"<p><strong>{text.html(first)}</strong></p>{''.join(f'<p>{text.html(sentence)}</p>' for sentence in rest)}"


def strategies(now: Headline) -> str:
    """Strategies side by side, the most probably cheapest first: the numbers behind the curves."""
    order = sorted(now.cheapest, key=lambda name: (-now.cheapest[name], now.costs[name][1]))
    looked = looks(now.costs)
    rows = "".join(
        f'<tr {_colours(looked[name])}><th scope="row"><span class="swatch"></span>{text.html(now.labels[name])}'
        f"{'' if name in now.eligible else ' <em>ruled out</em>'}</th>"
        f'<td class="barcell"><span class="bar" style="--share:{now.cheapest[name]:.4f}"></span></td>'
        f"<td>{text.probability(now.cheapest[name] if now.eligible else None, now.cheapest_ci95[name])}</td>"
        f"<td>{money(now.costs[name][1])}</td>"
        f'<td class="wide">{money(now.costs[name][0])} – {money(now.costs[name][2])}</td></tr>'
        for name in order
    )
    return (
        '<table class="strategies"><caption>Present-value cost of each strategy</caption><thead><tr>'
        '<th scope="col">Strategy</th><th scope="col" colspan="2">P(cheapest)</th><th scope="col">Median</th>'
        f'<th scope="col" class="wide">P05 – P95</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def legend(labels: Mapping[str, str]) -> str:
    """Strategies with their lines as the charts draw them. labels: what each is called."""
    looked = looks(labels)
    lines = "".join(
        f'<li {_colours(looked[name])}><svg width="34" height="10" aria-hidden="true">'
        f'<line x1="0" y1="5" x2="34" y2="5" '
        f'stroke-dasharray="{" ".join(f"{part:g}" for part in dashes(looked[name]))}"/>'
        f"{_MARKS[looked[name].marker]}</svg>{text.html(words)}</li>"
        for name, words in labels.items()
    )
    return f'<ul class="legend">{lines}</ul>'


_MARKS = {
    "": "",
    "o": '<circle cx="17" cy="5" r="3.2"/>',
    "s": '<rect x="14" y="2" width="6" height="6"/>',
    "^": '<path d="M17 1.4 L20.6 8.2 L13.4 8.2 Z"/>',
    "D": '<path d="M17 1 L21 5 L17 9 L13 5 Z"/>',
}
"""Markers of lines, by their names in figures."""


def _colours(look: Look) -> str:
    return f'class="look" style="--light:{look.colour};--dark:{lighter(look.colour)}"'


def months_table(now: Headline, curves: Curves) -> str:
    """The medians by month and the probability by month, behind the chart of months."""
    a, b = now.pair
    rows = [
        [str(m), money(curves.months[a][m][1]), money(curves.months[b][m][1]), text.percent(share, 1)]
        for m, share in enumerate(curves.by_month)
    ]
    return table(["Month", now.labels[a], now.labels[b], "P(cheaper)"], rows)


def tornado_table(study: Tornado) -> str:
    """The bars of the tornado."""
    rows = [
        [bar.key, text.number(bar.at[0], 3), money(bar.low), text.number(bar.at[1], 3), money(bar.high)]
        for bar in study.bars
    ]
    return table(["Input", "P10", "Difference there", "P90", "Difference there"], rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain table in a fold."""
    top = "".join(f'<th scope="col">{text.html(cell)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{text.html(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    inside = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    return f'<details class="data"><summary>As a table</summary>{inside}</details>'


def problem(messages: Sequence[str]) -> str:
    """What is wrong with what the user gave, in the words of the command line."""
    items = "".join(f"<li>{text.html(message)}</li>" for message in messages)
    dismiss = '<button class="plain" data-act="dismiss">Dismiss</button>'
    return f'<div class="problem" role="alert"><ul>{items}</ul>{dismiss}</div>'
