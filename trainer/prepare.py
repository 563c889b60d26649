"""What training needs before its first step: data, split, threads, weights, and where a stopped run stood."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from checks.errors import InputError
from checks.original import VALIDATION, has_half
from checks.windows import Windows
from trainer.checkpoint import Checkpoint, read_first_sound
from trainer.config import PROGRAM, TrainConfig
from trainer.curriculum import Curriculum, measure_coherence, plan_curriculum
from trainer.data import Split, VectorSet, choose_mapped, fingerprint, load_vectors, open_data, split_windows
from trainer.group import Group
from trainer.header import FOLDER, LAST, VERSION, find_checkpoints
from trainer.learner import Learner
from trainer.meter import Meter
from trainer.metrics import name_set
from trainer.prepared import Position, Prepared
from trainer.sampler import Sampler, assign_windows
from trainer.stages import read_stages
from trainer.tuning import settle_compile, settle_threads
from trainer.warm_start import read_warm_start

Say = Callable[[str], None]


def prepare(config: TrainConfig, group: Group, say: Say) -> tuple[Prepared, Position]:
    """Load, split and build, then take over a checkpoint's weights or a whole stopped run; `say` tells people.

    Raises InputError for data or a checkpoint that cannot be used.
    """
    checkpoint = _open_resumed(config, say)
    windows = open_data(config.data, config.context)
    split = split_as_configured(config, windows)
    if split.note:
        say(split.note)
    if windows.table is None and has_half(windows.path, VALIDATION):
        held_out = f"{config.val_fraction:.0%} are held out"
        say(f"{windows.path} carries a validation half of its own: it is not used, {held_out}")
    mapped = choose_mapped(config.table, windows, group.device, group.world)
    config = replace(config, table="mapped" if mapped else "ram")
    data = load_vectors(windows, group.device, mapped=mapped)
    curriculum = _plan_curriculum(config, windows, split)
    sampler = _make_sampler(config, windows, split, group, data.home, curriculum)
    batch = next(sampler.draw_batches(1))
    tried = (*data.take(batch), data.identify(batch))
    config = replace(config, threads=settle_threads(config, data.dim, tried, group))
    torch.manual_seed(config.seed)
    learner = Learner(config, data.dim, group.device, group)
    steps = config.epochs * sampler.count_steps(config.epochs)  # or somewhat fewer, where a curriculum begins small
    config = replace(config, compile=settle_compile(config, learner, tried, steps, say))
    prepared = Prepared(
        config=config, group=group, data=data, data_path=windows.path, data_crc32=fingerprint(windows),
        split=replace(split, val=split.val.to(data.home)), sampler=sampler,
        ood=_open_ood(config, windows, group.device), learner=learner, meter=Meter(learner.measured, group),
        curriculum=curriculum,
    )  # fmt: skip
    if checkpoint is not None:
        return prepared, _go_on(prepared, checkpoint)
    if config.pretrained:
        warm = read_warm_start(Path(config.pretrained), learner.model.state_dict())
        learner.start_from(warm.weights)
        say(f"pretrained {config.pretrained}: {warm.describe()}")
    return prepared, Position()


def split_as_configured(config: TrainConfig, windows: Windows) -> Split:
    """Return the windows to train on and to validate on; raises InputError when a side is empty."""
    return split_windows(
        windows,
        fraction=config.val_fraction,
        seed=config.seed,
        train_on=config.train_on,
        filter_junk=config.filter_junk,
    )


def _plan_curriculum(config: TrainConfig, windows: Windows, split: Split) -> Curriculum | None:
    stages = read_stages(config.curriculum, PROGRAM, "--curriculum")
    return plan_curriculum(stages, measure_coherence(windows, split.train.numpy())) if stages else None


def _make_sampler(
    config: TrainConfig,
    windows: Windows,
    split: Split,
    group: Group,
    home: torch.device,
    curriculum: Curriculum | None,
) -> Sampler:
    """Share the training windows out among the processes; raises InputError when one of them would get none."""
    if config.batch_size % group.world:
        raise InputError(PROGRAM, "--batch-size", config.batch_size, f"a multiple of the {group.world} processes")
    index = split.train.numpy()
    owner = assign_windows(windows.article, index, group.world)
    busy = len(set(owner.tolist()))
    if busy < group.world:
        raise InputError(windows.path, "", f"articles for {busy} processes", f"some for each of {group.world}")
    return Sampler(
        index, owner, batch_size=config.batch_size, seed=config.seed, rank=group.rank, world=group.world,
        pick=curriculum.pick if curriculum else None, home=home,
    )  # fmt: skip


def _open_resumed(config: TrainConfig, say: Say) -> Checkpoint | None:
    """Return the checkpoint to go on from; raises InputError when another run's would be written over."""
    folder = Path(config.output_dir) / FOLDER
    path, checkpoint = None, None
    if folder.is_dir() and folder.resolve().parent != folder.parent.resolve():
        say(f"warning: checkpoints go to {folder.resolve()}, which is not in the run folder")
    if config.resume:
        path, checkpoint, refused = read_first_sound(find_checkpoints(Path(config.resume)))
        for reason in refused:
            say(reason)
        say(f"resumed {path}: epoch {checkpoint.state.epoch}, {checkpoint.state.step} steps done")
        if checkpoint.state.version < VERSION:
            found = f"{checkpoint.state.version}, an older trainer's"
            raise InputError(path, "version", found, f"{VERSION}; start anew with --pretrained {path}")
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
        found[metric] = load_vectors(ood, device, mapped=config.table == "mapped")
    return found


def _go_on(prepared: Prepared, checkpoint: Checkpoint) -> Position:
    """Take over where a run stood; raises InputError for other data, or for other processes within an epoch."""
    state, tensors, world = checkpoint.state, checkpoint.tensors, prepared.group.world
    if state.data != prepared.data_crc32:
        raise InputError(prepared.data_path, "--resume", "other data", "the data that the run began with")
    if state.step and state.processes != world:
        raise InputError(PROGRAM, "--resume", f"{world} processes", f"the {state.processes} that began the epoch")
    prepared.learner.restore(tensors, state.schedule)
    prepared.meter.restore(tensors["meter"], state.meter)
    torch.set_rng_state(tensors["rng.cpu"])
    here = Path(prepared.config.resume).resolve()
    kept = prepared.folder.resolve() in (here, here / FOLDER, here.parent)
    return Position(state.epoch, state.step, state.best if kept else -math.inf, state.seconds, state.scores)
