"""The diagnosis in the app: the place on the tree, the findings, and debug actions that never hold the screen up."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from textual.pilot import Pilot

from amn_tui.run.diagnosis.actions import DebugAction, skip
from amn_tui.run.diagnosis.branches import list_branches
from amn_tui.run.diagnosis.evidence import ActionResult, gather_evidence
from amn_tui.run.diagnosis.ranking import diagnose
from amn_tui.run.folder import RunFolder
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.screens import diagnosis
from amn_tui.ui.screens.diagnosis import DiagnosisScreen
from amn_tui.ui.screens.help import HelpScreen
from amn_tui.ui.screens.monitor import MonitorScreen
from amn_tui.ui.widgets.decision_tree import TreeDatum, draw_large_tree
from amn_tui.ui.widgets.finding_list import FindingList

GOLDEN = Path(__file__).parent / "golden"
pytestmark = pytest.mark.slow  # each test runs the whole app
FOUND = {
    "norms": ("PASS", "9591 rows of 3 arrays are unit vectors"),
    "forward": ("PASS", "output norm 1.0000, at most 1.2e-07 off 1; raw finite, longest 16.5"),
    "compare": ("FAIL", "coherence: mean 0.337 is 30.4% below A's 0.484; 26.9 points more low pairs than in A"),
}


def test_what_is_said_of_the_nodes_begins_in_one_column_and_is_cut_with_a_sign(ui: ModuleType) -> None:
    run = ui.make_run(ui.aborted())
    found = diagnose(run, gather_evidence(run))
    notes = (("preflight", "PPP"), ("epoch 1", "EEE"), ("abort", "A" * 99))
    datum = TreeDatum(found.tree, notes, list_branches(found.findings), found.conclusion, healthy=False)
    lines = ui.read_text(draw_large_tree(datum, 60, UNICODE)).splitlines()
    begins = {lines[row].index(words) for row, words in ((0, "PPP"), (2, "EEE"), (4, "AAA"), (5, "fix the data"))}
    assert len(begins) == 1
    assert lines[4].endswith("A…")
    assert all(len(line) <= 60 for line in lines)


class FakeRun:
    """Stands for a child process: ends when it is let go, or given up."""

    released = threading.Event()
    cancelled: list[str] = []  # noqa: RUF012 (of all of them, emptied by the fixture)

    def __init__(self, action: DebugAction) -> None:
        self.action = action
        self.given_up = threading.Event()

    def cancel(self) -> None:
        self.cancelled.append(self.action.name)
        self.given_up.set()

    def finish(self) -> ActionResult:
        while not self.released.is_set():
            if self.given_up.wait(0.01):
                return skip(self.action, "cancelled")
        verdict, found = FOUND[self.action.name]
        about = {"coherence": verdict} if self.action.name == "compare" else {}
        return ActionResult(self.action.name, verdict, found, "amn-tui data inspect x", about=about)


@pytest.fixture(autouse=True)
def fake_runs(monkeypatch: pytest.MonkeyPatch) -> type[FakeRun]:
    FakeRun.released = threading.Event()
    FakeRun.cancelled = []
    monkeypatch.setattr(diagnosis, "ActionRun", FakeRun)
    return FakeRun


async def open_diagnosis(ui: ModuleType, pilot: Pilot[None], app: MonitorApp) -> DiagnosisScreen:
    await ui.open_run(pilot, app)
    await pilot.press("d")
    await ui.settle(pilot, lambda: isinstance(app.screen, DiagnosisScreen) and app.screen.diagnosis is not None)
    assert isinstance(app.screen, DiagnosisScreen)
    return app.screen


@pytest.mark.parametrize("key", ["escape", "d", "q"])
async def test_d_opens_it_and_three_keys_go_back(ui: ModuleType, folder: RunFolder, key: str) -> None:
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_diagnosis(ui, pilot, app)
        assert screen.running == {}  # training goes on: nothing starts without being asked
        assert "s starts them" in ui.read_screen(app)
        assert "nothing is wrong" in ui.read_screen(app)
        await pilot.press(key)
        await ui.settle(pilot, lambda: isinstance(app.screen, MonitorScreen))


async def test_of_a_run_that_is_over_the_actions_run_beside_the_screen(
    ui: ModuleType, folder: RunFolder, fake_runs: type[FakeRun]
) -> None:
    app, _ = ui.make_app(folder, ui.aborted())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await open_diagnosis(ui, pilot, app)
        await ui.settle(pilot, lambda: "▸ run" in ui.read_screen(app))
        findings = app.screen.query_one(FindingList)
        await pilot.press("j")  # the screen answers while they run
        assert findings.cursor == 1 or len(findings.names) == 1
        fake_runs.released.set()
        await ui.settle(pilot, lambda: not screen.running)
        text = ui.read_screen(app)
        assert "✗ FAIL  the data against the reference" in text
        assert "against 584k: coherence: mean 0.337" in text  # what an action found is evidence
        assert "✓ PASS  the model's forward pass" in text


async def test_x_gives_them_up_and_leaving_leaves_no_process(
    ui: ModuleType, folder: RunFolder, fake_runs: type[FakeRun]
) -> None:
    app, _ = ui.make_app(folder, ui.aborted())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_diagnosis(ui, pilot, app)
        await ui.settle(pilot, lambda: len(screen.running) == 3)
        await pilot.press("x")
        await ui.settle(pilot, lambda: not screen.running)
        assert sorted(fake_runs.cancelled) == ["compare", "forward", "norms"]
        assert "not run: cancelled" in ui.read_screen(app)
        await pilot.press("s")
        await ui.settle(pilot, lambda: len(screen.running) == 3)
        await pilot.press("q")
        await ui.settle(pilot, lambda: len(fake_runs.cancelled) == 6)


async def test_leaving_the_app_gives_them_up(ui: ModuleType, folder: RunFolder, fake_runs: type[FakeRun]) -> None:
    app, _ = ui.make_app(folder, ui.aborted())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_diagnosis(ui, pilot, app)
        await ui.settle(pilot, lambda: len(screen.running) == 3)
        app.leave_from_outside()
    assert len(fake_runs.cancelled) >= 3


async def test_y_and_enter_copy_the_command_of_the_finding(
    ui: ModuleType, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    app, _ = ui.make_app(folder, ui.aborted())
    monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await open_diagnosis(ui, pilot, app)
        assert screen.diagnosis is not None
        await pilot.press("y", "j", "enter")
        steps = [finding.next.command for finding in screen.diagnosis.findings]
        assert copied == steps[:2]
        await pilot.press("end", "y")
        assert copied[-1] in [steps[-1], *(step.command for step in screen.diagnosis.alternatives[-1:])]
        assert "copied:" in ui.read_screen(app)


async def test_the_run_stays_up_to_date_and_an_alarm_can_be_answered_from_here(
    ui: ModuleType, folder: RunFolder
) -> None:
    app, source = ui.make_app(folder, ui.healthy(1))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await open_diagnosis(ui, pilot, app)
        before = screen.diagnosis
        source.tell(ui.epoch(2, 0.31), ui.raise_alarm())
        await ui.settle(pilot, lambda: screen.diagnosis is not before and "ALARM" in ui.read_screen(app))
        text = ui.read_screen(app)
        assert "a stop now" in text
        assert "val_cosine fell by 0.2127 in epoch 2" in text
        await pilot.press("a")
        await ui.settle(pilot, folder.control.exists)


async def test_help_names_its_keys_and_the_monitor_says_d(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.alarmed())
    async with app.run_test(size=(120, 40)) as pilot:
        await ui.open_run(pilot, app)
        assert "d diagnose" in ui.read_screen(app)
        await open_diagnosis(ui, pilot, app)
        await pilot.press("question_mark")
        await ui.settle(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert "copy the command of the finding under the cursor" in ui.read_screen(app)


async def test_a_bare_log_and_every_size(ui: ModuleType, folder: RunFolder) -> None:
    app, _ = ui.make_app(folder, ui.diverged(), glyphs=ASCII)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_diagnosis(ui, pilot, app)
        for width, height in ((1, 1), (20, 5), (40, 10), (72, 18), (200, 60), (80, 24)):
            await pilot.resize_terminal(width, height)
            await ui.settle(pilot)
            assert all(len(line) <= width for line in ui.read_screen(app).splitlines())
        assert ui.read_screen(app).isascii()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 48), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("story", ["aborted", "blocked", "completed"])
async def test_the_screen_is_the_golden_one(
    ui: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake_runs: type[FakeRun], story: str,
    size: tuple[int, int], lone_data: Callable[[], None],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    lone_data()
    folder = RunFolder(Path("run"))
    folder.path.mkdir()
    fake_runs.released.set()
    app, _ = ui.make_app(folder, getattr(ui, story)(), now=1300)
    async with app.run_test(size=size) as pilot:
        opened = await open_diagnosis(ui, pilot, app)
        await ui.settle(pilot, lambda: not opened.running and opened.evidence and len(opened.evidence.actions) == 3)
        screen = ui.read_screen(app)
    path = GOLDEN / f"diagnosis-{story}-{size[0]}x{size[1]}.txt"
    if os.environ.get("AMN_TUI_GOLDEN") == "write":
        path.write_text(screen, "utf-8")
    assert screen == path.read_text("utf-8")


@pytest.fixture
def lone_data(tmp_path: Path) -> Callable[[], None]:
    """Put an empty file where the story's plan looks for its data: that it is there is all that is asked here."""

    def put() -> None:
        path = tmp_path / "artifacts" / "lvm" / "training_sequences_ctx5.npz"
        path.parent.mkdir(parents=True)
        path.touch()

    return put
