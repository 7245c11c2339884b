"""Notebooks as pages: executed when the manual is built, and shown with what came of it.

Notebooks lie in the repository without outputs; so these cannot be out of date.
"""

from __future__ import annotations

import html
import os
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from myst_parser.parsers.sphinx_ import MystParser
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
MOST_SECONDS = 24 * 3600
"""For what nbclient does not wait for without end; how long that takes depends on what else the machine does."""

QUIET = ["--IPKernelApp.log_level=40"]
"""Only errors of the kernel itself; it is alone on the loopback, and its messages are signed."""


def executed(text: str) -> Any:
    """The notebook of a text with the outputs of its cells, run in an empty folder. Raises what a cell raises."""
    notebook = nbformat.reads(text, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        place = {"metadata": {"path": folder}}
        client = NotebookClient(
            notebook,
            timeout=None,
            startup_timeout=MOST_SECONDS,
            iopub_timeout=MOST_SECONDS,
            resources=place,
            extra_arguments=QUIET,
        )
        client.execute(env={**os.environ, "PYTHONPATH": str(ROOT)})
    return notebook


def markdown(notebook: Any) -> str:
    """A notebook as Markdown: its text, its code, and of each output the richest form."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        parts += [_shown(output) for output in cell.outputs if output.get("name") != "stderr"]
    return "\n\n".join(parts) + "\n"


def _shown(output: Any) -> str:
    data = output.get("data", {})
    if "image/png" in data:
        picture = f'<img alt="figure" src="data:image/png;base64,{"".join(data["image/png"].split())}">'
        return f"```{{raw}} html\n{picture}\n```"
    if "text/html" in data:
        return f"```{{raw}} html\n{data['text/html']}\n```"
    plain = data.get("text/plain") or output.get("text", "")
    return f"```{{raw}} html\n<pre>{html.escape(plain)}</pre>\n```"


class NotebookParser(MystParser):
    """Sphinx's reader of `.ipynb`."""

    supported = ("notebook",)

    def parse(self, inputstring: str, document: Any) -> None:
        """The notebook, executed, as a page of Markdown."""
        super().parse(markdown(executed(inputstring)), document)


def setup(app: Any) -> dict[str, bool]:
    """Makes it known to Sphinx."""
    app.add_source_suffix(".ipynb", "notebook")
    app.add_source_parser(NotebookParser)
    return {"parallel_read_safe": True}
