"""Answers as options of ECharts. Colours and dashes are those of the figures, lightened on a dark page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from distributions import shape, text
from studies.shared.looks import Look, looks
from studies.shared.style import FAINT, GRID, INK
from studies.web.answers import CURVE_LEVELS, Curves, Headline, Tornado

if TYPE_CHECKING:
    from studies.solve.analysis import Surface

Options = dict[str, Any]

_LIGHTER = {"#444444": "#c9c9c9", "#0072B2": "#56B4E9", "#D55E00": "#ff8a3d", "#009E73": "#2cc79c"}
"""On a dark page; the others are light enough."""

FASTER = 200
"""Milliseconds of animation: long enough to follow a curve, short enough not to trail behind the hand."""


def palette(dark: bool) -> dict[str, str]:
    """Colours of text, faint text, grid lines and ground."""
    if dark:
        return {"ink": "#e8e6e1", "faint": "#a5a39d", "grid": "#3a3936", "ground": "#1f1e1c"}
    return {"ink": INK, "faint": FAINT, "grid": GRID, "ground": "#ffffff"}


def lighter(colour: str) -> str:
    """A colour of a line as it is on a dark page."""
    return _LIGHTER.get(colour, colour)


def dashes(look: Look) -> list[float]:
    """Lengths of the dashes of a strategy's lines and of the gaps between them, pixels; empty for a full line."""
    return [] if isinstance(look.line, str) else [2.0 * part for part in look.line[1]]


def _common(dark: bool) -> Options:
    inks = palette(dark)
    return {
        "animationDuration": FASTER,
        "animationDurationUpdate": FASTER,
        "animationEasingUpdate": "linear",
        "textStyle": {"fontFamily": "system-ui, sans-serif", "color": inks["ink"]},
        "grid": {"left": 8, "right": 20, "top": 12, "bottom": 28, "containLabel": True},
        "aria": {"enabled": False},
    }


def _axis(dark: bool, **more: Any) -> Options:
    inks = palette(dark)
    return {
        "axisLine": {"lineStyle": {"color": inks["faint"]}},
        "axisLabel": {"color": inks["faint"], "hideOverlap": True, **more.pop("axisLabel", {})},
        "splitLine": {"lineStyle": {"color": inks["grid"]}},
        "nameTextStyle": {"color": inks["faint"]},
        "nameLocation": "middle",
        **more,
    }


def _tip(dark: bool, formatter: str) -> Options:
    inks = palette(dark)
    return {
        "trigger": "axis",
        ":formatter": formatter,
        "confine": True,
        "backgroundColor": inks["ground"],
        "borderColor": inks["grid"],
        "textStyle": {"color": inks["ink"], "fontSize": 12},
    }


_SYMBOLS = {"o": "circle", "s": "rect", "^": "triangle", "D": "diamond"}
"""Markers of lines, by their names in figures."""


def _line(name: str, look: Look, dark: bool, data: list[Any]) -> Options:
    colour = lighter(look.colour) if dark else look.colour
    every = max(2, len(data) // 7)
    mark = {"symbol": _SYMBOLS.get(look.marker, "none"), "symbolSize": 7}
    return {
        "type": "line",
        "name": name,
        "data": [
            {"value": at, **mark} if look.marker and k % every == every // 2 else at
            for k, at in enumerate(data)
        ],
        "symbol": "none",
        "showAllSymbol": True,
        "lineStyle": {"width": 2.2, "type": dashes(look) or "solid", "color": colour},
        "itemStyle": {"color": colour},
    }


def curves(now: Headline, lines: Curves, dark: bool) -> Options:
    """Cumulative distribution of each strategy's cost: the share of futures at or below a cost."""
    looked = looks(lines.distribution)
    axis = shape.axis([shape.Quantiles(CURVE_LEVELS, values) for values in lines.distribution.values()])
    levels = [float(level) for level in CURVE_LEVELS]
    return {
        **_common(dark),
        "tooltip": _tip(dark, "breakeven.tipCurves"),
        "xAxis": _axis(
            dark,
            type="log" if axis.logarithmic else "value",
            min=axis.low,
            max=axis.high,
            name="present-value cost, USD",
            nameGap=26,
            splitLine={"show": False},
            axisLabel={":formatter": "breakeven.money", "showMinLabel": False, "showMaxLabel": False},
        ),
        "yAxis": _axis(
            dark,
            type="value",
            min=0,
            max=1,
            axisLabel={":formatter": "breakeven.percent"},
        ),
        "series": [
            _line(
                now.labels[name],
                look,
                dark,
                [[value, level] for value, level in zip(lines.distribution[name], levels, strict=True)],
            )
            for name, look in looked.items()
        ],
    }


def months(now: Headline, lines: Curves, dark: bool) -> Options:
    """Cumulative cost by month: the median of each strategy, with a band from P10 to P90 for the pair."""
    looked = looks(lines.months)
    series: list[Options] = []
    for name in now.pair:
        band = lines.months[name]
        hidden = {"lineStyle": {"opacity": 0}, "symbol": "none", "silent": True, "stack": f"band-{name}"}
        series.append({"type": "line", "data": [row[0] for row in band], **hidden, "name": f"low-{name}"})
        series.append(
            {
                "type": "line",
                "data": [row[2] - row[0] for row in band],
                "areaStyle": {
                    "color": lighter(looked[name].colour) if dark else looked[name].colour,
                    "opacity": 0.16,
                },
                **hidden,
                "name": f"band-{name}",
            }
        )
    series += [
        _line(now.labels[name], look, dark, [row[1] for row in lines.months[name]])
        for name, look in looked.items()
    ]
    return {
        **_common(dark),
        "tooltip": _tip(dark, "breakeven.tipMonths"),
        "xAxis": _axis(
            dark,
            type="category",
            boundaryGap=False,
            data=[str(month) for month in range(now.horizon + 1)],
            name="month",
            nameGap=26,
        ),
        "yAxis": _axis(dark, type="value", axisLabel={":formatter": "breakeven.money"}),
        "series": series,
    }


def tornado(study: Tornado, dark: bool) -> Options:
    """Cost difference with each input at its P10 and at its P90, from the difference at the medians."""
    inks = palette(dark)
    bars = list(reversed(study.bars))
    low, high = ("#56B4E9" if dark else "#0072B2"), "#E69F00"

    def side(name: str, values: list[float], fill: str, line: Options) -> list[Options]:
        """A bar from the base to each value: an invisible one up to the base, and the rest on it."""
        common = {
            "type": "bar",
            "stack": name,
            "stackStrategy": "all",
            "barGap": "-100%",
            "barCategoryGap": "35%",
        }
        return [
            {
                **common,
                "name": "base",
                "data": [study.base] * len(values),
                "silent": True,
                "color": "transparent",
            },
            {
                **common,
                "name": name,
                "data": [value - study.base for value in values],
                "itemStyle": {"color": fill, **line},
            },
        ]

    dashed = {"borderColor": inks["ink"], "borderWidth": 1, "borderType": "dashed"}
    ends = [end for bar in bars for end in (bar.low, bar.high)] or [0.0]
    margin = 0.04 * (max(ends) - min(ends))
    return {
        **_common(dark),
        "grid": {**_common(dark)["grid"], "left": 26},
        "tooltip": {**_tip(dark, f"breakeven.tipTornado({study.base!r})"), "axisPointer": {"type": "none"}},
        "xAxis": _axis(
            dark,
            type="value",
            min=min(ends) - margin,
            max=max(ends) + margin,
            axisLabel={":formatter": "breakeven.money", "showMinLabel": False, "showMaxLabel": False},
            splitNumber=4,
            name="cost difference, USD",
            nameGap=26,
        ),
        "yAxis": _axis(
            dark,
            type="category",
            data=[bar.key for bar in bars],
            axisLine={"show": False},
            axisTick={"show": False},
            axisLabel={"color": inks["ink"], "fontSize": 11, "hideOverlap": False},
        ),
        "series": [
            *side("input at its P10", [bar.low for bar in bars], low, {}),
            *side("input at its P90", [bar.high for bar in bars], high, dashed),
        ],
    }


def surface(solved: Surface, units: tuple[str, str], dark: bool) -> Options:
    """P(cheaper) over two inputs as a map: from blue over pale to orange, pale where it is a toss-up."""
    inks = palette(dark)
    (first, second), share = solved.inputs, solved.answers.probability
    cells = [
        [i, j, round(float(share[i, j]), 4)] for i in range(share.shape[0]) for j in range(share.shape[1])
    ]

    above = {"nameLocation": "end", "nameTextStyle": {"color": inks["faint"], "align": "left"}}

    def axis(name: str, unit: str, values: Any, **more: Any) -> Options:
        return _axis(
            dark,
            type="category",
            data=[text.number(float(value), 3) for value in values],
            name=name if unit == "1" else f"{name}, {unit}",
            splitLine={"show": False},
            **more,
        )

    return {
        **_common(dark),
        "grid": {"left": 8, "right": 20, "top": 34, "bottom": 74, "containLabel": True},
        "tooltip": {
            **_tip(dark, "breakeven.tipMap"),
            "trigger": "item",
        },
        "xAxis": axis(first, units[0], solved.values[0], nameGap=28),
        "yAxis": axis(second, units[1], solved.values[1], nameGap=12, axisLabel={"interval": 7}, **above),
        "visualMap": {
            "min": 0,
            "max": 1,
            "calculable": False,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "itemHeight": 160,
            "text": ["100 % cheaper", "0 %"],
            "textStyle": {"color": inks["ink"]},
            "inRange": {"color": ["#D55E00", "#f0b48a", "#f4f1ea", "#8fc3e3", "#0072B2"]},
        },
        "series": [{"type": "heatmap", "data": cells, "itemStyle": {"borderWidth": 0}, "progressive": 0}],
    }
