"""What training needs before its first step: data, split, threads, weights, and where a stopped run stood."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch

from checks.errors import InputError
from checks.original import VALIDATION, has_half
from checks.windows import Windows
from trainer.checkpoint import Checkpoint, State, make_probe, read_first_sound
from trainer.config import PROGRAM, TrainConfig
from trainer.data import Split, VectorSet, fingerprint, load_vectors, name_set, open_data, split_windows
from trainer.device import choose_device, choose_threads, count_cpus
from trainer.flags import write_value
from trainer.header import FOLDER, LAST, find_checkpoints
from trainer.learner import Learner
from trainer.meter import Meter
from trainer.model import D_MODEL, HIDDEN_DIM, count_parameters
from trainer.warm_start import read_warm_start

Say = Callable[[str], None]


@dataclass(slots=True)
class Position:
    """Where training stands: `step` steps of `epoch` are done."""

    epoch: int = 1
    step: int = 0
    best: float = -math.inf
    seconds: float = 0.0
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What stays the same throughout a run; `config` has threads and device as they are."""

    config: TrainConfig
    device: torch.device
    data: VectorSet
    data_path: Path
    data_crc32: str
    split: Split
    ood: Mapping[str, VectorSet]
    learner: Learner
    meter: Meter

    @property
    def folder(self) -> Path:
        """Return where checkpoints go."""
        return Path(self.config.output_dir) / FOLDER

    @property
    def steps(self) -> int:
        """Return the steps of an epoch; the last batch may be smaller."""
        return math.ceil(len(self.split.train) / self.config.batch_size)

    def describe(self) -> dict[str, str]:
        """Return what really runs: every field of TrainConfig as executed, and what follows from the data."""
        values = {name: write_value(value) for name, value in asdict(self.config).items()}
        return values | {
            "device": self.device.type,
            "variance_target": write_value(self.learner.objective.variance_target),
            "data_path": str(self.data_path),
            "data_crc32": self.data_crc32,
            "dim": str(self.data.dim),
            "windows": str(len(self.data)),
            "train_windows": str(len(self.split.train)),
            "val_windows": str(len(self.split.val)),
            "val_articles": str(self.split.val_articles),
            "steps": str(self.steps),
            "parameters": str(count_parameters(self.learner.model)),
            "torch": torch.__version__,
        }

    def export(self, at: Position) -> Checkpoint:
        """Return a checkpoint from which `prepare` goes on to the last bit."""
        tensors, schedule = self.learner.export()
        tensors["meter"], meter = self.meter.export()
        tensors |= make_probe(self.learner.evaluated, self.data.dim, self.config.context)
        tensors["rng.cpu"] = torch.get_rng_state()
        model = {"model_type": self.config.model_type, "input_dim": self.data.dim}
        model |= {"d_model": D_MODEL, "hidden_dim": HIDDEN_DIM}
        state = State(
            epoch=at.epoch, step=at.step, best=at.best, seconds=at.seconds, scores=at.scores,
            config=asdict(self.config), model=model, data=self.data_crc32, schedule=schedule, meter=meter,
        )  # fmt: skip
        return Checkpoint(tensors, state)


def prepare(config: TrainConfig, say: Say) -> tuple[Prepared, Position]:
    """Load, split and build, then take over a checkpoint's weights or a whole stopped run; `say` tells people.

    Raises InputError for data, a device or a checkpoint that cannot be used.
    """
    checkpoint = _open_resumed(config, say)
    device = choose_device(config.device)
    windows = open_data(config.data, config.context)
    split = split_windows(
        windows,
        fraction=config.val_fraction,
        seed=config.seed,
        train_on=config.train_on,
        filter_junk=config.filter_junk,
    )
    if split.note:
        say(split.note)
    if windows.table is None and has_half(windows.path, VALIDATION):
        held_out = f"{config.val_fraction:.0%} are held out"
        say(f"{windows.path} carries a validation half of its own: it is not used, {held_out}")
    data = load_vectors(windows, device)
    split = replace(split, train=split.train.to(device), val=split.val.to(device))
    config = replace(config, threads=_set_threads(config, data, split, device))
    torch.manual_seed(config.seed)
    learner = Learner(config, data.dim, device)
    meter = Meter(learner.measured, device)
    ood = _open_ood(config, windows, device)
    prepared = Prepared(config, device, data, windows.path, fingerprint(windows), split, ood, learner, meter)
    if checkpoint is not None:
        return prepared, _go_on(prepared, checkpoint)
    if config.pretrained:
        warm = read_warm_start(Path(config.pretrained), learner.model.state_dict())
        learner.start_from(warm.weights)
        say(f"pretrained {config.pretrained}: {warm.describe()}")
    return prepared, Position()


def _open_resumed(config: TrainConfig, say: Say) -> Checkpoint | None:
    """Return the checkpoint to go on from; raises InputError when another run's would be written over."""
    folder = Path(config.output_dir) / FOLDER
    path, checkpoint = None, None
    if config.resume:
        path, checkpoint, refused = read_first_sound(find_checkpoints(Path(config.resume)))
        for reason in refused:
            say(reason)
        say(f"resumed {path}: epoch {checkpoint.state.epoch}, {checkpoint.state.step} steps done")
        if checkpoint.state.epoch > config.epochs:
            raise InputError(
                path, "--epochs", config.epochs, f"more than the {checkpoint.state.epoch - 1} that are done"
            )
    if (folder / LAST).exists() and (path is None or path.parent.resolve() != folder.resolve()):
        raise InputError(
            folder, "--output-dir", "another run's checkpoints", f"a new folder, or --resume {folder.parent}"
        )
    return checkpoint


def _open_ood(config: TrainConfig, windows: Windows, device: torch.device) -> dict[str, VectorSet]:
    found: dict[str, VectorSet] = {}
    for name in config.ood:
        ood = open_data(name, config.context)
        if ood.dim != windows.dim:
            raise InputError(ood.path, "--ood", f"vectors of length {ood.dim}", f"{windows.dim} as in {windows.path}")
        metric = name_set(ood.path)
        if metric in found:
            raise InputError(PROGRAM, "--ood", name, "data sets with names of their own")
        found[metric] = load_vectors(ood, device)
    return found


def _set_threads(config: TrainConfig, data: VectorSet, split: Split, device: torch.device) -> int:
    if config.threads is not None or device.type != "cpu":
        torch.set_num_threads(config.threads or 1)
        return config.threads or 1
    with torch.random.fork_rng(devices=[]):  # trying out leaves no trace
        trial = Learner(config, data.dim, device)
        batch = data.take(split.train[: config.batch_size])
        return choose_threads(lambda: trial.step(*batch), count_cpus())


def _go_on(prepared: Prepared, checkpoint: Checkpoint) -> Position:
    state, tensors = checkpoint.state, checkpoint.tensors
    if state.data != prepared.data_crc32:
        raise InputError(prepared.data_path, "--resume", "other data", "the data that the run began with")
    prepared.learner.restore(tensors, state.schedule)
    prepared.meter.restore(tensors["meter"], state.meter)
    torch.set_rng_state(tensors["rng.cpu"])
    here = Path(prepared.config.resume).resolve()
    kept = prepared.folder.resolve() in (here, here / FOLDER, here.parent)
    return Position(state.epoch, state.step, state.best if kept else -math.inf, state.seconds, state.scores)
