"""A figure's SVG as part of a page: only what draws, ids of its own, no style that reaches beyond it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"

DRAWING = {
    "svg", "g", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "use",
    "clipPath", "pattern", "linearGradient", "radialGradient", "stop", "image",
}  # fmt: skip
"""Elements that are kept. Titles and metadata go, since the page says what the picture shows; so do styles, which would
hold for the whole page, and whatever could run or fetch."""

ATTRIBUTES = {
    "id", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "viewBox", "points",
    "transform", "style", "fill", "stroke", "stroke-width", "opacity", "clip-path", "clip-rule", "fill-rule",
    "patternUnits", "patternTransform", "gradientUnits", "gradientTransform", "offset", "stop-color", "stop-opacity",
    "text-anchor", "preserveAspectRatio", "href",
}  # fmt: skip

FONTS = "'DejaVu Sans', Verdana, 'Bitstream Vera Sans', sans-serif"
"""DejaVu is what the figures were measured in; Verdana, of the same widths, is on most other machines."""

_URL = re.compile(r"url\(\s*['\"]?([^)'\"]*)['\"]?\s*\)")
_PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*")


def inlined(content: bytes, prefix: str, alt: str) -> str | None:
    """The picture as an `<svg>` element for a page, or None where the content is no SVG.

    prefix: put before every id, so that two pictures on a page do not share one. alt: the text alternative.
    """
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, RecursionError):
        return None
    if root.tag != f"{{{SVG}}}svg" or not root.get("viewBox"):
        return None
    cleaned = _cleaned(root, prefix)
    if cleaned is None:
        return None
    _keep_used_ids(cleaned)
    for name in ("width", "height"):
        cleaned.attrib.pop(name, None)
    cleaned.attrib |= {
        "role": "img",
        "aria-label": alt,
        # What matplotlib says of every element by a style sheet.
        "style": "stroke-linejoin: round; stroke-linecap: butt",
    }
    return ElementTree.tostring(cleaned, encoding="unicode", short_empty_elements=False)


def title(content: bytes) -> str:
    """The title that a picture carries, "" where it has none."""
    try:
        element = ElementTree.fromstring(content).find(f"{{{SVG}}}title")
    except (ElementTree.ParseError, ValueError):
        return ""
    return (element.text or "").strip() if element is not None else ""


def _cleaned(element: ElementTree.Element, prefix: str) -> ElementTree.Element | None:
    name = _local(element.tag, SVG)
    if name not in DRAWING:
        return None
    made = ElementTree.Element(name)
    for key, value in element.attrib.items():
        plain = _local(key, XLINK)
        kept = _attribute(name, plain, value, prefix) if plain in ATTRIBUTES else None
        if kept is not None:
            made.set(plain, kept)
    # The many line breaks between elements draw nothing.
    blank = name not in {"text", "tspan"}
    made.text = None if blank else element.text
    for child in element:
        kept_child = _cleaned(child, prefix)
        if kept_child is not None:
            kept_child.tail = None if blank else child.tail
            made.append(kept_child)
    return made


def _keep_used_ids(root: ElementTree.Element) -> None:
    """Takes away ids that nothing refers to, and the second of two that are the same: matplotlib writes both."""
    values = [value for element in root.iter() for value in element.attrib.values()]
    used = {used_id for value in values for used_id in re.findall(r"url\(#([^)]+)\)", value)}
    used |= {value[1:] for value in values if value.startswith("#")}
    for element in root.iter():
        name = element.get("id")
        if name is not None and name not in used:
            del element.attrib["id"]
        used.discard(name or "")


def _attribute(element: str, name: str, value: str, prefix: str) -> str | None:
    if name == "id":
        return prefix + value
    if name == "href":
        if value.startswith("#"):
            return f"#{prefix}{value[1:]}"
        return value if element == "image" and _PICTURE.fullmatch(value) else None
    if any(not target.startswith("#") for target in _URL.findall(value)):
        return None
    value = _URL.sub(lambda match: f"url(#{prefix}{match[1][1:]})", value)
    if name == "style":
        value = value.replace("font-family: 'DejaVu Sans'", f"font-family: {FONTS}")
    return " ".join(value.split())


def _local(name: object, namespace: str) -> str:
    """A name without its namespace; one of another namespace, or a comment, becomes one that nothing has."""
    local = name.removeprefix(f"{{{namespace}}}") if isinstance(name, str) else "{"
    return "?" if local.startswith("{") else local
