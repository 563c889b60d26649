"""Old and new releases: what an older one wrote is read, what a newer one wrote is refused by the version it needs."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.plan import SCHEMA
from amn_tui.run.plan_file import read_plan
from amn_tui.run.prepare import prepare_resume
from amn_tui.run.session import read_run
from amn_tui.ui.widgets.banner import pick_banner
from checks.errors import InputError
from tests.real import AMN_TUI
from tests.trainer.test_checkpoint import make_checkpoint
from trainer.checkpoint import read_checkpoint, write_checkpoint
from trainer.header import LAST, VERSION
from trainer.warm_start import read_warm_start

Happened = Callable[[str], None]
SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.fault(30)
def test_a_run_folder_of_every_release_is_read(happened: Happened) -> None:
    folders = sorted(SAMPLES.glob("run-folder-*"))
    assert len(folders) == SCHEMA  # a new schema comes with a sample of the last release
    for folder in folders:
        run = read_run(folder)
        assert run.outcome is Outcome.ABORTED_BY_GATE
        assert run.curve.epochs
        assert run.problems == {}
    happened(f"schema 1 to {SCHEMA}: plan, curve, verdicts and end are read")


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A run folder as a later release may write it: another schema, sections and events that nobody knows yet."""
    folder = tmp_path / "newer"
    shutil.copytree(SAMPLES / "run-folder-1", folder)
    text = (folder / "plan.toml").read_text().replace('version = "0.1.0"', f'version = "9.4.0"\nschema = {SCHEMA + 1}')
    (folder / "plan.toml").write_text(text + "\n[future]\nkey = 1\n")
    with (folder / "guard.jsonl").open("a") as file:
        file.write('{"event": "moon_landed", "time": 1.0}\n')
    return folder


@pytest.mark.fault(30)
def test_a_newer_run_folder_is_refused_with_the_version_to_install(newer: Path, happened: Happened) -> None:
    words = f"prepared.schema: found {SCHEMA + 1}, expected at most {SCHEMA}: amn-tui 9.4.0 wrote it, install that"
    with pytest.raises(InputError, match=words):
        read_plan(newer / "plan.toml")
    run = read_run(newer)  # it can be watched all the same, and says so
    assert run.ended is not None
    assert words in run.problems["plan.toml"]
    banner = pick_banner(replace(run, ended=None, phase="TRAINING"), 0.0, can_answer=True)  # type: ignore[arg-type]
    assert banner is not None
    assert "9.4.0" in banner.headline
    happened(words)


@pytest.mark.slow
@pytest.mark.fault(30)
@pytest.mark.parametrize("arguments", [("--resume", "{}"), ("{}/plan.toml",)])
def test_a_newer_run_folder_is_not_launched(newer: Path, arguments: tuple[str, ...]) -> None:
    argv = [*AMN_TUI, "launch", *(part.format(newer) for part in arguments)]
    refused = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert refused.returncode == ExitCode.USAGE
    assert "amn-tui 9.4.0 wrote it" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.fault(30)
def test_what_is_written_today_names_its_schema(launch: Any, tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "run-folder-1", tmp_path / "run")
    (tmp_path / "run/checkpoints").mkdir()
    prepare_resume(launch.folder, read_plan(launch.folder.plan))
    assert f"schema = {SCHEMA}\n" in launch.folder.plan.read_text()


@pytest.mark.fault(30)
def test_a_checkpoint_of_every_release_is_read(happened: Happened) -> None:
    paths = sorted(SAMPLES.glob("checkpoint-*.safetensors"))
    assert len(paths) == VERSION
    for version, path in enumerate(paths, 1):
        read = read_checkpoint(path)
        assert (read.state.version, read.state.epoch) == (version, 3)
        fresh = {name: torch.zeros_like(value) for name, value in read_warm_start(path, _weights(path)).weights.items()}
        warm = read_warm_start(path, fresh)
        assert (warm.proven, warm.missing, warm.unused) == (True, (), ())
    happened(f"versions 1 to {VERSION} are read, and their weights can be started from")


def _weights(path: Path) -> dict[str, torch.Tensor]:
    tensors = read_checkpoint(path).tensors
    return {name.removeprefix("model."): value for name, value in tensors.items() if name.startswith("model.")}


@pytest.mark.fault(30)
def test_a_newer_checkpoint_is_refused_with_the_version_to_install(tmp_path: Path, happened: Happened) -> None:
    written = make_checkpoint()
    state = replace(written.state, version=VERSION + 1, written_by="9.4.0")
    write_checkpoint(tmp_path, replace(written, state=state), best=False)
    words = f"version: found {VERSION + 1}, expected at most {VERSION}: a newer trainer wrote it, install amn-tui 9.4.0"
    for read in (read_checkpoint, lambda path: read_warm_start(path, {})):
        with pytest.raises(InputError, match=words):
            read(tmp_path / LAST)  # type: ignore[operator]
    happened(words)
