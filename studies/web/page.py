"""One page in one browser: what the user does to it, as changes of its state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nicegui import ui

from distributions.errors import Fault, UserError
from distributions.inputs import registry
from sim.kernel import STRATEGIES
from sim.text_file import SIZE_LIMIT
from studies import text
from studies.web import answers, compute, controls, panels, words
from studies.web.edit import WIDEST, Edit
from studies.web.library import Library, too_large
from studies.web.results import Results
from studies.web.state import MOST_MONTHS, Page, State, read
from studies.web.track import track

if TYPE_CHECKING:
    from nicegui.events import GenericEventArguments, UploadEventArguments

THROTTLE = 0.05
"""Seconds between two positions of a slider that is being dragged."""


class Calculator:
    """The page of one browser: the controls on the left, `Results` on the right."""

    def __init__(self, library: Library, query: str, draws: int) -> None:
        """Build the page for the query of its link; draws: of each full answer."""
        self._library = library
        self._client = ui.context.client
        state = read(query, library.names(), library.default)
        self._page = Page(library.scenario(state.name), state)
        with ui.element("div").props('id="calculator"') as whole:
            self._top = ui.html("", sanitize=False)
            self._problem = ui.html("", sanitize=False).props('id="problem"')
            with ui.element("main").classes("calculator"):
                with ui.element("section").classes("left").props('aria-label="Assumptions"'):
                    self._left = ui.html(controls.panel(self._page, {}), sanitize=False)
                with ui.element("div").classes("right"):
                    self._results = Results(draws, self._complain)
        ui.html(_FOOTER, sanitize=False, tag="footer")
        self._show_titles()
        while_moving, once_moved = (
            f"(event) => breakeven.moved(emit, event, {released})" for released in ("false", "true")
        )
        whole.on("input", self._on_move, js_handler=while_moving, throttle=THROTTLE)
        whole.on("change", self._on_move, js_handler=once_moved)
        whole.on("click", self._on_click, js_handler="(event) => breakeven.clicked(emit, event)")
        too_big = Fault("", f"the file is too large; allowed: at most {SIZE_LIMIT:,} bytes")
        self._upload = ui.upload(
            max_file_size=SIZE_LIMIT, auto_upload=True, on_upload=self._on_upload,
            on_rejected=lambda: self._complain([too_big]),
        ).props('accept=".toml"')  # fmt: skip

    async def start(self, dark: bool) -> None:
        """Once the browser is there: rank the inputs and give the first answer."""
        self._results.dark = dark
        await self._open(self._page)

    def back(self) -> None:
        """The browser is here again after it was gone."""
        self._results.ask(self._page, released=True)

    def leave(self) -> None:
        """The browser is gone."""
        self._results.stop()

    async def _open(self, page: Page) -> None:
        """Another scenario or comparison on the page: inputs are ranked for it. Edits that cannot be are left out."""
        try:
            _ = page.scenario
        except UserError as error:
            self._complain(error.faults)
            page = Page(page.base, State(page.state.name))
        self._page = page
        self._show_address()
        shares = answers.by_input(await compute.aside(answers.ranking, page.scenario))
        if self._page is not page:
            return
        self._left.set_content(controls.panel(page, shares))
        self._results.begin(page, sorted(registry(), key=lambda key: -shares.get(key, 0.0)))

    async def _on_move(self, event: GenericEventArguments) -> None:
        """A slider, a choice or a box; `released` once the hand has let go."""
        act, key, value, released = event.args
        number = _number(value)
        if act in ("median", "spread") and key in registry() and number is not None:
            self._move_input(act, key, number, released)
        elif act == "months" and number is not None:
            months = int(min(max(number, 1), MOST_MONTHS))
            what = text.count(months, "month")
            self._run("document.getElementById('months-out').textContent = {}", what)
            self._moved(replace(self._page.state, horizon=months), what, "months", released)
        elif not released:
            return
        elif act in ("a", "b") and value in STRATEGIES:
            a, b = self._page.scenario.compare
            pair = (value, b) if act == "a" else (a, value)
            await self._compare((b, a) if pair[0] == pair[1] else pair)
        elif act == "strategy":
            name, chosen = value
            shown = {*self._page.scenario.strategies, name} - (set() if chosen else {name})
            only = tuple(strategy for strategy in STRATEGIES if strategy in shown)
            self._moved(replace(self._page.state, strategies=only), "other strategies", "strategies", True)
        elif act == "scenario" and value in self._library.names():
            await self._open(Page(self._library.scenario(value), State(value)))
        elif act in ("map-first", "map-second") and str(value) in registry():
            self._results.map.choose(str(value), second=act == "map-second")

    def _move_input(self, act: str, key: str, position: float, released: bool) -> None:
        """One slider of an input, at a position."""
        page, item = self._page, registry()[key]
        law, edit = page.base.inputs[key], page.state.edits.get(key, Edit())
        if act == "median":
            median = track(item, law).value(position)
            edit = replace(edit, median=None if median == law.median() else median)
            what = f"{key} median {words.value(median, item.unit)}"
        else:
            edit = replace(edit, spread=min(max(position / 100, 0.0), WIDEST))
            what = f"{key} spread × {edit.spread:g}"
        self._moved(page.state.with_edit(key, edit), what, f"{act} {key}", released)
        self._show_row(key, by_hand=True)

    async def _compare(self, pair: tuple[str, str]) -> None:
        await self._open(Page(self._page.base, replace(self._page.state, pair=pair)))

    async def _on_click(self, event: GenericEventArguments) -> None:
        act, key = event.args
        state = self._page.state
        if act == "reset" and key in registry():
            self._moved(state.with_edit(key, Edit()), f"{key} as in the scenario", f"reset {key}", True)
            self._show_row(key, by_hand=False)
        elif act == "reset-all":
            await self._open(Page(self._page.base, State(state.name)))
        elif act == "swap":
            a, b = self._page.scenario.compare
            await self._compare((b, a))
        elif act == "baseline":
            self._results.keep()
        elif act == "download":
            self._download()
        elif act == "upload":
            self._upload.run_method("pickFiles")
        elif act == "link":
            self._client.run_javascript("breakeven.copy()")
        elif act == "dismiss":
            self._problem.set_content("")
        elif act == "map":
            try:
                await self._results.map.draw(self._page.scenario, self._results.dark)
            except UserError as error:
                self._complain(error.faults)

    async def _on_upload(self, event: UploadEventArguments) -> None:
        self._upload.reset()
        try:
            if event.file.size() > SIZE_LIMIT:
                raise UserError(Fault("", too_large(event.file.size()), file=text.clean(event.file.name, 60)))
            content = await event.file.read()
            name = await compute.aside(self._library.upload, content, event.file.name)
        except UserError as error:
            self._complain(error.faults)
            return
        self._problem.set_content("")
        await self._open(Page(self._library.scenario(name), State(name)))
        self._show_titles()

    def _download(self) -> None:
        from sim.toml_write import to_toml
        from studies.publish.run_folder import slug

        scenario = self._page.scenario
        ui.download.content(to_toml(scenario.tables()), f"{slug(scenario.title)}.toml", "application/toml")

    def _moved(self, state: State, what: str, handle: str, released: bool) -> None:
        """Another state of the same scenario and comparison; one that cannot be is complained of and not taken."""
        if state != self._page.state:
            page = Page(self._page.base, state)
            try:
                _ = page.scenario
            except UserError as error:
                self._complain(error.faults)
                return
            self._page = page
            self._results.moved(page, what, handle, released=released)
        elif released:
            self._results.ask(self._page, released=True)
        if released:
            self._show_address()

    def _show_row(self, key: str, *, by_hand: bool) -> None:
        """by_hand: the sliders of the row are where the hand put them, and are left there."""
        now = controls.readout(self._page, key)
        positions = [now.median_position, now.spread_position]
        row = [key, now.value, now.span, now.picture, *positions, now.spread, now.edited, by_hand]
        self._run("breakeven.row({})", row)

    def _show_titles(self) -> None:
        self._top.set_content(controls.header(self._library.titles(), self._page.state.name))

    def _show_address(self) -> None:
        self._run("breakeven.address({})", self._page.state.query())

    def _complain(self, faults: Sequence[Fault]) -> None:
        self._problem.set_content(panels.problem([str(fault) for fault in faults]))
        self._client.run_javascript("document.getElementById('problem')?.scrollIntoView({block: 'nearest'})")

    def _run(self, script: str, value: Any) -> None:
        """Run a script in the browser with a value for its braces."""
        self._client.run_javascript(script.format(json.dumps(value)))


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
