"""prepare: everything that can be wrong is found before anything runs, and what will run is written down."""

import importlib.metadata
import importlib.util
import json
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import checks.config
import trainer.config
from amn_tui import __version__
from amn_tui.run.claim import Claimed, claim_folder, say_incomplete
from amn_tui.run.folder import RunFolder, check_name, name_new_folder, write_whole
from amn_tui.run.lock import take_lock
from amn_tui.run.plan import DataSection, Plan, Prepared
from amn_tui.run.plan_file import write_plan
from amn_tui.run.secret import mask_argv
from amn_tui.run.torchrun import build_torchrun
from checks.errors import InputError
from trainer.datasets import list_baselines, list_names, list_saved, resolve, resolve_baseline

PACKAGES = ("amn-tui", "torch", "numpy", "faiss-cpu", "safetensors", "textual")
# -P: a trainer/ in the working directory must not win over ours.
PYTHON = (sys.executable, "-P", "-m")


def prepare_run(
    plan: Plan, source: Path, *, run_dir: Path | None = None, overrides: Mapping[str, str] | None = None
) -> Claimed:
    """Resolve a plan and make its run folder; raises InputError before anything exists when something is wrong.

    The folder's lock is held from its first moment on, so that nobody else begins in it.
    """
    check_name(plan.run.name, source)
    plan = replace(plan, data=_settle_data(plan.data))
    build_preflight_argv(plan, source, overrides)  # says what is wrong before anything exists
    now = datetime.now(UTC)
    path = run_dir or name_new_folder(Path(plan.run.root), plan.run.name, now.strftime("%Y%m%dT%H%M%S"))
    path = path.absolute()
    preflight_argv = build_preflight_argv(plan, source, overrides, RunFolder(path).plan)
    argv = build_trainer_argv(plan, source, path)
    prepared = _describe(plan, now, mask_argv(argv), preflight_argv)
    shown = replace(plan.run, command=mask_argv(plan.run.command))
    claimed = claim_folder(path)
    write_whole(claimed.plan, write_plan(replace(plan, run=shown, prepared=prepared)))
    return replace(claimed, argv=argv)


def prepare_resume(folder: RunFolder, plan: Plan) -> Claimed:
    """Rewrite the plan of a run so that it goes on where it stopped; raises InputError when it cannot go on."""
    if words := say_incomplete(folder):
        raise InputError(folder.path, "", words, "a run to go on with")
    if plan.prepared is None:
        raise InputError(folder.plan, "prepared", "nothing", "a run folder's own plan")
    if not plan.run.is_ours:
        raise InputError(
            folder.plan, "run.command", " ".join(mask_argv(plan.run.command)), "our own trainer: only it can resume"
        )
    if not folder.checkpoints.is_dir():
        raise InputError(folder.checkpoints, "", "nothing", "a checkpoint to go on from")
    lock = take_lock(folder)  # refuses where a run goes on, and names who guards it
    torchrun = build_torchrun(plan.run, folder.plan)
    argv = (*torchrun, *PYTHON, "trainer", "--resume", str(folder.path), "--output-dir", str(folder.path))
    write_whole(folder.plan, write_plan(replace(plan, prepared=replace(plan.prepared, argv=argv))))
    return Claimed(folder.path, lock, argv)


def build_preflight_argv(
    plan: Plan, source: Path, overrides: Mapping[str, str] | None = None, plan_file: Path | None = None
) -> tuple[str, ...]:
    """Return the command that checks the plan's data, empty when it names none; raises InputError.

    `plan_file` is where the plan will be as it is launched, for the checks that look at it.
    """
    if not plan.data.train:
        if plan.checks or overrides:
            raise InputError(source, "data.train", "nothing", "the data that [checks] are to look at")
        return ()
    _need_extra(source)
    given = trainer.config.check_values(plan.train, source)
    shared = {key: given[key] for key in ("context", "val_fraction", "seed") if key in given}
    named = plan.data
    reference = resolve_baseline(named.reference, source, "data.reference") if named.reference else None
    train = resolve(named.train, source, "data.train")
    ood = tuple(resolve(name, source, f"data.ood[{at}]") for at, name in enumerate(named.ood))
    sources = checks.config.Sources(train, ood, reference, plan=plan_file, **shared)
    argv = checks.config.build_argv(sources, plan.checks, overrides=overrides, source=str(source))
    return (*PYTHON, "checks", *argv)


def build_trainer_argv(plan: Plan, source: Path, output: Path) -> tuple[str, ...]:
    """Return the command that trains: ours with [train] as flags, or the plan's own as it is; raises InputError."""
    torchrun = build_torchrun(plan.run, source)
    if not plan.run.is_ours:
        if plan.train:
            raise InputError(source, "train", "flags", "none: they belong to our own trainer, not to run.command")
        return plan.run.command
    _need_extra(source)
    owned = {"data": plan.data.train, "ood": list(plan.data.ood), "output_dir": str(output)}
    for key in owned:
        if key in plan.train:
            raise InputError(source, f"train.{key}", plan.train[key], "nothing: [data] and the run folder say it")
    values: dict[str, Any] = {**plan.train, **{key: value for key, value in owned.items() if value}}
    return (*torchrun, *PYTHON, "trainer", *trainer.config.build_argv(values, source))


def _settle_data(data: DataSection) -> DataSection:
    """Make paths absolute, so that the plan means the same from anywhere; shipped names stay names."""
    return DataSection(
        train=_settle(data.train, list_names()),
        ood=tuple(_settle(name, list_names()) for name in data.ood),
        reference=_settle(data.reference, (*list_baselines(), *list_saved())),
    )


def _settle(name: str, shipped: tuple[str, ...]) -> str:
    return name if not name or name in shipped else str(Path(name).expanduser().absolute())


def _need_extra(source: Path) -> None:
    missing = [name for name in ("torch", "numpy", "faiss", "safetensors") if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(source, "", f"no {', '.join(missing)} in this Python", "pip install 'amn-tui[train]'")


def _describe(plan: Plan, now: datetime, argv: tuple[str, ...], preflight_argv: tuple[str, ...]) -> Prepared:
    return Prepared(
        launched_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        version=__version__,
        argv=argv,
        preflight_argv=preflight_argv,
        cwd=str(Path.cwd()),
        host=platform.node(),
        python=platform.python_version(),
        packages=_list_versions(),
        git_commit=_ask_git(),
        data_fingerprint={name: _fingerprint(resolve(name)) for name in (plan.data.train, *plan.data.ood) if name},
    )


def _list_versions() -> dict[str, str]:
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def _ask_git() -> str:
    """Return the commit of the working directory, empty where there is none."""
    try:
        asked = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""


def _fingerprint(path: Path) -> str:
    """Return what tells this data from other data: the table's content hash, else size and time of the file."""
    try:
        manifest = json.loads((path / "manifest.json").read_text("utf-8"))
        return f"sha256:{manifest['content_sha256']}"
    except (OSError, ValueError, KeyError, TypeError):
        status = path.stat()
        return f"size:{status.st_size} mtime_ns:{status.st_mtime_ns}"
