"""python -m trainer.rescore CHECKPOINT OUTPUT_DIR: does a checkpoint on disk score what the log says of it?

A process of its own, which knows nothing but the file: it builds the model by name, reads the data again and holds its
val_cosine against the one that was logged when the checkpoint was written. One line of the log says what it found.
"""

import math
import os
import sys
from pathlib import Path

import torch

from checks.errors import InputError
from trainer.checkpoint import open_evaluated, read_unproved
from trainer.config import TrainConfig, check_values
from trainer.data import fingerprint, load_vectors, open_data
from trainer.evaluate import score_model
from trainer.events import Rescored
from trainer.group import CPU
from trainer.header import FOLDER, read_header
from trainer.learner import make_objective
from trainer.prepare import split_as_configured
from trainer.recorder import Recorder
from trainer.room import STDOUT, Room, WholeLines

NICENESS = 10  # training goes on beside it


def rescore(path: Path) -> Rescored:
    """Score a checkpoint that was written at the end of an epoch; raises InputError when that cannot be done."""
    checkpoint = read_unproved(path)
    state = checkpoint.state
    config = TrainConfig(**check_values(state.config, path))
    windows = open_data(config.data, config.context)
    if fingerprint(windows) != state.data:
        raise InputError(windows.path, "", "other data", "the data that the run began with")
    data = load_vectors(windows, CPU, mapped=True)
    objective = make_objective(config, data.dim)
    weights = torch.tensor(list(objective.lambdas.values()))
    val = split_as_configured(config, windows).val
    score = score_model(open_evaluated(checkpoint), data, val, objective, weights, config.batch_size)
    logged = float(state.scores["val_cosine"])
    return Rescored(f"{FOLDER}/{path.name}", state.epoch - 1, score.cosine, abs(score.cosine - logged))


def main() -> int:
    """Say what was found, nan where nothing could be; exit 0 when it could be scored, else 1."""
    path, output_dir = Path(sys.argv[1]), Path(sys.argv[2])
    os.nice(NICENESS)
    torch.set_num_threads(1)
    training = os.getppid()
    room = Room(lambda: os.getppid() != training)  # nobody waits for it any more
    recorder = Recorder(output_dir, WholeLines(STDOUT, room), room=room)
    try:
        recorder.record(rescore(path))
    except (InputError, KeyError, RuntimeError, MemoryError) as error:
        recorder.say(f"re-score failed: {error}")
        recorder.record(Rescored(f"{FOLDER}/{path.name}", _read_epoch(path), math.nan, math.nan))
        return 1
    return 0


def _read_epoch(path: Path) -> int:
    try:
        return int(read_header(path)["epoch"]) - 1
    except (InputError, KeyError, TypeError, ValueError):
        return 1


if __name__ == "__main__":
    sys.exit(main())
