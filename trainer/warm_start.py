"""Warm start: take the weights of another training's checkpoint and say which of them fitted."""

import pickle
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import Tensor

from checks.errors import InputError
from trainer.checkpoint import open_evaluated, read_checkpoint
from trainer.header import BEST, find_checkpoints, read_state

NESTED = ("model_state_dict", "state_dict", "model")  # where other trainers keep the weights


@dataclass(frozen=True, slots=True)
class WarmStart:
    """A whole state dict to start from, and how it came about: names of tensors."""

    weights: Mapping[str, Tensor]
    matched: tuple[str, ...]
    missing: tuple[str, ...]
    reshaped: tuple[str, ...]
    unused: tuple[str, ...]
    proven: bool  # the checkpoint's own model gave the output that was saved with it

    def describe(self) -> str:
        """Say it in one line."""
        counts = [f"{len(self.matched)} tensors matched"]
        for word in ("missing", "reshaped", "unused"):
            names: tuple[str, ...] = getattr(self, word)
            counts.append(f"{len(names)} {word}" + (f" ({', '.join(names)})" if names else ""))
        proof = "the forward pass is proven" if self.proven else "no probe: the forward pass is not proven"
        return f"{', '.join(counts)}; {proof}"


def read_warm_start(path: Path, fresh: Mapping[str, Tensor]) -> WarmStart:
    """Lay the checkpoint's weights over a fresh state dict; ours, a bare safetensors, or a torch file without pickles.

    Raises InputError when it cannot be read, fails its probe, holds nan or inf, or nothing in it fits.
    """
    if path.is_dir():
        found = find_checkpoints(path)
        path = next((candidate for candidate in found if candidate.name == BEST), found[0])
    weights, proven = _read_weights(path)
    matched = tuple(name for name in fresh if name in weights and weights[name].shape == fresh[name].shape)
    reshaped = tuple(name for name in fresh if name in weights and name not in matched)
    missing = tuple(name for name in fresh if name not in weights)
    unused = tuple(name for name in weights if name not in fresh)
    if not matched:
        raise InputError(path, "", f"no tensor that fits among {len(weights)}", f"weights such as {next(iter(fresh))}")
    broken = [name for name in matched if not bool(torch.isfinite(weights[name]).all())]
    if broken:
        raise InputError(path, broken[0], "nan or inf", "finite weights")
    laid = {name: weights[name].to(value.dtype) if name in matched else value for name, value in fresh.items()}
    return WarmStart(laid, matched, missing, reshaped, unused, proven)


def _read_weights(path: Path) -> tuple[dict[str, Tensor], bool]:
    if path.suffix != ".safetensors":
        return _read_torch_file(path), False
    if read_state(path) is not None:
        return dict(open_evaluated(read_checkpoint(path)).state_dict()), True
    try:
        return load_tensors(path.read_bytes()), False
    except (SafetensorError, OSError) as error:
        raise InputError(path, "", "a file that cannot be read", f"a safetensors file ({error})") from error


def _read_torch_file(path: Path) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about how the file was pickled: it is read or refused, and that is said
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise InputError(path, "", error.strerror or "an error", "a checkpoint") from error
    except pickle.UnpicklingError as error:
        raise InputError(path, "", "a pickle with more than weights in it", "tensors, numbers and text only") from error
    except (RuntimeError, EOFError, ValueError, KeyError, TypeError) as error:
        raise InputError(path, "", "a file that cannot be read", "a safetensors or torch checkpoint") from error
    return {str(name): value for name, value in _unnest(loaded).items() if isinstance(value, Tensor)}


def _unnest(loaded: Any) -> Mapping[Any, Any]:
    if not isinstance(loaded, Mapping):
        return {}
    inner = next((loaded[key] for key in NESTED if isinstance(loaded.get(key), Mapping)), loaded)
    return inner if isinstance(inner, Mapping) else {}
