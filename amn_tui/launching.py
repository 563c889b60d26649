"""launch = prepare, then one detached process that checks, starts the trainer and guards it; the screen comes after."""

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from amn_tui.run.folder import NAME, RunFolder
from amn_tui.run.plan import Plan, RunSection
from amn_tui.run.plan_file import find_plan, read_plan, write_plan
from amn_tui.run.prepare import build_preflight_argv, prepare_resume, prepare_run
from amn_tui.run.secret import refuse_masked
from amn_tui.run.starter import spawn_starter
from checks.errors import InputError


def launch_run(
    *,
    plan: str | None,
    run_dir: Path | None,
    overrides: Sequence[str],
    reasons: Sequence[str],
    resumed: Path | None,
    command: Sequence[str],
) -> Path:
    """Prepare a run and start it under guard; return its folder. Raises InputError before anything is started."""
    if resumed is not None:
        if plan or command or overrides or run_dir:
            raise InputError("launch", "--resume", "another plan, command, --set or --run-dir", "only the run folder")
        folder = RunFolder(resumed.absolute())
        claimed = prepare_resume(folder, read_plan(folder.plan))
    else:
        source, wanted = _choose_plan(plan, overrides, command)
        if wanted.prepared is not None:  # a run folder's own plan, launched again
            refuse_masked(wanted.run.command, source, "run.command")
            wanted = replace(wanted, prepared=None)
        claimed = prepare_run(wanted, source, run_dir=run_dir, overrides=dict(map(_split_reason, reasons)))
    spawn_starter(claimed, claimed.argv, claimed.held)
    return claimed.path


def _choose_plan(name: str | None, overrides: Sequence[str], command: Sequence[str]) -> tuple[Path, Plan]:
    if command and name is None:
        if overrides:
            raise InputError("launch", "--set", overrides[0], "a PLAN whose values it changes")
        program = Path(command[-1] if Path(command[0]).name.startswith("python") and len(command) > 1 else command[0])
        run_name = program.stem if NAME.fullmatch(program.stem) else "command"
        return Path("command line"), Plan(run=RunSection(name=run_name, command=tuple(command)))
    source = find_plan(name or "demo")
    plan = read_plan(source, overrides)
    if command:
        plan = replace(plan, run=replace(plan.run, command=tuple(command)), train={})
    return source, plan


def _split_reason(text: str) -> tuple[str, str]:
    check, sign, reason = text.partition("=")
    if not sign or not reason.strip():
        raise InputError("launch", "--override", text, "CHECK=REASON, the reason is recorded")
    return check, reason.strip()


def run_preflight(name: str, overrides: Sequence[str], flags: Sequence[str]) -> int:
    """Run the checks of a plan in a child process whose output is shown as it comes; return its exit code.

    `flags` are more flags of python -m checks.
    """
    source = find_plan(name)
    plan = read_plan(source, overrides)
    with TemporaryDirectory(prefix="amn-tui-") as folder:
        resolved = Path(folder) / "plan.toml"
        argv = build_preflight_argv(plan, source, plan_file=resolved)
        if not argv:
            raise InputError(source, "data.train", "nothing", "data to check")
        resolved.write_bytes(write_plan(plan))
        with subprocess.Popen([*argv, *flags]) as child:
            while True:
                try:
                    return child.wait()
                except KeyboardInterrupt:
                    continue  # the child got it too and ends by itself
