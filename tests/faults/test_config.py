"""Plans that are wrong, huge or changed under a run, and names that lead elsewhere."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amn_tui.errors import run_reported
from amn_tui.run.folder import check_name
from amn_tui.run.outcome import ExitCode
from amn_tui.run.plan_file import find_plan, read_plan
from amn_tui.run.prepare import prepare_run
from amn_tui.run.session import read_run
from amn_tui.ui.widgets.banner import pick_banner
from checks.errors import InputError

Happened = Callable[[str], None]
RUN = b'[run]\nname = "a"\n'
GATE = RUN + b'[[gates]]\nname = "g"\nmetric = "m"\n'
DATA = RUN + b"[data]\ntrain = 'wikipedia'\n"
WRONG = {
    "wrong type": (RUN + b'grace_s = "1"', "run.grace_s: found '1', expected a number"),
    "boolean as a number": (RUN + b"grace_s = true", "run.grace_s: found True, expected a number"),
    "number as a boolean": (GATE + b"at = 1\nfloor = 1\noptional = 1", "gates[0].optional: found 1, expected true"),
    "unknown key": (RUN + b"graze_s = 1", "run.graze_s: found 'an unknown key', expected did you mean 'grace_s'?"),
    "nan": (GATE + b"at = 1\nfloor = nan", "gates[0].floor: found nan, expected a finite number"),
    "out of range": (RUN + b"processes = 5000", "processes must be 1 to 1024, found 5000"),
    "of the trainer": (DATA + b"[train]\nlr = true", "train.lr: found True, expected a number"),
    "trainer's range": (DATA + b"[train]\nlr = 11", "train.lr: found 11.0, expected a number"),
    "nearest flag": (DATA + b"[train]\nlrr = 1", "such as lr"),
    "of a check": (DATA + b"[checks.off_by_one]\nmax_edge = 1", "checks.off_by_one: found 'max_edge'"),
    "floor above ceiling": (GATE + b"at = 1\nfloor = 2\nceiling = 1", "floor 2.0 is above ceiling 1.0"),
    "epoch that never comes": (GATE + b"at = 30\nfloor = 1", "gates[0].at: found 30, expected an epoch of the run"),
    "two gates": (GATE + b"at = 1\nfloor = 1\n" + GATE.removeprefix(RUN) + b"at = 2\nfloor = 1", "two gates"),
    "band upside down": (RUN + b"[[bands]]\nepoch = 1\nlow = 2\nhigh = 1", "bands[0]"),
    "not UTF-8": (RUN + b"root = '\xff'", "a byte that is not UTF-8 at 25"),
    "not TOML": (b"[run\n", "text that is not TOML"),
    "10 MB": (b"# " + b"x" * 10_000_000, "more than 1 MB"),
    "10,000 levels": (RUN + b"x = " + b"[" * 10_000 + b"]" * 10_000, "TOML"),
    "an escape in a key": (b'"\\u001b]0;x\\u0007" = 1', r"\x1b]0;x\x07"),
    "a key of 500 KB": (RUN + b'"' + b"k" * 500_000 + b'" = 1', "run.kkk"),
    "NUL in a path": (RUN + b'[data]\ntrain = "a\\u0000b"', r"data.train: found '"),
}  # fmt: skip
NAMES = (
    "../../x",
    "/etc",
    "-rf",
    "a\nb",
    "a\x1b[2J",
    "a" * 300,
    "\u202egnp",
    ".hidden",
    "a/b",
    "",
    "a b",
    "a\x00b",
    "é",
)


@pytest.mark.fault(56)
@pytest.mark.parametrize("what", WRONG)
def test_a_plan_that_is_wrong_is_one_line_and_exit_2(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], happened: Happened
) -> None:
    raw, words = WRONG[what]
    path = tmp_path / "plan.toml"
    path.write_bytes(raw)
    began_s = time.monotonic()
    code = run_reported(lambda: len(str(prepare_run(read_plan(path), path, run_dir=tmp_path / "run"))))
    said = capsys.readouterr().err
    assert code == ExitCode.USAGE, said
    assert words in said
    assert said.startswith(f"amn-tui: {path}")
    assert said.count("\n") == 1
    assert said.rstrip("\n").isprintable()
    assert len(said) < 2000
    assert time.monotonic() - began_s < 2
    assert not (tmp_path / "run").exists()
    happened(f"{len(WRONG)} wrong plans refused with file, key, found, expected; exit 2")


@pytest.mark.fault(56)
@pytest.mark.slow
def test_a_plan_that_may_not_be_read_is_one_line_and_exit_2(tmp_path: Path, happened: Happened) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    for path in (hidden / "plan.toml", tmp_path / "plan.toml"):
        path.write_bytes(RUN)
        path.chmod(0o600)
        argv = ["setpriv", "--reuid=65534", "--clear-groups", sys.executable, "-P", "-c"]
        argv += ["from amn_tui.cli import main; main()", "launch", str(path)]
        asked = subprocess.run(argv, cwd="/", capture_output=True, text=True, check=False, timeout=60)
        assert (asked.returncode, asked.stdout) == (ExitCode.USAGE, "")
        assert asked.stderr.startswith(f"amn-tui: {path}: found 'Permission denied'")
        assert asked.stderr.count("\n") == 1
    happened("no permission: one line, exit 2")


@pytest.mark.fault(57)
@pytest.mark.slow
def test_a_run_keeps_the_plan_it_began_with_and_says_that_it_differs(
    launch: Any, wait_until: Callable[[Callable[[], object]], None], happened: Happened
) -> None:
    code = """
say(1, val_cosine=0.5)
while not pathlib.Path('go').exists(): time.sleep(0.01)
say(2, val_cosine=0.4); idle()
"""
    folder, guard = launch(code, countdown_s=0.0)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    assert not read_run(folder.path).plan_changed
    folder.plan.write_text(folder.plan.read_text().replace("grace_s = 5.0", "grace_s = 99.0").replace("0.45", "0.1"))
    run = read_run(folder.path)
    assert run.plan_changed
    banner = pick_banner(run, time.time(), can_answer=True)
    assert banner is not None
    assert banner.word == "PLAN CHANGED"
    (launch.tmp_path / "go").touch()
    assert guard.wait(30) == ExitCode.STOPPED_BY_GATE  # the built-in gate on a fall: the guard's plan stands
    happened("the guard went on with its own plan, the screen said PLAN CHANGED")


@pytest.mark.fault(57)
def test_the_plan_it_was_launched_from_may_be_edited(tmp_path: Path, happened: Happened) -> None:
    source = tmp_path / "mine.toml"
    source.write_text('[run]\nname = "a"\ncommand = ["true"]\n')
    folder = prepare_run(read_plan(source), source, run_dir=tmp_path / "run")
    before = folder.plan.read_bytes()
    source.write_text("nonsense")
    assert folder.plan.read_bytes() == before
    happened("a run folder has its own copy")


@pytest.mark.fault(58)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_no_name_is_refused(name: str, tmp_path: Path, happened: Happened) -> None:
    with pytest.raises(InputError, match=r"run\.name") as caught:
        check_name(name, tmp_path / "plan.toml")
    assert str(caught.value).isprintable()
    happened(f"{len(NAMES)} names refused")


@pytest.mark.fault(58)
def test_no_name_on_the_command_line_leads_out_of_the_root(tmp_path: Path) -> None:
    for name in NAMES:
        with pytest.raises(InputError):
            read_plan(find_plan("demo"), [f"run.name={name!r}", f"run.root={tmp_path}"])
    assert not list(tmp_path.iterdir())
