"""The programs that are measured beside ours, each from the registry in an environment of its own, where it can be had.

What a peer is given is what it is made for: a log for those that show logs, the same numbers as a W&B run or as an
event file for those that show curves.
"""

import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

PACKAGES = ("toolong", "wandb", "tensorboard", "setuptools<81")
WRITE_WANDB = """
import sys, wandb, os
rows, place = int(sys.argv[1]), sys.argv[2]
settings = wandb.Settings(mode="offline", console="off", silent=True, x_disable_stats=True)
run = wandb.init(project="bench", dir=place, settings=settings)
for step in range(rows):
    run.log({"loss": 0.00189, "cosine": 0.4012})
run.finish()
"""
WRITE_EVENTS = """
import sys, time
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
rows, place = int(sys.argv[1]), sys.argv[2]
writer = EventFileWriter(place)
for step in range(rows):
    value = [Summary.Value(tag="loss", simple_value=0.00189), Summary.Value(tag="cosine", simple_value=0.4012)]
    writer.add_event(Event(step=step, wall_time=time.time(), summary=Summary(value=value)))
writer.close()
"""
LOAD_EVENTS = """
import resource, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
loaded = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
loaded.Reload()
used = resource.getrusage(resource.RUSAGE_SELF)
print(len(loaded.Scalars("loss")), used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """One program: how it is started on a file, and what is on the screen when the end of the file is shown."""

    name: str
    start: Callable[[Path], list[str]]  # on a log of lines
    ready: str  # drawn on any file, also an empty one


def prepare_environment(folder: Path | None) -> Path:
    """Return the folder of the peers' programs, made now if need be; raises CalledProcessError, OSError."""
    place = folder or user_cache_path("amn-tui") / "bench-peers"
    if not (place / "bin" / "tl").exists():
        print(f"installing {', '.join(PACKAGES)} into {place}", file=sys.stderr)
        venv.create(place, with_pip=True)
        subprocess.run([place / "bin" / "python", "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return place / "bin"


def list_log_peers(programs: Path | None) -> list[Peer]:
    """Return the peers that show logs and are there."""
    peers = []
    if programs is not None:
        peers.append(Peer("toolong", lambda log: [str(programs / "tl"), str(log)], "TAIL"))
    if lnav := shutil.which("lnav"):
        peers.append(Peer("lnav", lambda log: [lnav, str(log)], "LOG"))
    return peers


def write_wandb_run(programs: Path, rows: int, place: Path) -> Path:
    """Write a W&B run of so many rows offline; return its file."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [programs / "python", "-c", WRITE_WANDB, str(rows), place], check=True, stdout=subprocess.DEVNULL, cwd=place
    )
    return next(place.rglob("*.wandb"))


def load_events(programs: Path, rows: int, place: Path) -> tuple[float, float, float]:
    """Have tensorboard load an event file of so many rows; return seconds, CPU seconds and peak MB."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run([programs / "python", "-c", WRITE_EVENTS, str(rows), place], check=True)
    began_s = time.perf_counter()
    done = subprocess.run(
        [programs / "python", "-W", "ignore", "-c", LOAD_EVENTS, place], check=True, capture_output=True, text=True
    )
    took_s = time.perf_counter() - began_s
    count, cpu_s, peak_mb = map(float, done.stdout.split())
    assert count == rows
    return took_s, cpu_s, peak_mb
