"""One page in one browser: what it shows, what moves do to it, and the simulations that answer them."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from nicegui import ui

from distributions.errors import Fault, UserError
from distributions.inputs import registry
from sim.kernel import STRATEGIES
from sim.text_file import SIZE_LIMIT
from studies import text
from studies.web import answers, charts, compute, controls, panels, words
from studies.web.answers import Headline
from studies.web.compute import PREVIEW_DRAWS, Latest
from studies.web.edit import WIDEST, Edit
from studies.web.figure import Figure
from studies.web.library import Library, too_large
from studies.web.map_card import MapCard
from studies.web.state import Page, State, read
from studies.web.track import track

if TYPE_CHECKING:
    from sim import Run
    from nicegui.events import GenericEventArguments, UploadEventArguments

THROTTLE = 0.05
"""Seconds between two positions of a slider that is being dragged."""

log = logging.getLogger("breakeven.web")

PAUSE = 0.12
"""Seconds that a slider rests before all draws are spent on where it is."""

SOON = 0.35
"""Seconds that the full number may take; where it takes longer, one from fewer draws is shown first."""

_MOVED = "(e) => { const d = e.target.dataset; if (d.act) emit(d.act, d.key ?? '', e.target.type === 'checkbox' ? [e.target.value, e.target.checked] : e.target.value, %s) }"
_CLICKED = "(e) => { const b = e.target.closest('button[data-act]'); if (b) emit(b.dataset.act, b.dataset.key ?? '') }"


@dataclass(frozen=True)
class Request:
    """What is to be computed: the page as it is, and whether the hand has let go."""

    page: Page
    released: bool


class Calculator:
    """The page of one browser."""

    def __init__(self, library: Library, query: str, draws: int) -> None:
        """Build the page for the query of its link; draws: of each full answer."""
        self._library = library
        self._draws = draws
        self._client = ui.context.client
        self._dark = False
        state = read(query, library.names(), library.default)
        self._page = Page(library.scenario(state.name), state)
        self._shares: dict[str, float] = {}
        self._shown: Headline | None = None
        self._baseline: Headline | None = None
        self._before: Headline | None = None
        self._move = ""
        self._moving = ""
        self._pace = math.inf
        self._latest: Latest[Request] = Latest(self._answer)
        self._build()

    # ------------------------------------------------------------------------------------------------- the elements

    def _build(self) -> None:
        with ui.element("div").props('id="calculator"') as whole:
            self._top = ui.html(self._header(), sanitize=False, tag="div")
            self._problem = ui.html("", sanitize=False).props('id="problem"')
            with ui.element("main").classes("calculator"):
                with ui.element("section").classes("left").props('aria-label="Assumptions"'):
                    self._left = ui.html(controls.panel(self._page, {}), sanitize=False)
                with ui.element("div").classes("right"):
                    self._answer_card = ui.html(
                        '<p class="waiting">Simulating a million futures …</p>', sanitize=False, tag="section"
                    ).classes("card answer")
                    self._answer_card.props('aria-label="The answer"')
                    self._table = ui.html("", sanitize=False, tag="section").classes("card")
                    with ui.element("div").classes("charts"):
                        self._curves = Figure("What each costs: share of futures at or below a cost")
                        self._months = Figure(
                            "Cost by month, cumulative; bands P10 to P90 for the two compared"
                        )
                        self._tornado = Figure("One input at a time, the others at their medians")
                        self._map = MapCard()
        whole.on("input", self._on_move, js_handler=_MOVED % "false", throttle=THROTTLE)
        whole.on("change", self._on_move, js_handler=_MOVED % "true")
        whole.on("click", self._on_click, js_handler=_CLICKED)
        self._upload = ui.upload(
            max_file_size=SIZE_LIMIT,
            auto_upload=True,
            on_upload=self._on_upload,
            on_rejected=lambda: self._complain(
                Fault("", f"the file is too large; allowed: at most {SIZE_LIMIT:,} bytes")
            ),
        ).props('accept=".toml"')
        ui.html(_FOOTER, sanitize=False, tag="footer")

    def _header(self) -> str:
        titles = self._library.titles()
        options = "".join(
            f'<option value="{escape(name)}"{" selected" if name == self._page.state.name else ""}>{escape(title)}</option>'
            for name, title in titles.items()
        )
        return (
            '<header class="top"><h1>Breakeven</h1>'
            f'<label><span class="hidden-text">Scenario</span><select data-act="scenario" id="scenario">{options}</select></label>'
            '<button class="plain" data-act="upload" title="Open a scenario file (TOML)">Open file</button>'
            '<button class="plain" data-act="download" title="This scenario with your edits, as breakeven run takes it">'
            "Download</button>"
            '<span class="space"></span><span id="copied" role="status"></span>'
            '<button class="plain" data-act="link">Copy link</button>'
            '<button class="plain" data-act="reset-all">Undo edits</button></header>'
        )

    # -------------------------------------------------------------------------------------------- what the user does

    async def start(self, dark: bool) -> None:
        """Once the browser is there: rank the inputs and give the first answer."""
        self._dark = dark
        await self._open()

    async def _open(self) -> None:
        """A scenario is new on the page."""
        try:
            self._shares = await compute.aside(answers.ranking, self._page.scenario)
        except UserError as error:
            self._complain(*error.faults)
            self._page = Page(self._page.base, State(self._page.state.name))
            self._shares = await compute.aside(answers.ranking, self._page.scenario)
        self._baseline = self._before = self._shown = None
        self._move = self._moving = ""
        self._left.set_content(controls.panel(self._page, self._shares))
        ranked = sorted(registry(), key=lambda key: -self._shares.get(key, 0.0))
        self._map.offer(ranked)
        self._latest.ask(Request(self._page, released=True))

    async def _on_move(self, event: GenericEventArguments) -> None:
        """A slider, a choice or a box; `released` when the hand has let go."""
        act, key, value, released = event.args
        before = self._page
        state = before.state
        if act in ("median", "spread") and key in registry():
            position = _number(value)
            if position is None:
                return
            state, what = self._edit(act, key, position)
        elif act == "months" and (months := _number(value)) is not None:
            horizon = int(min(max(months, 1), 120))
            state, what = replace(state, horizon=horizon), text.count(horizon, "month")
            self._client.run_javascript(
                f"document.getElementById('months-out').textContent = {json.dumps(what)}"
            )
        elif released and act in ("a", "b") and value in STRATEGIES:
            await self._compare(act, str(value))
            return
        elif released and act == "strategy" and isinstance(value, list) and value[0] in STRATEGIES:
            chosen = set(before.scenario.strategies) ^ {value[0]}
            if (value[0] in chosen) is not bool(value[1]):
                return
            state, what = (
                replace(state, strategies=tuple(s for s in STRATEGIES if s in chosen)),
                "other strategies",
            )
        elif released and act == "scenario":
            await self._choose(str(value))
            return
        elif released and act in ("map-first", "map-second") and value in registry():
            self._map.choose(str(value), second=act == "map-second")
            return
        else:
            return
        if state != before.state:
            if self._moving != f"{act} {key}":
                self._before, self._moving = self._shown, f"{act} {key}"
            self._move = what
            self._show(Page(before.base, state), [key] if key else [], by_hand=True, released=released)
        elif released:
            self._latest.ask(Request(self._page, released=True))
        if released:
            self._moving = ""
            self._address()

    def _edit(self, act: str, key: str, position: float) -> tuple[State, str]:
        """The state with one slider elsewhere, and what that was, in words."""
        state, item, law = self._page.state, registry()[key], self._page.base.inputs[key]
        edit = state.edits.get(key, Edit())
        if act == "median":
            found = track(item, law).value(position)
            edit = replace(edit, median=None if found == law.median() else found)
            return state.with_edit(key, edit), f"{key} median {words.value(found, item.unit)}"
        spread = min(max(position / 100, 0.0), WIDEST)
        return state.with_edit(key, replace(edit, spread=spread)), f"{key} spread × {spread:g}"

    async def _compare(self, which: str, strategy: str) -> None:
        a, b = self._page.scenario.compare
        pair = (strategy, b) if which == "a" else (a, strategy)
        if pair[0] == pair[1]:
            pair = (b, a)
        await self._again(replace(self._page.state, pair=pair))

    async def _again(self, state: State) -> None:
        """Another comparison: inputs are ranked anew."""
        self._page = Page(self._page.base, state)
        self._address()
        await self._open()

    async def _choose(self, name: str) -> None:
        if name in self._library.names():
            self._page = Page(self._library.scenario(name), State(name))
            self._address()
            await self._open()

    async def _on_click(self, event: GenericEventArguments) -> None:
        act, key = event.args
        state = self._page.state
        if act == "reset" and key in registry():
            self._before, self._move = self._shown, f"{key} as in the scenario"
            self._show(
                Page(self._page.base, state.with_edit(key, Edit())), [key], by_hand=False, released=True
            )
            self._address()
        elif act == "reset-all":
            await self._again(State(state.name))
        elif act == "swap":
            a, b = self._page.scenario.compare
            await self._again(replace(state, pair=(b, a)))
        elif act == "baseline" and self._shown is not None:
            self._baseline, self._before, self._move = self._shown, None, ""
            self._draw_answer(self._shown, final=True)
        elif act == "download":
            self._download()
        elif act == "upload":
            self._upload.run_method("pickFiles")
        elif act == "link":
            self._client.run_javascript("breakeven.copy()")
        elif act == "dismiss":
            self._problem.set_content("")
        elif act == "map":
            await self._draw_map()

    async def _on_upload(self, event: UploadEventArguments) -> None:
        self._upload.reset()
        try:
            if event.file.size() > SIZE_LIMIT:
                raise UserError(Fault("", too_large(event.file.size()), file=text.clean(event.file.name, 60)))
            content = await event.file.read()
            name = await compute.aside(self._library.upload, content, event.file.name)
        except UserError as error:
            self._complain(*error.faults)
            return
        self._problem.set_content("")
        self._page = Page(self._library.scenario(name), State(name))
        self._top.set_content(self._header())
        self._address()
        await self._open()

    def _download(self) -> None:
        from sim.toml_write import to_toml
        from studies.publish.run_folder import slug

        scenario = self._page.scenario
        ui.download.content(to_toml(scenario.tables()), f"{slug(scenario.title)}.toml", "application/toml")

    # ----------------------------------------------------------------------------------------- what is shown of it

    def _show(self, page: Page, keys: list[str], *, by_hand: bool, released: bool) -> None:
        try:
            _ = page.scenario
        except UserError as error:
            self._complain(*error.faults)
            return
        self._page = page
        rows = [_row(page, key, by_hand) for key in keys]
        if rows:
            self._client.run_javascript(f"breakeven.rows({_script(rows)})")
        self._latest.ask(Request(page, released))

    async def _answer(self, request: Request, wanted: Callable[[], bool]) -> None:
        """The number first, from few draws while the hand moves; then from all, and the charts."""
        try:
            await self._answered(request.page, request.released, wanted)
        except UserError as error:
            self._complain(*error.faults)
        except compute.Superseded:
            raise
        except Exception as error:
            log.exception("a page could not be answered")
            self._complain(
                Fault("", f"internal error: {type(error).__name__}: {error}", hint="please report it")
            )

    async def _answered(self, page: Page, released: bool, wanted: Callable[[], bool]) -> None:
        if not released or self._pace > SOON:
            few = min(PREVIEW_DRAWS, self._draws)
            await self._draw_curves(*await self._take(page, few, wanted, final=False))
            await asyncio.sleep(0.0 if released else PAUSE)
        if self._baseline is None and page.state.edits:
            bare = Page(page.base, replace(page.state, edits={})).scenario
            before = await compute.aside(compute.simulated, bare, self._draws, wanted)
            self._baseline = answers.headline(before)
        started = time.monotonic()
        found = await self._take(page, self._draws, wanted, final=True)
        self._pace = time.monotonic() - started
        await self._draw_curves(*found)
        bars = await compute.aside(answers.tornado, page.scenario)
        if wanted():
            options = charts.tornado(bars, self._dark)
            finding, table = words.tornado_finding(bars), panels.tornado_table(bars)
            self._tornado.draw(options, finding, panels.TORNADO_LEGEND, table)

    async def _take(
        self, page: Page, draws: int, wanted: Callable[[], bool], *, final: bool
    ) -> tuple[Headline, Run]:
        """Simulate and show the number."""

        def work() -> tuple[Headline, Run]:
            run = compute.simulated(page.scenario, draws, wanted)
            return answers.headline(run), run

        found, run = await compute.aside(work)
        if not wanted():
            raise compute.Superseded
        if final:
            self._shown = found
            self._baseline = self._baseline or found
        self._draw_answer(found, final=final)
        return found, run

    def _draw_answer(self, found: Headline, *, final: bool) -> None:
        baseline = self._baseline or found
        self._answer_card.set_content(panels.answer(found, final, self._move, self._before, baseline))
        self._table.set_content(panels.strategies(found))

    async def _draw_curves(self, found: Headline, run: Run) -> None:
        lines = await compute.aside(answers.curves, run)
        legend = panels.legend(list(found.costs))
        self._curves.draw(charts.curves(found, lines, self._dark), words.curves_finding(found), legend, "")
        options, finding = charts.months(found, lines, self._dark), words.months_finding(found, lines)
        self._months.draw(options, finding, legend, panels.months_table(found, lines))

    async def _draw_map(self) -> None:
        try:
            await self._map.draw(self._page.scenario, self._dark)
        except UserError as error:
            self._complain(*error.faults)

    def _complain(self, *faults: Fault) -> None:
        self._problem.set_content(panels.problem([str(fault) for fault in faults]))
        self._client.run_javascript("document.getElementById('problem')?.scrollIntoView({block: 'nearest'})")

    def _address(self) -> None:
        self._client.run_javascript(f"breakeven.address({json.dumps(self._page.state.query())})")

    def back(self) -> None:
        """The browser is here again after it was gone."""
        self._latest.ask(Request(self._page, released=True))

    def leave(self) -> None:
        """The browser is gone."""
        self._latest.stop()


def _row(page: Page, key: str, by_hand: bool) -> list[Any]:
    now = controls.readout(page, key)
    positions = [now.median_position, now.spread_position]
    return [key, now.value, now.span, now.picture, *positions, now.spread, now.edited, by_hand]


def _script(value: Any) -> str:
    """A value as JavaScript."""
    return json.dumps(value).replace("</", "<\\/")


def _number(value: Any) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if abs(found) < 1e6 else None


_FOOTER = (
    "Everything is computed on the machine that serves this page; nothing is sent anywhere else. "
    "The same seed serves every move, so that what changes is the move’s doing alone. "
    "A link holds the scenario’s name and your edits; that of an opened file works while this server runs."
)
