"""What will run is settled, and what is wrong is found, before anything exists."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.run.lock import take_lock
from amn_tui.run.plan import Plan
from amn_tui.run.plan_file import find_plan, read_plan
from amn_tui.run.prepare import build_preflight_argv, prepare_resume, prepare_run
from checks.errors import InputError
from trainer.config import parse_args

SOURCE = find_plan("demo")


def read(*overrides: str) -> Plan:
    return read_plan(SOURCE, overrides)


def test_the_demo_is_prepared(tmp_path: Path) -> None:
    folder = prepare_run(read(), SOURCE, run_dir=tmp_path / "run", overrides={"off_by_one": "known"})
    plan = read_plan(folder.plan)
    assert plan.prepared is not None
    argv = plan.prepared.argv
    assert argv[:4] == (sys.executable, "-P", "-m", "trainer")
    assert "torch.distributed.run" not in argv
    config = parse_args(argv[4:])  # the trainer itself understands it
    assert config.lr == 5e-4
    assert config.ood == ("moby-dick", "debian-handbook")
    assert config.output_dir == str(tmp_path / "run")
    preflight = plan.prepared.preflight_argv
    assert preflight[:4] == (sys.executable, "-P", "-m", "checks")
    assert preflight[preflight.index("--override") + 1] == "off_by_one=known"
    assert plan.prepared.data_fingerprint["wikipedia"].startswith("sha256:")
    assert {"torch", "numpy"} <= set(plan.prepared.packages)
    assert os.environ.get("HOME", "/root") not in str(plan.prepared.packages)


def test_folders_are_named_by_run_and_time(tmp_path: Path) -> None:
    plan = read(f"run.root={tmp_path}", "run.name=x")
    first, second = prepare_run(plan, SOURCE), prepare_run(plan, SOURCE)
    assert first.path != second.path
    assert first.path.name.startswith("x-2")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("data.train=nowhere", "nowhere"),
        ("data.ood=['nowhere']", "nowhere"),
        ("data.reference=nowhere", "nowhere"),
        ("train.lrr=1", "train.lrr"),
        ("train.lr=true", "train.lr"),
        ("train.output_dir=x", "train.output_dir"),
        ("checks.off_by_two.enabled=true", "off_by_two"),
        ("run.command=['sleep', '1']", "belong to our own trainer"),
        ("run.torchrun=['nnodes=2']", r"run\.torchrun\[0\]"),
    ],
)
def test_nothing_is_made_when_something_is_wrong(tmp_path: Path, override: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        prepare_run(read(override), SOURCE, run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_another_program_needs_no_data_but_checks_do(tmp_path: Path) -> None:
    foreign = replace(read("data.train=''", "run.command=['sleep', '1']"), train={})
    assert build_preflight_argv(foreign, SOURCE) == ()
    folder = prepare_run(foreign, SOURCE, run_dir=tmp_path / "run")
    prepared = read_plan(folder.plan).prepared
    assert prepared is not None
    assert prepared.argv == ("sleep", "1")
    with pytest.raises(InputError, match=r"data\.train"):
        build_preflight_argv(foreign, SOURCE, {"off_by_one": "known"})


def test_a_run_goes_on_only_where_it_can(tmp_path: Path) -> None:
    claimed = prepare_run(read(), SOURCE, run_dir=tmp_path / "run")
    folder, plan = RunFolder(claimed.path), read_plan(claimed.plan)
    os.close(claimed.held)
    with pytest.raises(InputError, match="incomplete run"):
        prepare_resume(folder, plan)
    folder.log.touch()
    with pytest.raises(InputError, match="checkpoint"):
        prepare_resume(folder, plan)
    folder.checkpoints.mkdir()
    lock = take_lock(folder)
    with pytest.raises(InputError, match="goes on"):
        prepare_resume(folder, plan)
    os.close(lock)
    os.close(prepare_resume(folder, plan).held)
    prepared = read_plan(folder.plan).prepared
    assert prepared is not None
    assert prepared.argv[4:6] == ("--resume", str(folder.path))
    with pytest.raises(InputError, match="prepared"):
        prepare_resume(folder, replace(plan, prepared=None))
    with pytest.raises(InputError, match="only it can resume"):
        prepare_resume(folder, replace(plan, run=replace(plan.run, command=("sleep",))))
    assert RunFolder(tmp_path / "run") == folder
