"""Saving: what is written when, what is left out when the disk is full, and what is waited for."""

import time
from dataclasses import replace
from functools import partial

from checks.disk import CHECKPOINTS_OF_ROOM, explain, read_room, say_bytes
from checks.errors import InputError
from trainer.checkpoint import Checkpoint, write_checkpoint
from trainer.events import Saved
from trainer.header import BEST, FOLDER, LAST
from trainer.prepared import Position, Prepared
from trainer.recorder import Recorder


def save(
    run: Prepared,
    at: Position,
    recorder: Recorder,
    *,
    best: bool,
    done: tuple[int, int] | None = None,
    must: bool = False,
) -> bool:
    """Write `last`, and `best` when it is, and say so with the epoch and step that the log knows.

    Returns whether that is done: without `must`, training goes on when it cannot be, and the ones before stay.
    """
    began_s = time.perf_counter()
    checkpoint = run.export(at)  # every process has a part in it
    written = not run.group.leads or _write(run, checkpoint, recorder, best=best, must=must)
    epoch, step = done or (at.epoch, at.step)
    if written:
        saved = Saved(f"{FOLDER}/{LAST}", epoch, step, round(time.perf_counter() - began_s, 3))
        recorder.record(saved)
        if best:
            recorder.record(replace(saved, checkpoint=f"{FOLDER}/{BEST}"))
    run.group.wait()  # nobody leaves, or falls silent, while the checkpoint is being written
    return written


def _write(run: Prepared, checkpoint: Checkpoint, recorder: Recorder, *, best: bool, must: bool) -> bool:
    """Write a checkpoint; one that must be written waits for room, another is left out when that fails."""
    try:
        work = partial(write_checkpoint, run.folder, checkpoint, best=best)
        recorder.insist("the checkpoint", work) if must else work()
    except OSError as error:
        if must:
            raise
        recorder.say(f"the checkpoint is left out: {explain(error, run.folder)}; the one before stays")
        return False
    return True


def check_room(run: Prepared) -> None:
    """Raise InputError when there is no room for the checkpoints that the run will write."""
    size = run.estimate_bytes()
    there = sum((run.folder / name).exists() for name in (LAST, BEST))
    needed, room = (CHECKPOINTS_OF_ROOM - there) * size, read_room(run.folder.parent)
    if run.group.leads and room is not None and room < needed:
        expected = f"{say_bytes(needed)}: a checkpoint takes {say_bytes(size)}, and two must be whole beside the next"
        raise InputError(run.folder, "", f"{say_bytes(room)} free on the disk", expected)
