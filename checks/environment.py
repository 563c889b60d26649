"""Environment: this machine can carry the plan that is to run on it."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.data import Data
from checks.disk import CHECKPOINTS_OF_ROOM, say_bytes
from checks.finding import Finding, Findings
from checks.machine import THIS_MACHINE, Machine
from checks.registry import Broken, Numbers, Progress
from checks.result import Measured
from checks.verdict import Verdict

# Numbers that a model of our trainer learns: so many, and so many more for each number of a vector.
MODEL_NUMBERS = {
    "amn": (134_000, 1_800), "lstm": (3_200_000, 2_600), "gru": (6_400_000, 1_100), "transformer": (17_200_000, 1_100),
}  # fmt: skip
BYTES_PER_NUMBER = 16  # float32: the weight, its average, and AdamW's two moments
PROCESS_BYTES = 700_000_000  # of a trainer with torch, before it holds any data
LOG_BYTES = 50_000_000
NOWHERE = "no such device"


def measure(data: Data, progress: Progress) -> Numbers:
    """Ask this machine for what the plan needs; raises InputError where there is no plan."""
    return ask(data, progress, THIS_MACHINE)


def ask(data: Data, progress: Progress, machine: Machine) -> Numbers:
    """Ask a machine for what the plan needs; needs of a command that is not ours are not known."""
    plan = data.require_plan()
    run, train = plan.get("run", {}), plan.get("train", {})
    folder = find_folder(Path(str(run.get("root", "runs"))))
    numbers: dict[str, Measured] = {"folder": str(folder), "processes": int(run.get("processes", 1))}
    device = str(train.get("device", "auto"))
    progress(0.0, f"device {device}")
    numbers |= {"device": device, **_count_devices(device, machine)}
    total, available = machine.read_memory()
    numbers |= {
        "room_bytes": machine.read_room(folder),
        "room_needed_bytes": _measure_room_needed(train, data),
        "inodes": machine.read_inodes(folder),
        "memory_bytes": total,
        "available_bytes": available,
        "memory_needed_bytes": _measure_memory_needed(train, data) * int(run.get("processes", 1)),
        "openmp": ", ".join(sorted(machine.find_openmp())),
        "year": _read_year(machine.now()),
    }
    try:
        numbers["clock_gap_s"] = machine.measure_clock(folder)
    except OSError as error:
        numbers["clock"] = f"{error.filename or folder}: {error.strerror or error}"
    return numbers


def find_folder(path: Path) -> Path:
    """Return the folder, or the nearest above it that is there already."""
    path = path.expanduser().absolute()
    return next((folder for folder in (path, *path.parents) if folder.is_dir()), Path("/"))


def _count_devices(device: str, machine: Machine) -> dict[str, Measured]:
    if device in ("auto", "cpu"):
        return {}
    try:
        return {"devices": machine.count_devices(device)}
    except OSError as error:
        return {"devices_unknown": error.strerror or str(error)}


def _measure_room_needed(train: Mapping[str, Any], data: Data) -> int:
    asked = int(data.settings["environment"]["checkpoint_mb"]) * 1_000_000
    base, more = MODEL_NUMBERS.get(str(train.get("model_type", "amn")), MODEL_NUMBERS["amn"])
    return CHECKPOINTS_OF_ROOM * (asked or BYTES_PER_NUMBER * (base + more * data.train.windows.dim)) + LOG_BYTES


def _measure_memory_needed(train: Mapping[str, Any], data: Data) -> int:
    """Return what a process needs; vectors count only where the plan wants them in memory, else they stay on disk."""
    windows = data.train.windows
    arrays = {id(rows): rows for rows in (windows.context_rows, windows.target_rows)}.values()
    held = sum(rows.size * min(4, max(2, rows.itemsize)) for rows in arrays) if train.get("table") == "ram" else 0
    return PROCESS_BYTES + held


def _read_year(now_s: float) -> int:
    return 1970 + int(now_s // 31_556_952)


def judge(numbers: Numbers, thresholds: Mapping[str, Any]) -> Finding:
    """Judge the device, room and memory as what stops a run, OpenMP and the clock as what spoils it."""
    findings = Findings(numbers)
    findings.demand("device" in numbers, "nothing was measured", Verdict.ERROR)
    _judge_device(findings)
    where, room, needed = numbers.get("folder"), findings.get("room_bytes"), findings.get("room_needed_bytes")
    if findings.has("room_bytes"):
        words = f"{where}: {say_bytes(room)} free, {say_bytes(needed)} needed for checkpoints and log"
        findings.demand(room >= needed, words)
    if findings.has("inodes"):
        left = findings.get("inodes")
        if findings.demand(left >= thresholds["min_inodes"], f"{where}: {left:.0f} more files may be made"):
            words = f"{where}: only {left:.0f} more files may be made"
            findings.demand(left >= thresholds["healthy_inodes"], words, Verdict.WARN)
    _judge_memory(findings)
    kinds = str(numbers.get("openmp", ""))
    words = f"two kinds of OpenMP are installed ({kinds}): in one process they abort it or slow it down"
    findings.demand("," not in kinds, words, Verdict.WARN)
    _judge_clock(findings, thresholds)
    well = f"device {numbers.get('device')}, {say_bytes(room) if findings.has('room_bytes') else 'unknown room'} free"
    return findings.conclude("the device of the plan, room, memory, one OpenMP, a sound clock", well)


def _judge_device(findings: Findings) -> None:
    device, wanted = findings.numbers.get("device"), findings.get("processes")
    if findings.has("devices_unknown"):
        findings.demand(False, f"device {device}: {findings.numbers['devices_unknown']}", Verdict.ERROR)
    elif findings.has("devices"):
        found = findings.get("devices")
        least = wanted if device == "cuda" else 1
        words = f"the plan asks for {least:.0f} of device {device}, this machine has {found:.0f}"
        findings.demand(found >= least, words)


def _judge_memory(findings: Findings) -> None:
    needed, total, free = (findings.get(f"{key}_bytes") for key in ("memory_needed", "memory", "available"))
    words = f"{say_bytes(needed)} of memory needed, this machine has {say_bytes(total)}"
    if findings.demand(needed <= total, words):
        words = f"{say_bytes(needed)} of memory needed, {say_bytes(free)} available now"
        findings.demand(needed <= free, words, Verdict.WARN)


def _judge_clock(findings: Findings, thresholds: Mapping[str, Any]) -> None:
    if findings.has("clock"):
        findings.demand(False, f"no file can be made: {findings.numbers['clock']}")
    else:
        gap = findings.get("clock_gap_s")
        words = f"the clock and the disk's clock are {gap:.0f} s apart"
        findings.demand(abs(gap) <= thresholds["max_clock_gap_s"], words, Verdict.WARN)
    year = findings.get("year")
    findings.demand(year >= thresholds["min_year"], f"the clock says that this is {year:.0f}", Verdict.WARN)


def control(data: Data) -> Broken:
    """Let the plan ask for a device that no machine has, and for checkpoints larger than any disk."""
    plan = data.require_plan()
    mine = {**data.settings["environment"], "checkpoint_mb": 10**9}
    broken = dataclasses.replace(
        data, plan={**plan, "train": {**plan.get("train", {}), "device": NOWHERE}},
        settings={**data.settings, "environment": mine},
    )  # fmt: skip
    return Broken("a device and room that no machine has", broken)
