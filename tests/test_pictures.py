"""The pictures in docs/: every screen has one, every link leads to one, and a run is shown as it was at a moment."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amn_tui.run.fold import fold
from amn_tui.run.guard_events import RunEnded
from amn_tui.run.model import Run
from amn_tui.run.outcome import Phase
from amn_tui.run.siblings import list_siblings, read_sibling
from checks.jsonl import decode_line
from docs.moment import Moment, copy_aged, rewind
from docs.scenes import AT_ALARM, AT_STOP, AT_WORK, GROUPS
from docs.take_pictures import INLINE, list_screens, name_file

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SCENES = [scene for scenes in GROUPS.values() for scene in scenes]


def test_every_scene_has_its_pictures_and_its_sentence() -> None:
    wanted = {name_file(scene, size) for scene in SCENES for size in scene.sizes} | {f"{INLINE}.svg", "demo.svg"}
    assert wanted == {path.name for path in DOCS.glob("*.svg")}
    assert (DOCS / "screens.md").read_text("utf-8") == list_screens()
    assert len({scene.name for scene in SCENES}) == len(SCENES)


def test_every_sample_run_and_every_theme_is_among_them() -> None:
    samples = {path.parent.name for path in ROOT.glob("sample_logs/*/expected.toml")}
    assert samples <= {scene.name for scene in SCENES}
    assert {scene.theme for scene in SCENES} == {"dark", "light", "high-contrast", "colour-blind"}


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda page: page.name)
def test_every_picture_that_a_page_shows_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+\.(?:svg|png))\)", page.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("sample", "moment", "phase", "alarmed", "last"),
    [
        ("healthy", AT_WORK, Phase.TRAINING, False, "Epoch 7/20 step 160/224"),
        ("gate-abort", AT_ALARM, Phase.TRAINING, True, "best.safetensors epoch=1"),
        ("gate-abort", AT_STOP, Phase.STOPPING, False, "best.safetensors epoch=1"),
    ],
)
def test_a_recorded_run_is_seen_as_it_was(
    tmp_path: Path, sample: str, moment: Moment, phase: Phase, alarmed: bool, last: str
) -> None:
    told, at = rewind(ROOT / "sample_logs" / sample, tmp_path / "run", moment)
    run = fold(Run("x"), told.events)
    assert (run.phase, run.alarm is not None, run.ended) == (phase, alarmed, None)
    assert run.guard is not None
    assert run.guard.alive
    if run.alarm is not None:
        assert 0 < run.alarm.deadline - at < 60
    assert last in (tmp_path / "run/training.log").read_text("utf-8").splitlines()[-1]


def test_recorded_runs_are_as_old_as_they_say_wherever_they_were_checked_out(tmp_path: Path) -> None:
    copy_aged(ROOT / "sample_logs", tmp_path / "runs")
    runs = list_siblings(tmp_path / "runs", tmp_path / "runs/healthy")
    changed = {path.name: read_sibling(path).changed_s for path in runs}
    assert list(changed) == ["original", "noisy", "killed", "nan", "gate-abort", "collapse"]  # the newest first
    assert len(set(changed.values())) == len(changed)
    ended = {name: max(event.time for event in read_guard(tmp_path / "runs" / name)) for name in changed}
    assert {name: at - ended[name] for name, at in changed.items()} == dict.fromkeys(changed, pytest.approx(0, abs=5))
    picture = (DOCS / "chart-runs-120x40.svg").read_text("utf-8").replace("\u00a0", " ")
    for name, at in changed.items():
        assert f"{datetime.fromtimestamp(at, UTC):%d %b %H:%M}  " in picture, name


def read_guard(run: Path) -> list[RunEnded]:
    lines = (run / "guard.jsonl").read_bytes().splitlines()
    return [event for line in lines if (event := decode_line(line, (RunEnded,))) is not None]
