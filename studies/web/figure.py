"""A chart on the page, with its finding as title and its numbers as a table for those who do not see it."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from distributions import text


class Figure:
    """One chart in its card."""

    def __init__(self, what: str) -> None:
        self._what = what
        with ui.element("section").classes("card"):
            self._title = ui.html("", sanitize=False)
            self._chart = ui.echart({}, renderer="svg").classes("chart").props('role="img"')
            self._table = ui.html("", sanitize=False)

    def draw(self, options: dict[str, Any], finding: str, legend: str, table: str) -> None:
        """Show the options, in place of what was there."""
        self._title.set_content(
            f"<h3>{text.html(finding)}</h3><p class='hint'>{text.html(self._what)}</p>{legend}"
        )
        self._chart.options.clear()
        self._chart.options.update(options)
        self._chart.props["aria-label"] = f"{finding}. {self._what}"
        self._chart.update()
        self._table.set_content(table)
