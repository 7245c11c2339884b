"""A kept recipe is the fitted one to the last bit, and a file that cannot be had costs a fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from distributions import kept_recipes
from distributions.forms.mixture import Mixture
from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.sampling import recipes
from distributions.sampling.inverse import Recipe
from distributions.spec import Marginal, marginal

BETA = {"beta": {"mean": 0.3, "sd": 0.12}}
TWO = {
    "mixture": {
        "weights": [1, 2],
        "parts": [{"normal": {"mean": 0, "sd": 1}}, {"normal": {"mean": 2, "sd": 3}}],
    }
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept_recipes, "_folder", lambda: tmp_path)
    return tmp_path


def _not_fitted(_: Any) -> Recipe:
    raise AssertionError("fitted again")


def _bits(recipe: Recipe) -> tuple[Any, ...]:
    pieces = None if recipe.pieces is None else recipe.pieces.tobytes()
    linked = recipe.linked
    return recipe, pieces, linked, None if linked.pieces is None else linked.pieces.tobytes()


@pytest.mark.parametrize("form", [BETA, TWO])
def test_a_kept_recipe_is_the_fitted_one(form: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = marginal(form).recipe
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(recipes, "recipe", _not_fitted)
    assert _bits(marginal(form).recipe) == _bits(fitted)
    with pytest.raises(AssertionError, match="fitted again"):
        _ = marginal({"beta": {"mean": 0.3, "sd": 0.13}}).recipe


def test_closed_forms_are_not_kept(folder: Path) -> None:
    _ = marginal({"lognormal": {"median": 2.0, "sigma": 1.0}}).recipe
    assert list(folder.iterdir()) == []


def test_a_damaged_file_is_fitted_and_written_again(folder: Path) -> None:
    fitted = marginal(BETA).recipe
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    for damage in (whole[: len(whole) // 2], b"", b"\x80\x05N."):
        path.write_bytes(damage)
        assert _bits(marginal(BETA).recipe) == _bits(fitted)
        assert path.read_bytes() == whole


def test_the_latest_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_recipes, "MOST", 2)
    for sd in (0.1, 0.11, 0.12, 0.13):
        _ = marginal({"beta": {"mean": 0.3, "sd": sd}}).recipe
    assert len(list(folder.iterdir())) == 2


def test_a_folder_that_is_gone_costs_a_fit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_recipes, "_folder", lambda: folder / "gone")
    assert marginal(BETA).recipe.kind == recipes.POLYNOMIAL


def test_a_class_of_someones_own_is_not_kept(folder: Path) -> None:
    class Own(Mixture):
        pass

    parts = [ScipyDistribution("norm"), ScipyDistribution("norm", loc=2.0)]
    assert Marginal("own", Own(parts, (0.5, 0.5))).recipe.kind == recipes.TABLE
    assert list(folder.iterdir()) == []
