"""One page in one browser: what the user does to it, as changes of its state."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nicegui import ui

from distributions import text
from distributions.errors import Fault, UserError
from distributions.tables.text_file import SIZE_LIMIT
from sim.model.strategies import REGISTRY
from studies.web import answers, compute, controls, link, made, messages, panels, words
from studies.web.compute import Superseded
from studies.web.edit import WIDEST, Edit
from studies.web.library import Library, too_large, wrong_kind
from studies.web.made import Made
from studies.web.results import Results
from studies.web.state import MOST_MONTHS, Page, State, named, read
from studies.web.track import track

if TYPE_CHECKING:
    from nicegui.events import GenericEventArguments, UploadEventArguments

_ARRIVED = "[matchMedia('(prefers-color-scheme: dark)').matches, location.hash]"

MOST_FAULTS = 20
"""Shown at once."""

THROTTLE = 0.05
"""Seconds between two positions of a slider that is being dragged."""


class Calculator:
    """The page of one browser: the controls on the left, `Results` on the right."""

    def __init__(self, library: Library, query: str, draws: int) -> None:
        """Build the page for the query of its link; draws: of each full answer."""
        self._library, self._query = library, query
        self._client = ui.context.client
        self._started = self._opening = False
        self._opened = 0
        self._shares: Mapping[str, float] = {}
        state = read(query, library.names(), library.default, library.scenario)
        self._page = Page(library.scenario(state.name), state)
        # Until a browser is here, the scenario as it is: edits take their time.
        bare = Page(self._page.base, State(state.name))
        with ui.element("div").props('id="calculator"') as whole:
            self._top = ui.html("", sanitize=False)
            self._problem = ui.html("", sanitize=False).props('id="problem"')
            with ui.element("main").classes("calculator"):
                with ui.element("section").classes("left").props('aria-label="Assumptions"'):
                    self._left = ui.html(controls.panel(bare, None), sanitize=False)
                with ui.element("div").classes("right"):
                    self._results = Results(draws, self._complain, self._here)
        ui.html(_FOOTER, sanitize=False, tag="footer")
        self._show_titles()
        while_moving, once_moved = (
            f"(event) => breakeven.moved(emit, event, {released})" for released in ("false", "true")
        )
        whole.on("input", self._on_move, js_handler=while_moving, throttle=THROTTLE)
        whole.on("change", self._on_move, js_handler=once_moved)
        whole.on("click", self._on_click, js_handler="(event) => breakeven.clicked(emit, event)")
        self._upload = ui.upload(max_file_size=SIZE_LIMIT, auto_upload=True, on_upload=self._on_upload)
        self._upload.props('accept=".toml"').on(
            "rejected", self._on_rejected, js_handler="(files) => breakeven.rejected(emit, files)"
        )
        whole.props(f'data-upload="{self._upload.id}"')

    async def arrive(self) -> None:
        """A browser is here: for the first time, or again after it was gone."""
        if self._started:
            if self._opening:
                await self._open(self._page)
            else:
                self._results.ask(self._page, released=True)
            return
        try:
            dark, behind = messages.arrived(await ui.run_javascript(_ARRIVED, timeout=10))
            page = await self._linked(behind)
        except (TimeoutError, Superseded):
            return  # gone before it said what it shows: it will arrive again, or never
        self._page, self._started, self._results.dark = page, True, dark
        self._complain([*page.state.faults, *_held(page)])
        self._show_titles()
        await self._open(page)

    async def _linked(self, behind: str) -> Page:
        """The page of the link, whose scenario may stand behind its `#`."""
        state, names = self._page.state, self._library.names()
        if (named(self._query) or "") not in names:
            try:
                content = link.carried(behind)
                if content is not None:
                    name = await compute.aside(self._here, self._library.upload, content, link.PLACE)
                    state = read(self._query, names, self._library.default, self._library.scenario, name)
            except UserError as error:
                state = State(self._library.default, faults=error.faults)
        return Page(self._library.scenario(state.name), state)

    def leave(self) -> None:
        """A browser is gone; another connection of it may be left."""
        if not self._here():
            self._results.stop()

    def _here(self) -> bool:
        """Whether a browser is connected: only for one that is anything is computed."""
        return self._client.has_socket_connection and not self._client.is_deleted

    async def _open(self, page: Page) -> None:
        """Another scenario or comparison on the page: inputs are ranked for it. Edits that cannot be are left out."""
        try:
            _ = page.scenario
        except UserError as error:
            self._complain(error.faults)
            page = Page(page.base, State(page.state.name))
        self._page, self._opening = page, True
        self._opened += 1
        number = self._opened
        self._show_address()
        try:
            ranked = await compute.aside(
                lambda: number == self._opened and self._here(), answers.ranking, page.scenario
            )
        except Superseded:
            return
        self._opening, shares = False, answers.by_input(ranked, page.scenario)
        self._shares = shares
        self._left.set_content(controls.panel(self._page, shares))
        self._results.begin(self._page, sorted(page.scenario.inputs, key=lambda key: -shares.get(key, 0.0)))

    async def _on_move(self, event: GenericEventArguments) -> None:
        """A slider, a choice or a box; `released` once the hand has let go."""
        sent = messages.moved(event.args)
        if sent is None:
            return
        act, key, released, number = sent.act, sent.key, sent.released, _number(sent.value)
        scenario = self._page.scenario
        if act in ("median", "spread") and key in scenario.inputs and number is not None:
            self._move_input(act, key, number, released)
        elif act == "months" and number is not None:
            months = int(min(max(number, 1), MOST_MONTHS))
            what = text.count(months, "month")
            self._run("document.getElementById('months-out').textContent = {}", what)
            self._moved(replace(self._page.state, horizon=months), what, "months", released)
        elif not released:
            return
        elif act in ("a", "b") and sent.value in scenario.definitions:
            a, b = scenario.compare
            pair = (sent.value, b) if act == "a" else (a, sent.value)
            await self._compare((b, a) if pair[0] == pair[1] else pair)
        elif act == "strategy":
            shown = {*scenario.strategies, sent.value} - (set() if sent.chosen else {sent.value})
            only = tuple(strategy for strategy in scenario.definitions if strategy in shown)
            self._moved(replace(self._page.state, strategies=only), "other strategies", "strategies", True)
            self._left.set_content(controls.panel(self._page, self._shares))
        elif act.startswith("part-") and key in scenario.definitions:
            await self._part(key, act.removeprefix("part-"), sent.value)
        elif act == "add" and sent.value in scenario.definitions:
            await self._add(sent.value)
        elif act == "scenario" and sent.value in self._library.names():
            await self._open(Page(self._library.scenario(sent.value), State(sent.value)))
        elif act in ("map-first", "map-second") and sent.value in scenario.inputs:
            self._results.map.choose(sent.value, second=act == "map-second")

    def _move_input(self, act: str, key: str, position: float, released: bool) -> None:
        """One slider of an input, at a position."""
        page, item = self._page, self._page.item(key)
        distribution, edit = page.shaped.inputs[key], page.state.edits.get(key, Edit())
        if act == "median":
            median = track(item, distribution).value(position)
            edit = replace(edit, median=None if median == distribution.median() else median)
            what = f"{key} median {words.value(median, item.unit)}"
        else:
            edit = replace(edit, spread=min(max(position / 100, 0.0), WIDEST))
            what = f"{key} spread × {edit.spread:g}"
        self._moved(page.state.with_edit(key, edit), what, f"{act} {key}", released)
        self._show_row(key, by_hand=True)

    async def _part(self, name: str, part: str, written: str) -> None:
        """Another part of a strategy: of a shipped one, as a new strategy in its place in the comparison."""
        page, state = self._page, self._page.state
        found = [choice for choice in made.CHOICES.get(part, ()) if made.written(choice) == written]
        if not found:
            return
        before = page.scenario.strategy(name).parts
        after = made.adapted(before, part, found[0])
        chosen = {key: choice for key, choice in after._asdict().items() if choice != getattr(before, key)}
        if name not in REGISTRY:
            old = state.made.get(name, Made())
            one = Made(old.like, {**old.parts, **chosen})
            await self._change(replace(state, made={**state.made, name: one}))
            return
        new = made.fresh(page.scenario, name)
        a, b = (new if other == name else other for other in page.scenario.compare)
        changed = replace(state, made={**state.made, new: Made(name, chosen)}, pair=(a, b))
        await self._change(replace(changed, strategies=(*page.scenario.strategies, new)))

    async def _add(self, like: str) -> None:
        """A new strategy like another; like one that was made here, it is made as that one was."""
        page, state = self._page, self._page.state
        old = state.made.get(like, Made())
        one = old if old.like else Made(like)
        new = made.fresh(page.scenario, like)
        every = (*page.scenario.strategies, new)
        await self._change(replace(state, made={**state.made, new: one}, strategies=every))

    async def _remove(self, name: str) -> None:
        """A strategy made here goes, and one that was changed is as it was."""
        page, state = self._page, self._page.state
        gone = bool(state.made[name].like)
        rest = {key: one for key, one in state.made.items() if key != name}
        pair, strategies = state.pair, state.strategies
        if gone:
            strategies = tuple(other for other in page.scenario.strategies if other != name)
            if pair and name in pair:
                like = state.made[name].like
                a, b = (like if other == name else other for other in pair)
                pair = None if a == b else (a, b)
            strategies = strategies if len(strategies) > 1 else None
        await self._change(replace(state, made=rest, pair=pair, strategies=strategies))

    async def _change(self, state: State) -> None:
        """Other strategies; what cannot be is complained of, and the page stays as it was."""
        page = Page(self._page.base, state)
        try:
            _ = page.scenario
        except UserError as error:
            self._complain(error.faults)
            self._left.set_content(controls.panel(self._page, self._shares))
            return
        await self._open(page)

    async def _compare(self, pair: tuple[str, str]) -> None:
        await self._open(Page(self._page.base, replace(self._page.state, pair=pair)))

    async def _on_click(self, event: GenericEventArguments) -> None:
        sent = messages.clicked(event.args)
        if sent is None:
            return
        act, key = sent
        state = self._page.state
        if act == "reset" and key in self._page.scenario.inputs:
            self._moved(state.with_edit(key, Edit()), f"{key} as in the scenario", f"reset {key}", True)
            self._show_row(key, by_hand=False)
        elif act == "reset-all":
            await self._open(Page(self._page.base, State(state.name)))
        elif act == "remove" and key in state.made:
            await self._remove(key)
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
            self._run("breakeven.copy({})", "" if self._is_shipped() else link.reason(self._page.base))
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
            name = await compute.aside(self._here, self._library.upload, content, event.file.name)
        except UserError as error:
            self._complain(error.faults)
            return
        except Superseded:
            return
        self._problem.set_content("")
        await self._open(Page(self._library.scenario(name), State(name)))
        self._show_titles()

    def _on_rejected(self, event: GenericEventArguments) -> None:
        """A file that the browser did not send."""
        sent = messages.rejected(event.args)
        if sent is None:
            return
        if sent.why == "accept":
            self._complain([wrong_kind(sent.file, sent.media_type)])
        elif sent.why == "number":
            self._complain([Fault("", "several files were dropped", "one scenario at a time")])
        else:
            problem = f"the file is too large; allowed: at most {SIZE_LIMIT:,} bytes"
            self._complain([Fault("", problem)])

    def _download(self) -> None:
        from distributions.tables.writing import to_toml
        from studies.shared.folder.run_folder import slug

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
        """by_hand: the sliders of the row are where the hand put them, and are left there. Expressions follow."""
        for name in (key, *self._page.scenario.expressions):
            now = controls.readout(self._page, name)
            positions = [now.median_position, now.spread_position]
            row = [name, now.value, now.span, now.picture, *positions, now.spread, now.edited, by_hand]
            self._run("breakeven.row({})", row)

    def _show_titles(self) -> None:
        self._top.set_content(controls.header(self._library.titles(), self._page.state.name))

    def _show_address(self) -> None:
        behind = "" if self._is_shipped() else link.fragment(self._page.base)
        self._run("breakeven.address({})", [self._page.state.query(), behind])

    def _is_shipped(self) -> bool:
        """Whether every server has the scenario, so that links need not hold it."""
        return self._page.state.name in self._library.shipped()

    def _complain(self, faults: Sequence[Fault]) -> None:
        if not faults:
            return
        more = len(faults) - MOST_FAULTS
        rest = [f"and {text.count(more, 'more fault')}"] if more > 0 else []
        self._problem.set_content(panels.problem([*map(str, faults[:MOST_FAULTS]), *rest]))
        self._client.run_javascript("document.getElementById('problem')?.scrollIntoView({block: 'nearest'})")

    def _run(self, script: str, value: Any) -> None:
        """Run a script in the browser with a value for its braces."""
        self._client.run_javascript(script.format(json.dumps(value)))


def _held(page: Page) -> tuple[Fault, ...]:
    """What of a page's edits is not so; nothing where the page cannot be, which is said when it is opened."""
    try:
        return page.held
    except UserError:
        return ()


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 1e6 else None


_FOOTER = (
    "Everything is computed on the machine that serves this page; nothing is sent anywhere else. "
    "The same seed serves every move, so that what changes is the move’s doing alone. "
    "A link holds your edits and, where the scenario is not one of those shipped, the scenario itself."
)
