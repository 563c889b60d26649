"""Pictures of the screen: nothing is overwritten, nothing comes from elsewhere."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amn_tui.ui.picture import choose_folder, save_picture, use_own_fonts

AT = datetime(2026, 11, 25, 15, 0, 1, tzinfo=UTC)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    first = save_picture(SVG, "../e vil\x1b/x", AT, tmp_path)
    assert [path.name for path in first] == [f"amn-tui-e-vil-x-20261125T150001.{end}" for end in ("svg", "png")]
    assert first[1].read_bytes().startswith(b"\x89PNG")
    second = save_picture(SVG, "../e vil\x1b/x", AT, tmp_path)
    assert second[0].name == "amn-tui-e-vil-x-20261125T150001-2.svg"
    assert len(list(tmp_path.iterdir())) == 4


def test_without_cairosvg_there_is_an_svg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    assert [path.suffix for path in save_picture(SVG, "run", AT, tmp_path)] == [".svg"]


def test_pictures_go_where_pictures_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert choose_folder({"XDG_PICTURES_DIR": str(tmp_path)}) == tmp_path
    assert choose_folder({"XDG_PICTURES_DIR": str(tmp_path / "none")}) == tmp_path
    assert choose_folder({}) == tmp_path


def test_fonts_are_the_readers_own() -> None:
    svg = "@font-face { src: url(https://x) }\n.a { font-family: Fira Code; font-size: 20px }"
    assert "https" not in use_own_fonts(svg)
    assert "Fira" not in use_own_fonts(svg)
