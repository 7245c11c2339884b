"""The right of one page: the answer, the strategies and the charts, redrawn at every move by its own simulations."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nicegui import ui

from distributions import text
from distributions.errors import Fault, UserError
from studies.probability_of_cheaper.finding import basis
from studies.web import answers, charts, compute, panels, words
from studies.web.answers import Headline
from studies.web.compute import PREVIEW_DRAWS, Latest, Superseded
from studies.web.figure import Figure
from studies.web.map_card import MapCard
from studies.web.state import Page

if TYPE_CHECKING:
    from sim import Run

log = logging.getLogger("breakeven.web")

PAUSE = 0.12
"""Seconds that a slider rests before all draws are spent on where it is."""

SOON = 0.35
"""Seconds that the full number may take; where it takes longer, one from fewer draws is shown first."""

Wanted = Callable[[], bool]


@dataclass(frozen=True)
class Request:
    """What is to be computed: the page as it is, and whether the hand has let go."""

    page: Page
    released: bool


class Results:
    """The elements of the right side, and what they showed last.

    A move is compared with the answer before it, and with the baseline: the scenario without edits, until another
    answer is made the baseline.
    """

    def __init__(
        self, draws: int, complain: Callable[[Sequence[Fault]], None], here: Callable[[], bool]
    ) -> None:
        """Make the elements where one is; draws: of a full answer; complain: to show faults; here: is anybody?"""
        self._draws, self._complain = draws, complain
        self.dark = False
        self._move = self._moving = ""
        self._shown: Headline | None = None
        self._baseline: Headline | None = None
        self._before: Headline | None = None
        self._pace = math.inf
        self._latest: Latest[Request] = Latest(self._answer, here)
        card = ui.html('<p class="waiting">Simulating …</p>', sanitize=False, tag="section")
        self._answer_card = card.classes("card answer").props('aria-label="The answer"')
        # Read out when the number changes: an element that stays, as the card's content does not.
        self._status = ui.html("", sanitize=False).classes("hidden-text").props('role="status"')
        self._finding = ui.html("", sanitize=False, tag="section").classes("card finding")
        self._table = ui.html("", sanitize=False, tag="section").classes("card")
        with ui.element("div").classes("charts"):
            self._curves = Figure("What each costs: share of futures at or below a cost")
            self._months = Figure("Cumulative cost by month: medians, and P10 to P90 of the two compared")
            self._tornado = Figure("One input at a time, the others at their medians")
            self.map = MapCard(here)

    def begin(self, page: Page, ranked: Sequence[str]) -> None:
        """Another comparison: nothing from before is compared with it. ranked: inputs, the important ones first."""
        self._baseline = self._before = self._shown = None
        self._move = self._moving = ""
        self.map.offer(ranked)
        self.ask(page, released=True)

    def moved(self, page: Page, what: str, handle: str, *, released: bool) -> None:
        """A move: what was done, in words; handle: by which control, so that a drag counts as one move."""
        if self._moving != handle:
            self._before, self._moving = self._shown, handle
        self._move = what
        self.ask(page, released=released)

    def ask(self, page: Page, *, released: bool) -> None:
        """Answer for a page."""
        if released:
            self._moving = ""
        self._latest.ask(Request(page, released))

    def keep(self) -> None:
        """Make what is shown the baseline."""
        if self._shown is not None:
            self._baseline, self._before, self._move = self._shown, None, ""
            self._draw_answer(self._shown, final=True)

    def stop(self) -> None:
        """Nobody looks any more."""
        self._latest.stop()

    async def _answer(self, request: Request, wanted: Wanted) -> None:
        try:
            await self._answered(request.page, request.released, wanted)
        except UserError as error:
            self._complain(error.faults)
        except Superseded:
            raise
        except Exception as error:
            log.exception("a page could not be answered")
            what = f"internal error: {type(error).__name__}: {error}"
            self._complain(
                [Fault("", what, hint="a fault of breakeven, not of your input; please report it")]
            )

    async def _answered(self, page: Page, released: bool, wanted: Wanted) -> None:
        """The number first, from few draws while the hand moves; then from all, and the charts."""
        if not released or self._pace > SOON:
            few = min(PREVIEW_DRAWS, self._draws)
            await self._draw_curves(*await self._take(page, few, wanted, final=False), wanted)
            await asyncio.sleep(0.0 if released else PAUSE)
        if self._baseline is None and page.state.edits:
            bare = Page(page.base, replace(page.state, edits={})).scenario
            before = await compute.aside(wanted, compute.simulated, bare, self._draws, wanted)
            self._baseline = answers.headline(before, bare)
        started = time.monotonic()
        headline, run = await self._take(page, self._draws, wanted, final=True)
        self._pace = time.monotonic() - started
        await self._draw_curves(headline, run, wanted)
        bars = await compute.aside(wanted, answers.tornado, page.scenario)
        shares = await compute.aside(wanted, answers.ranking, page.scenario)
        rests = basis(page.scenario, shares, bars.record)
        self._finding.set_content(panels.finding(words.finding(headline, bars, rests)))
        options = charts.tornado(bars, self.dark)
        finding, table = words.tornado_finding(bars), panels.tornado_table(bars)
        self._tornado.draw(options, finding, panels.TORNADO_LEGEND, table)

    async def _take(self, page: Page, draws: int, wanted: Wanted, *, final: bool) -> tuple[Headline, Run]:
        """Simulate and show the number."""

        def work() -> tuple[Headline, Run]:
            run = compute.simulated(page.scenario, draws, wanted)
            return answers.headline(run, page.scenario), run

        headline, run = await compute.aside(wanted, work)
        if final:
            self._shown = headline
            self._baseline = self._baseline or headline
            share = text.probability(headline.probability, headline.interval)
            self._status.set_content(f"{share} {words.sentence(headline)}")
        self._draw_answer(headline, final=final)
        return headline, run

    def _draw_answer(self, headline: Headline, *, final: bool) -> None:
        baseline = self._baseline or headline
        self._answer_card.set_content(panels.answer(headline, final, self._move, self._before, baseline))
        self._table.set_content(panels.strategies(headline))

    async def _draw_curves(self, headline: Headline, run: Run, wanted: Wanted) -> None:
        lines = await compute.aside(wanted, answers.curves, run)
        legend = panels.legend(headline.labels)
        self._curves.draw(
            charts.curves(headline, lines, self.dark), words.curves_finding(headline), legend, ""
        )
        options, finding = charts.months(headline, lines, self.dark), words.months_finding(headline, lines)
        self._months.draw(options, finding, legend, panels.months_table(headline, lines))
