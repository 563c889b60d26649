"""What the monitor does beyond its screen, by key and by event."""

from pathlib import Path
from types import ModuleType

import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import RunEnded
from amn_tui.run.outcome import Outcome


async def test_s_saves_the_screen_and_says_where(
    ui: ModuleType, folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    monkeypatch.setenv("XDG_PICTURES_DIR", str(pictures))
    folder.log.write_text("loss[/red] <script>x</script> & done\n")
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("s")
        await ui.settle(pilot, lambda: "saved" in ui.read_screen(app))
        (svg,) = pictures.glob("amn-tui-amn-790k-*.svg")
        assert svg.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
        assert "loss[/red]" in svg.read_text("utf-8").replace("&#160;", " ")
        assert "<script>" not in svg.read_text("utf-8")


async def test_a_picture_that_cannot_be_saved_is_said(
    ui: ModuleType, folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amn_tui.ui.picture.choose_folder", lambda _environment: tmp_path / "none")
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await ui.open_run(pilot, app)
        await pilot.press("s")
        await ui.settle(pilot, lambda: "cannot save the screen" in ui.read_screen(app))


async def test_the_bell_rings_for_an_alarm_and_for_the_end(
    ui: ModuleType, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, source = ui.make_app(folder, ui.healthy(1), now=1282)
    rung: list[int] = []
    monkeypatch.setattr(app, "bell", lambda: rung.append(1))
    async with app.run_test(size=(80, 24)) as pilot:
        await ui.open_run(pilot, app)
        assert not rung
        source.tell(ui.raise_alarm())
        await ui.settle(pilot, lambda: len(rung) == 1)
        source.tell(RunEnded(ui.BEGAN + 1280, Outcome.ABORTED_BY_GATE, "stopped", 0))
        await ui.settle(pilot, lambda: len(rung) == 2)


async def test_a_notice_that_fails_is_on_the_screen(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(100, 40)) as pilot:
        await ui.open_run(pilot, app)
        app.tell_problem("notice 1 (json)", "could not be sent")
        await ui.settle(pilot, lambda: "notice 1 (json)" in ui.read_screen(app))


@pytest.mark.slow
def test_the_title_is_the_terminals_and_put_back(open_terminal, ui: ModuleType, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = ui.write_folder(tmp_path / "run", ui.healthy(3))
    terminal = open_terminal("attach", str(path), "--read-only")
    terminal.wait_for(lambda: b"\x1b]2;3/20 0.5716 amn-790k-attempt-3\x07" in terminal.raw)
    assert b"\x1b[22;2t" in terminal.raw
    terminal.press("q")
    terminal.wait_for(lambda: b"\x1b[23;2t" in terminal.raw)
    assert terminal.wait_for_exit() == 0
    quiet = open_terminal("attach", str(path), "--read-only", "--no-title")
    quiet.wait_for("amn-790k")
    quiet.press("q")
    quiet.wait_for_exit()
    assert b"\x1b]2;" not in quiet.raw


@pytest.mark.slow
def test_inline_is_lines_and_one_that_changes(open_terminal, ui: ModuleType, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = ui.write_folder(tmp_path / "run", ui.completed())
    terminal = open_terminal("attach", str(path), "--inline")
    assert terminal.wait_for_exit() in (0, 1)
    assert "epoch 20/20" in terminal.text
    assert b"\x1b[?1049h" not in terminal.raw  # no other screen
