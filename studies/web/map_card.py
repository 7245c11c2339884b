"""The map on demand: P(cheaper) over two inputs, all others varying."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nicegui import ui

from distributions import text
from studies.web import charts, compute
from studies.web.compute import Superseded

if TYPE_CHECKING:
    from sim import Scenario


_OFFER = "On demand; all other inputs vary as ever."


class MapCard:
    """The card with its two choices, and the chart once it was asked for."""

    def __init__(self, here: Callable[[], bool]) -> None:
        """here: whether there is anybody to look at a map."""
        self._here, self._requests = here, 0
        self._ranked: list[str] = []
        self._keys: list[str] = []
        with ui.element("section").classes("card mapcard"):
            self._text = ui.html("", sanitize=False)
            self._chart = ui.echart({}, renderer="svg").classes("chart").props('role="img"')
        self._chart.set_visibility(False)

    def offer(self, ranked: Sequence[str]) -> None:
        """Begin anew: inputs to choose from, the two most important chosen."""
        self._requests += 1
        self._ranked, self._keys = list(ranked), list(ranked[:2])
        self._chart.set_visibility(False)
        self._say(_OFFER)

    def choose(self, key: str, *, second: bool) -> None:
        """Take one of the two inputs."""
        if key in self._ranked:
            self._keys[second] = key

    async def draw(self, scenario: Scenario, dark: bool) -> None:
        """Compute and show the map of a scenario; the one asked for last.

        Raises UserError where an input has no values to go over.
        """
        from studies.solve.analysis import Surface
        from studies.solve.tipping import analyse

        if len(set(self._keys)) < 2:
            self._say("Choose two different inputs.")
            return
        first, second = self._keys
        self._say("Drawing …")
        self._requests += 1
        number = self._requests
        try:
            solved = await compute.aside(
                lambda: number == self._requests and self._here(), analyse, scenario, (first, second)
            )
        except Superseded:
            if number == self._requests and not self._text.is_deleted:
                self._say(_OFFER)
            return
        assert isinstance(solved, Surface)
        share = float((solved.answers.probability > 0.5).mean())
        first_of_pair = text.clean(scenario.labels[scenario.compare[0]], 60)
        finding = (
            f"{first_of_pair} is more likely than not the cheaper on {text.percent(share)} of the "
            f"map; at the medians P(cheaper) is {text.percent(float(solved.at_median.probability), 1)}. "
            f"{solved.draws:,} draws at each point."
        )
        self._say(finding)
        self._chart.set_visibility(True)
        self._chart.options.clear()
        self._chart.options.update(
            charts.surface(solved, (scenario.known[first].unit, scenario.known[second].unit), dark)
        )
        self._chart.props["aria-label"] = finding
        self._chart.update()

    def _say(self, finding: str) -> None:
        self._text.set_content(
            "<h3>Map: P(cheaper) over two inputs</h3>"
            f'<p class="hint">{text.html(finding)}</p><div class="ask">{self._select("first", self._keys[0])}'
            f"<span>against</span>{self._select('second', self._keys[1])}"
            '<button class="plain" data-act="map">Draw the map</button></div>'
        )

    def _select(self, which: str, chosen: str) -> str:
        options = "".join(
            f"<option{' selected' if key == chosen else ''}>{text.html(key)}</option>" for key in self._ranked
        )
        name = f"map-{which}"
        return (
            f'<select id="{name}" data-act="{name}" aria-label="{which} input of the map">{options}</select>'
        )
