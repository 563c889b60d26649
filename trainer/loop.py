"""Training, top to bottom: epochs of steps, each epoch scored and saved, until the end or a request to stop."""

import math
import time

import torch
from torch import Tensor

from trainer.config import TrainConfig
from trainer.data import VectorSet
from trainer.evaluate import Score, score_model
from trainer.events import Configured, EpochEnded, Stepped, Stopped
from trainer.group import ALONE, Group
from trainer.losses import share_terms
from trainer.predictor import Predictor
from trainer.prepare import prepare
from trainer.prepared import Position, Prepared
from trainer.recorder import Recorder
from trainer.rescorer import Rescorer
from trainer.saving import check_room, save
from trainer.stop import StopRequest

ASK_EVERY = 8  # steps between two times that several processes agree on whether to stop: it costs them a round trip


def train(
    config: TrainConfig, recorder: Recorder, stop: StopRequest, group: Group = ALONE, rescorer: Rescorer | None = None
) -> str | None:
    """Train to the last epoch, or until somebody asks to stop: returns who did, None at the end.

    Raises InputError for bad data or a bad checkpoint, OSError when the log or a checkpoint cannot be written.
    """
    run, at = prepare(config, group, recorder.say)
    check_room(run)
    recorder.record(Configured(run.describe()))
    while at.epoch <= config.epochs:
        by = train_epoch(run, at, recorder, stop)
        if by is not None:
            save(run, at, recorder, best=False, must=True)
            recorder.record(Stopped(by, at.epoch, at.step))
            return by
        end_epoch(run, at, recorder)
        if rescorer is not None:
            rescorer.hear_epoch()
    return None


def train_epoch(run: Prepared, at: Position, recorder: Recorder, stop: StopRequest) -> str | None:
    """Do the steps that are left of the epoch; returns who asked to stop, None when all are done."""
    config, steps = run.config, run.sampler.count_steps(at.epoch)
    if run.curriculum is not None and run.curriculum.find_stage(at.epoch).epoch == at.epoch and not at.step:
        recorder.say(run.curriculum.describe(at.epoch))
    began_s = line_s = time.perf_counter()
    windows = 0
    for batch, contexts, targets in run.data.gather(run.sampler.draw_batches(at.epoch, at.step)):
        if run.group.world == 1 or at.step % ASK_EVERY == 0:
            by = run.group.agree(stop.check())
            if by is not None:
                at.seconds += time.perf_counter() - began_s
                return by
        ids = run.data.identify(batch) if config.memory else None
        run.meter.add(run.learner.step(contexts, targets, ids), len(batch))
        at.step += 1
        windows += len(batch) * run.group.world
        if at.step % config.log_every == 0:
            means = run.meter.read_interval()  # waits for the device, so the clock is read after it
            seconds, line_s = time.perf_counter() - line_s, time.perf_counter()
            values = {**_name_means(run, means), "samples_per_s": round(windows / max(seconds, 1e-9), 1)}
            recorder.record(Stepped(at.epoch, config.epochs, at.step, steps, values))
            windows = 0
        if config.save_every and at.step % config.save_every == 0 and at.step < steps:
            save(run, at, recorder, best=False)
    at.seconds += time.perf_counter() - began_s
    return run.group.agree(stop.check())


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
    done, before = (at.epoch, at.step), at.best
    at.epoch, at.step, at.seconds, at.scores = at.epoch + 1, 0, 0.0, values
    at.best = values["val_cosine"] if best else at.best
    if not save(run, at, recorder, done=done, best=best, must=at.epoch > run.config.epochs):
        at.best = before  # of what is on the disk


def _score(run: Prepared) -> dict[str, float]:
    """Score the evaluated and the raw model on validation and every OOD set."""
    val, raw = _score_pair(run, run.data, run.split.val)
    values = {
        "val_loss": val.loss, "val_cosine": val.cosine, "val_cosine_raw": raw.cosine, "val_loss_raw": raw.loss,
        "val_margin": val.margin,
    }  # fmt: skip
    pairs = {name: _score_pair(run, data, None) for name, data in run.ood.items()}
    if pairs:
        values["ood_cosine"] = sum(score.cosine for score, _ in pairs.values()) / len(pairs)
        values["ood_cosine_raw"] = sum(raw.cosine for _, raw in pairs.values()) / len(pairs)
    return values | {f"ood_cosine_{name}": score.cosine for name, (score, _) in pairs.items()}


def _score_pair(run: Prepared, data: VectorSet, index: Tensor | None) -> tuple[Score, Score]:
    """Return the scores of the evaluated and of the raw model; they are one where no average is kept."""
    index = torch.arange(len(data), device=data.home) if index is None else index
    learner = run.learner

    def score(model: Predictor) -> Score:
        return score_model(model, data, index, learner.objective, learner.weights, run.config.batch_size, run.group)

    evaluated = score(learner.evaluated)
    return evaluated, evaluated if learner.evaluated is learner.model else score(learner.model)


def _name_means(run: Prepared, means: dict[str, float]) -> dict[str, float]:
    """Return what the log says of the steps: terms as shares of the loss."""
    weighted = {name: means[name] for name in run.learner.objective.lambdas}
    plain = {name: means[name] for name in ("loss", "cosine", "grad_norm")}
    named = plain | {"lr": run.learner.lr} | share_terms(weighted, means["loss"])
    return named if run.config.balance == "fixed" else named | {"info_weight": run.learner.info_weight}
