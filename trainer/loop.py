"""Training, top to bottom: epochs of steps, each epoch scored and saved, until the end or a request to stop."""

import math
import time
from dataclasses import replace

import torch
from torch import Tensor

from trainer.checkpoint import write_checkpoint
from trainer.config import TrainConfig
from trainer.data import VectorSet
from trainer.evaluate import Score, score_model
from trainer.events import Configured, EpochEnded, Saved, Stepped, Stopped
from trainer.header import BEST, FOLDER, LAST
from trainer.losses import share_terms
from trainer.predictor import Predictor
from trainer.prepare import Position, Prepared, prepare
from trainer.recorder import Recorder
from trainer.stop import StopRequest


def train(config: TrainConfig, recorder: Recorder, stop: StopRequest) -> str | None:
    """Train to the last epoch, or until somebody asks to stop: returns who did, None at the end.

    Raises InputError for bad data or a bad checkpoint, OSError when the log or a checkpoint cannot be written.
    """
    run, at = prepare(config, recorder.say)
    recorder.record(Configured(run.describe()))
    while at.epoch <= config.epochs:
        by = train_epoch(run, at, recorder, stop)
        if by is not None:
            save(run, at, recorder, epoch=at.epoch, step=at.step, best=False)
            recorder.record(Stopped(by, at.epoch, at.step))
            return by
        end_epoch(run, at, recorder)
    return None


def train_epoch(run: Prepared, at: Position, recorder: Recorder, stop: StopRequest) -> str | None:
    """Do the steps that are left of the epoch; returns who asked to stop, None when all are done."""
    order = draw_order(run.split.train, run.config.seed, at.epoch)
    began_s = line_s = time.perf_counter()
    windows = 0
    while True:
        by = stop.check()
        if by is not None or at.step == run.steps:
            at.seconds += time.perf_counter() - began_s
            return by
        batch = order[at.step * run.config.batch_size : (at.step + 1) * run.config.batch_size]
        run.meter.add(run.learner.step(*run.data.take(batch)), len(batch))
        at.step += 1
        windows += len(batch)
        if at.step % run.config.log_every == 0:
            means = run.meter.read_interval()  # waits for the device, so the clock is read after it
            seconds, line_s = time.perf_counter() - line_s, time.perf_counter()
            values = {**_name_means(run, means), "samples_per_s": round(windows / max(seconds, 1e-9), 1)}
            recorder.record(Stepped(at.epoch, run.config.epochs, at.step, run.steps, values))
            windows = 0


def draw_order(index: Tensor, seed: int, epoch: int) -> Tensor:
    """Return the windows (n,) in this epoch's order, which depends on seed and epoch alone."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    return index[torch.randperm(len(index), generator=generator).to(index.device)]


def end_epoch(run: Prepared, at: Position, recorder: Recorder) -> None:
    """Score the epoch, log it, let the schedule see it, and save; leaves `at` at the start of the next epoch."""
    began_s = time.perf_counter()
    means = _name_means(run, run.meter.read_epoch())
    values = {"train_loss": means.pop("loss"), "train_cosine": means.pop("cosine"), **_score(run)}
    seconds = at.seconds + time.perf_counter() - began_s
    values |= {**means, "seconds": seconds}
    recorder.record(EpochEnded(at.epoch, run.config.epochs, values))
    # The schedule follows the weights that learn, so that it is the same whether or not an average is kept.
    run.learner.end_epoch(values["val_loss_raw"])
    best = math.isfinite(values["val_cosine"]) and values["val_cosine"] > at.best
    done = at.epoch, at.step
    at.epoch, at.step, at.seconds, at.scores = at.epoch + 1, 0, 0.0, values
    at.best = values["val_cosine"] if best else at.best
    save(run, at, recorder, epoch=done[0], step=done[1], best=best)


def _score(run: Prepared) -> dict[str, float]:
    """Score the evaluated and the raw model on validation and every OOD set."""
    val, raw = _score_pair(run, run.data, run.split.val)
    values = {
        "val_loss": val.loss, "val_cosine": val.cosine, "val_cosine_raw": raw.cosine, "val_loss_raw": raw.loss
    }  # fmt: skip
    pairs = {name: _score_pair(run, data, None) for name, data in run.ood.items()}
    if pairs:
        values["ood_cosine"] = sum(score.cosine for score, _ in pairs.values()) / len(pairs)
        values["ood_cosine_raw"] = sum(raw.cosine for _, raw in pairs.values()) / len(pairs)
    return values | {f"ood_cosine_{name}": score.cosine for name, (score, _) in pairs.items()}


def _score_pair(run: Prepared, data: VectorSet, index: Tensor | None) -> tuple[Score, Score]:
    """Return the scores of the evaluated and of the raw model; they are one where no average is kept."""
    index = torch.arange(len(data), device=run.device) if index is None else index

    def score(model: Predictor) -> Score:
        return score_model(model, data, index, run.learner.objective, run.config.batch_size)

    evaluated = score(run.learner.evaluated)
    return evaluated, evaluated if run.learner.evaluated is run.learner.model else score(run.learner.model)


def _name_means(run: Prepared, means: dict[str, float]) -> dict[str, float]:
    """Return what the log says of the steps: terms as shares of the loss."""
    weighted = {name: means[name] for name in run.learner.objective.lambdas}
    plain = {name: means[name] for name in ("loss", "cosine", "grad_norm")}
    return plain | {"lr": run.learner.lr} | share_terms(weighted, means["loss"])


def save(run: Prepared, at: Position, recorder: Recorder, *, epoch: int, step: int, best: bool) -> None:
    """Write `last`, and `best` when it is, and say so with the epoch and step that the log knows."""
    began_s = time.perf_counter()
    write_checkpoint(run.folder, run.export(at), best=best)
    saved = Saved(f"{FOLDER}/{LAST}", epoch, step, round(time.perf_counter() - began_s, 3))
    recorder.record(saved)
    if best:
        recorder.record(replace(saved, checkpoint=f"{FOLDER}/{BEST}"))
