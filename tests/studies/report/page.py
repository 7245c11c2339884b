"""A report as its readers' programs see it: elements in order, checked for balance while it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    inside: tuple[str, ...]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Every element with the text in it, in document order. Raises AssertionError where tags do not match."""

    html: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[Element] = []
        self.feed(self.html)
        self.close()
        assert not self.open, f"never closed: {[element.name for element in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        inside = tuple(element.name for element in self.open)
        element = Element(tag, {name: value or "" for name, value in attrs}, inside)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def all(self, *names: str) -> list[Element]:
        return [element for element in self.elements if element.name in names]

    def words(self, name: str) -> str:
        """The text of the one element of this name, on one line."""
        (element,) = [one for one in self.all(name) if "svg" not in one.inside]
        return " ".join(element.text.split())

    def sections(self) -> list[str]:
        return [element.attributes["id"] for element in self.all("section")]

    def section(self, name: str) -> str:
        (element,) = [one for one in self.all("section") if one.attributes["id"] == name]
        return " ".join(element.text.split())

    def references(self) -> set[str]:
        """Ids that the page refers to, from links, clipped paths and used shapes."""
        found = set(re.findall(r"url\(#([^)]+)\)", self.html))
        found |= {
            one.attributes["href"][1:]
            for one in self.elements
            if one.attributes.get("href", "").startswith("#")
        }
        return found | {
            one.attributes["aria-labelledby"] for one in self.elements if "aria-labelledby" in one.attributes
        }
