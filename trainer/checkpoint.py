"""Checkpoints: one safetensors file each, replaced by rename, so that what is on disk can always be loaded."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from checks.errors import InputError
from checks.jsonl import build, encode_line
from checks.whole_file import replace_file, sync_folder
from trainer.header import BEST, LAST, STATE_KEY, VERSION, read_header
from trainer.model import create_model
from trainer.predictor import Predictor

PROBE_WINDOWS = 4
PROBE_TOLERANCE = 1e-4  # of the cosine; another device or thread count moves it by 1e-6


@dataclass(frozen=True, slots=True)
class State:
    """Where a run stands, beside its tensors; `epoch` is the one that goes on, with `step` steps of it done."""

    epoch: int
    step: int
    best: float  # the highest val_cosine so far
    seconds: float  # spent in `epoch` so far
    config: Mapping[str, Any]
    model: Mapping[str, Any]  # what create_model is called with
    data: str  # fingerprint of the training data
    schedule: Mapping[str, float]
    meter: Mapping[str, float]
    scores: Mapping[str, float] = field(default_factory=dict)  # what the log said of the last whole epoch
    processes: int = 1  # how many trained together: each has its own part of the data
    version: int = VERSION
    written_by: str = ""  # the version to install where this one cannot be read


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint in memory: model.*, ema.*, optimizer.*, meter, rng.*, probe.* by name, on the CPU."""

    tensors: Mapping[str, Tensor]
    state: State


def make_probe(model: Predictor, dim: int, context: int) -> dict[str, Tensor]:
    """Return a fixed input (4, T, D) and what the model makes of it, so that a reader can tell it computes the same."""
    fixed = torch.randn(PROBE_WINDOWS, context, dim, generator=torch.Generator().manual_seed(0))
    device = next(model.parameters()).device
    with torch.inference_mode():
        return {"probe.input": fixed, "probe.output": model(fixed.to(device)).cpu()}


def check_probe(path: Path, model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Raise InputError when the model computes something else than the one that was saved."""
    fixed, expected = tensors["probe.input"], tensors["probe.output"]
    device = next(model.parameters()).device
    with torch.inference_mode():
        found = model(fixed.to(device)).cpu()
    if found.shape != expected.shape or not torch.allclose(found, expected, atol=PROBE_TOLERANCE, equal_nan=True):
        raise InputError(path, "probe", "a model that computes something else", "the output that was saved with it")


def write_checkpoint(folder: Path, checkpoint: Checkpoint, *, best: bool) -> None:
    """Replace `last`, and `best` too when asked; a failure leaves the old ones. Raises OSError (disk full, ...)."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(folder.parent)
    state = encode_line(checkpoint.state).decode().rstrip("\n")
    tensors = {name: value.detach().cpu().contiguous() for name, value in checkpoint.tensors.items()}
    content = save_tensors(tensors, {STATE_KEY: state})
    for name in (LAST, BEST) if best else (LAST,):  # two files, not two names of one: damage must not hit both
        replace_file(folder / name, content, folder / f"{name}.tmp")


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint of ours; raises InputError when it is damaged, foreign, too new or fails its probe."""
    checkpoint = read_unproved(path)
    with _refuse_damage(path):
        check_probe(path, open_evaluated(checkpoint), checkpoint.tensors)
    return checkpoint


def read_unproved(path: Path) -> Checkpoint:
    """Read a checkpoint without holding it against its probe: what its model makes of the data says more.

    The file is read once: a run that goes on replaces it, and state and tensors must be of one checkpoint.
    """
    with _refuse_damage(path):
        content = path.read_bytes()
        state = read_header(path, content)
        return Checkpoint(load_tensors(content), build(State, state))


@contextmanager
def _refuse_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(path, "", error.strerror or "an error", "a checkpoint") from error
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(path, "", "a damaged checkpoint", f"one that the trainer wrote ({error})") from error


def read_first_sound(paths: Sequence[Path]) -> tuple[Path, Checkpoint, list[str]]:
    """Return the first checkpoint that can be read, and why those before it were refused.

    Raises the first one's InputError when none can.
    """
    refused: list[InputError] = []
    for path in paths:
        try:
            return path, read_checkpoint(path), [str(error) for error in refused]
        except InputError as error:
            refused.append(error)
    raise refused[0]


def open_evaluated(checkpoint: Checkpoint) -> Predictor:
    """Return the model that was scored when the checkpoint was written: the average where there is one."""
    model = create_model(**checkpoint.state.model)
    prefix = "ema." if any(name.startswith("ema.") for name in checkpoint.tensors) else "model."
    model.load_state_dict(strip_prefix(prefix, checkpoint.tensors))
    return model


def strip_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose name begins with `prefix`, named without it."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def add_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors, each named with `prefix` before its name."""
    return {prefix + name: value for name, value in tensors.items()}
