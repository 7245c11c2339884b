"""A scenario inside a link comes out as it went in, or the link says that it is damaged."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import pytest

from distributions.errors import UserError
from sim import Scenario
from studies.web import link
from studies.web.library import Library, wrong_kind

SCENARIOS = sorted((Path(link.__file__).parents[1] / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_comes_out_as_it_went_in(path: Path) -> None:
    scenario = Scenario.load(path)
    behind = link.fragment(scenario)
    assert link.reason(scenario) == ""
    assert len(behind) < 8_000
    content = link.carried(f"#{behind}")
    assert content is not None
    library = Library()
    found = library.scenario(library.upload(content, link.PLACE))
    assert found == scenario
    assert found.defaulted == scenario.defaulted


def test_the_same_scenario_has_one_name_whether_opened_or_linked() -> None:
    library, file = Library(), b"[inputs.price]\ninput = 3 # dear\n"
    first = library.upload(file, "mine.toml")
    content = link.carried("#" + link.fragment(library.scenario(first)))
    assert content is not None
    assert library.upload(content, link.PLACE) == first
    assert library.scenario(first).title == "mine"


def test_another_scenario_under_the_same_file_name_has_another_name(tmp_path: Path) -> None:
    path = tmp_path / "my bot.toml"
    path.write_text("[inputs.price]\ninput = 3\n")
    first = Library(path)
    path.write_text("[inputs.price]\ninput = 4\n")
    second = Library(path)
    assert first.default.startswith("my_bot-")
    assert first.default not in second.names()


@pytest.mark.parametrize(
    "behind",
    [
        "scenario=", "scenario=x", "scenario=%%%", "scenario=" + "A" * 40_000, "scenario=é",
        "scenario=" + base64.urlsafe_b64encode(zlib.compress(bytes(2_000_000))).decode().rstrip("="),
    ],
)  # fmt: skip
def test_what_is_no_scenario_is_damaged(behind: str) -> None:
    with pytest.raises(UserError, match="the link: the scenario in it is damaged, perhaps cut off"):
        link.carried(behind)


def test_a_link_that_was_cut_off_is_damaged_wherever_it_was_cut() -> None:
    behind = link.fragment(Scenario.from_dict({}))
    for end in range(len(link.KEY), len(behind) - 1, 97):
        with pytest.raises(UserError, match="damaged"):
            link.carried(behind[:end])


def test_a_link_without_a_scenario_has_none() -> None:
    assert link.carried("") is None
    assert link.carried("#top") is None


def test_a_scenario_that_is_too_long_for_a_link_says_so() -> None:
    noise = "".join(chr(0x4E00 + k * k % 20_000) for k in range(30_000))
    scenario = Scenario.from_dict({"study": {"title": noise}})
    assert "30,000 characters" in link.reason(scenario)
    assert link.fragment(scenario) == ""


@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [
        ("A.XLSX", "", "an Excel workbook"),
        ("sound.wav", "audio/wav", "a file of the kind audio/wav"),
        ("core.dump", "", "a file whose name ends in .dump"),
        ("\x1b[31m", "", "a folder, or a file whose name has no ending"),
    ],
)
def test_a_file_of_another_kind_is_named(name: str, media_type: str, kind: str) -> None:
    said = str(wrong_kind(name, media_type))
    assert f": is {kind}, not a scenario; allowed: a scenario: a TOML file, whose name ends in .toml" in said
    assert said.isprintable()
