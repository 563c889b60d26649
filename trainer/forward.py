"""What a predictor's forward pass must do, asked of it with random unit vectors."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import normalize

from checks.errors import InputError
from checks.verdict import Verdict
from trainer.checkpoint import check_probe, open_evaluated, read_unproved
from trainer.model import count_parameters
from trainer.predictor import Predictor

WINDOWS = 32
NORM_ERROR, REPEAT_ERROR = 1e-3, 1e-5
ALIKE = 0.99999  # mean cosine of two answers
LARGEST_RAW = 1e3  # the length of a raw output that no sound model reaches on unit vectors


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was looked at."""

    about: str
    verdict: Verdict
    found: str


def check_checkpoint(path: Path) -> tuple[dict[str, object], list[Part]]:
    """Check the model of a checkpoint, and that it gives what it gave when it was saved; raises InputError."""
    checkpoint = read_unproved(path)
    state = checkpoint.state
    try:
        model = open_evaluated(checkpoint)
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise InputError(path, "", "other tensors", f"those of {state.model} ({str(error).splitlines()[0]})") from error
    dim, context = int(state.model["input_dim"]), int(state.config.get("context", 5))
    facts, parts = check_model(model, dim, context)
    parts.append(_check_probe(path, model, dict(checkpoint.tensors)))
    known = {"model_type": state.model.get("model_type", "amn"), "data": state.config.get("data", "")}
    return {**known, **facts, "best val_cosine": f"{state.best:.4f}"}, parts


def check_model(model: Predictor, dim: int, context: int) -> tuple[dict[str, object], list[Part]]:
    """Check a model on WINDOWS random windows (B, T, D) of unit vectors."""
    model.eval()
    windows = normalize(torch.randn(WINDOWS, context, dim, generator=torch.Generator().manual_seed(0)), dim=-1)
    facts: dict[str, object] = {"parameters": f"{count_parameters(model):,}", "dim": dim, "context": context}
    try:
        with torch.inference_mode():
            raw, out = model(windows, return_raw=True)
            again, alone = model(windows), model(windows[:1])
    except RuntimeError as error:
        return facts, [Part("forward", Verdict.FAIL, f"it cannot be run: {str(error).splitlines()[0]}")]
    if tuple(out.shape) != (WINDOWS, dim) or tuple(raw.shape) != (WINDOWS, dim):
        words = f"out {tuple(out.shape)}, raw {tuple(raw.shape)}, expected ({WINDOWS}, {dim})"
        return facts, [Part("shapes", Verdict.FAIL, words)]
    parts = [_check_norm(out), _check_raw(raw), _check_repeat(out, again, alone), _check_spread(out)]
    return facts, [*parts, _check_gradients(model, windows)]


def _check_norm(out: Tensor) -> Part:
    norms = out.norm(dim=-1)
    error = float((norms - 1).abs().max())
    words = f"output norm {float(norms.mean()):.4f}, at most {error:.1e} off 1"
    return Part("output", Verdict.PASS if error <= NORM_ERROR else Verdict.FAIL, words)


def _check_raw(raw: Tensor) -> Part:
    finite, longest = bool(torch.isfinite(raw).all()), float(raw.norm(dim=-1).max())
    words = f"raw {'finite' if finite else 'has nan or inf'}, longest {longest:.3g}"
    verdict = Verdict.FAIL if not finite else Verdict.PASS if longest <= LARGEST_RAW else Verdict.WARN
    return Part("raw", verdict, words)


def _check_repeat(out: Tensor, again: Tensor, alone: Tensor) -> Part:
    """A forward pass that draws at random, or lets windows of a batch see each other, cannot be evaluated."""
    twice, other = float((out - again).abs().max()), float((out[:1] - alone).abs().max())
    if not twice <= REPEAT_ERROR:
        return Part("repeat", Verdict.FAIL, f"the same input twice differs by {twice:.1e}")
    if not other <= REPEAT_ERROR:
        return Part("repeat", Verdict.FAIL, f"a window alone differs by {other:.1e} from the same one in a batch")
    return Part("repeat", Verdict.PASS, "the same answer twice, and alone as in a batch")


def _check_spread(out: Tensor) -> Part:
    """A model that answers every input alike has collapsed; a new LSTM is not far from it (0.999)."""
    cosines = out @ out.T
    mean = float((cosines.sum() - cosines.diagonal().sum()) / (len(out) * (len(out) - 1)))
    collapsed = mean > ALIKE
    words = f"mean cosine of two answers {mean:.4f}" + (": every input gets the same one" if collapsed else "")
    return Part("spread", Verdict.FAIL if collapsed else Verdict.PASS, words)


def _check_gradients(model: Predictor, windows: Tensor) -> Part:
    model.zero_grad()
    model(windows).sum().backward()
    named = [(name, p.grad) for name, p in model.named_parameters() if p.requires_grad]
    silent = [name for name, grad in named if grad is None]
    bad = [name for name, grad in named if grad is not None and not bool(torch.isfinite(grad).all())]
    model.zero_grad()
    if bad:
        return Part("gradients", Verdict.FAIL, f"not finite at {', '.join(bad[:3])}")
    if silent:
        return Part("gradients", Verdict.WARN, f"none at {', '.join(silent[:3])}")
    return Part("gradients", Verdict.PASS, f"finite at all {len(named)} tensors")


def _check_probe(path: Path, model: Predictor, tensors: dict[str, Tensor]) -> Part:
    try:
        check_probe(path, model, tensors)
    except KeyError:
        return Part("probe", Verdict.WARN, "none was saved with it")
    except InputError:
        words = "it gives something else than when it was saved: another forward pass under the same names"
        return Part("probe", Verdict.FAIL, words)
    return Part("probe", Verdict.PASS, "it gives what it gave when it was saved")
