"""What a file is, in words, by its name, else by what the browser says: of files that are not even sent."""

from __future__ import annotations

from pathlib import PurePath

_ENDINGS = {
    ".png": "a PNG image", ".jpg": "a JPEG image", ".jpeg": "a JPEG image", ".gif": "a GIF image",
    ".svg": "an SVG image", ".pdf": "a PDF document", ".csv": "a table (CSV)", ".tsv": "a table (TSV)",
    ".xlsx": "an Excel workbook", ".xls": "an Excel workbook", ".ods": "a spreadsheet (ODS)",
    ".docx": "a Word document", ".json": "a JSON file", ".jsonl": "a JSON Lines file", ".yaml": "a YAML file",
    ".yml": "a YAML file", ".nc": "a NetCDF file", ".parquet": "a Parquet table", ".html": "a web page",
    ".htm": "a web page", ".zip": "a ZIP archive", ".gz": "a gzip archive", ".tar": "a tar archive",
    ".py": "a Python program", ".ipynb": "a notebook", ".md": "a text (Markdown)", ".txt": "a text",
}  # fmt: skip


def kind(name: str, media_type: str = "") -> str:
    """The kind of a file, with its article."""
    ending = PurePath(name).suffix.lower()
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    if media_type:
        return f"a file of the kind {media_type}"
    return f"a file whose name ends in {ending}" if ending else "a folder, or a file whose name has no ending"
