"""How Sphinx builds the manual: `make docs`. Nothing is fetched, when it is built or when it is read."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

project = "Breakeven"
author = "Breakeven contributors"
copyright = author
try:
    release = metadata.version("breakeven")
except metadata.PackageNotFoundError:
    release = "not installed"

extensions = ["myst_parser", "notebook", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
suppress_warnings = [
    "myst.header",  # pages that a test holds to the README's Markdown may begin below the first level
]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
default_role = "code"
nitpicky = True
# Names of other packages lead nowhere: their inventories would have to be fetched.
nitpick_ignore_regex = [
    ("py:.*", r"(np|numpy|xr|xarray|collections|pathlib|NDArray|ArrayLike|Array|Any|Function)\b.*"),
    # Types of our own without a page: what they hold is said where they are used.
    (
        "py:class",
        r"(distributions|sim|studies)\..*|Copula|Ends|Fast|Fault|Marginal|Progress|Recipe|Support|Workers",
    ),
    ("py:exc", "UserError"),
]

smartquotes = False  # a command is copied as it stands

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_title = "Breakeven"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"source_repository": "", "top_of_page_buttons": []}
