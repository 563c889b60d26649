"""The settings of `python -m trainer`: defaults, the command line, and how a launch plan's [train] becomes flags."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

from checks.errors import InputError
from trainer.flags import Flag, build_parser, check_value, list_flags, name_option, suggest, write_value
from trainer.header import FOLDER, find_checkpoints, read_header
from trainer.stages import STAGE, STAGES, read_stages

PROGRAM = "python -m trainer"
WARM_START_LR_FACTOR = 0.5
# What may change when a run goes on; everything else decides the course that the weights take.
FREE_ON_RESUME = frozenset(
    {
        "resume",
        "epochs",
        "output_dir",
        "device",
        "threads",
        "log_every",
        "ood",
        "table",
        "compile",
        "save_every",
        "rescore",
    }
)
LEAST_INFO = 0.01  # the least that adaptive balance lets InfoNCE weigh
A_NAME = r"[^\x00-\x1f\x7f]+"


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Everything that decides a training run, one field per flag; None is "auto", the trainer chooses."""

    model_type: Annotated[str, Flag("the model", choices=("amn", "lstm", "gru", "transformer"))] = "amn"
    data: Annotated[str, Flag("training data: a shipped name, a table or an npz", pattern=A_NAME)] = "wikipedia"
    ood: Annotated[
        tuple[str, ...],
        Flag(
            "data to score after every epoch, never trained on; may be repeated", pattern=A_NAME, form="names or paths"
        ),
    ] = ()
    output_dir: Annotated[str, Flag("where checkpoints/ and metrics.jsonl go", pattern=A_NAME)] = "runs/train"
    epochs: Annotated[int, Flag("passes over the data", low=1, high=1_000_000)] = 20
    batch_size: Annotated[int, Flag("windows per step", low=1, high=1_000_000)] = 32
    lr: Annotated[float, Flag("learning rate; half of this with --pretrained, unless given", above=0, high=10)] = (
        0.00025
    )
    weight_decay: Annotated[float, Flag("weight decay of AdamW", low=0, high=10)] = 0.01
    grad_clip: Annotated[float, Flag("largest gradient norm; 0 does not clip", low=0, high=1e6)] = 1.0
    lambda_mse: Annotated[float, Flag("weight of the squared error", low=0, high=1e6)] = 1.0
    lambda_info: Annotated[float, Flag("weight of InfoNCE", low=0, high=1e6)] = 0.0
    lambda_moment: Annotated[float, Flag("weight of moment matching", low=0, high=1e6)] = 0.001
    lambda_variance: Annotated[float, Flag("weight of the variance floor", low=0, high=1e6)] = 0.001
    variance_target: Annotated[
        float | None, Flag("deviation that the variance term asks for; auto is 1/sqrt(dim)", above=0, high=1000)
    ] = None
    tau: Annotated[float, Flag("temperature of InfoNCE", above=0, high=1000)] = 0.07
    balance: Annotated[
        str,
        Flag(
            "adaptive: lambda_info is the most that InfoNCE weighs, less where it is larger than the squared error",
            choices=("fixed", "adaptive"),
        ),
    ] = "fixed"
    memory: Annotated[int, Flag("targets of past batches that InfoNCE has as negatives", low=0, high=10_000_000)] = 0
    ema_decay: Annotated[float, Flag("decay of the averaged weights, which are scored; 0: none", low=0, below=1)] = (
        0.999
    )
    context: Annotated[int, Flag("vectors before the target", low=1, high=4096)] = 5
    val_fraction: Annotated[float, Flag("share of the windows held out, by article", above=0, below=1)] = 0.1
    train_on: Annotated[
        str,
        Flag("train on articles START:STOP only", pattern=r"(-?\d{1,18})?:(-?\d{1,18})?", form="START:STOP"),
    ] = ":"
    curriculum: Annotated[
        tuple[str, ...],
        Flag(
            "from EPOCH on train on the most coherent SHARE of the windows; may be repeated", pattern=STAGE, form=STAGES
        ),
    ] = ()
    filter_junk: Annotated[bool, Flag("leave out lists, disambiguation pages and stubs")] = False
    pretrained: Annotated[str, Flag("start from the weights of this checkpoint")] = ""
    resume: Annotated[str, Flag("go on where this run or checkpoint stopped")] = ""
    seed: Annotated[int, Flag("seed of weights, split and order", low=0, high=2**32 - 1)] = 0
    device: Annotated[str, Flag("where to compute", choices=("auto", "cpu", "cuda", "mps"))] = "auto"
    threads: Annotated[int | None, Flag("CPU threads; auto is 1 unless more measure faster", low=1, high=1024)] = None
    table: Annotated[
        str,
        Flag(
            "vectors in memory or left in their file; auto: in memory where they fit", choices=("auto", "ram", "mapped")
        ),
    ] = "auto"
    compile: Annotated[
        str, Flag("torch.compile; auto: where a long run gets faster by it", choices=("off", "on", "auto"))
    ] = "off"
    autocast: Annotated[str, Flag("number format of the forward pass", choices=("off", "bf16"))] = "off"
    save_every: Annotated[
        int, Flag("steps between two checkpoints; 0: only at the end of an epoch", low=0, high=1_000_000_000)
    ] = 0
    rescore: Annotated[
        str, Flag("score checkpoints again from disk: after the first epoch, and the best", choices=("on", "off"))
    ] = "on"
    log_every: Annotated[int, Flag("steps between two lines of the log", low=1, high=1_000_000_000)] = 40

    @property
    def lambdas(self) -> dict[str, float]:
        """Return the loss terms that are on, with their weights: {"mse": 1.0}."""
        weights = {
            f.name.removeprefix("lambda_"): getattr(self, f.name) for f in fields(self) if f.name[:7] == "lambda_"
        }
        return {name: weight for name, weight in weights.items() if weight > 0}


def build_argv(values: Mapping[str, object], source: Path | str = PROGRAM) -> list[str]:
    """Turn the [train] keys of a plan (flag names with underscores) into arguments of `python -m trainer`.

    `source` is the file that an error names. Raises InputError for an unknown key, a wrong type, nan, or a value out
    of range.
    """
    checked = check_values(values, source)
    _check_together(TrainConfig(**checked), source, "train.curriculum")
    argv: list[str] = []
    for name, value in checked.items():
        option = name_option(name)
        if isinstance(value, bool):
            argv.append(option if value else "--no-" + option.removeprefix("--"))
            continue
        for item in value if isinstance(value, tuple) else (value,):
            text = write_value(item)
            argv += [f"{option}={text}"] if text.startswith("-") else [option, text]
    return argv


def check_values(values: Mapping[str, object], source: Path | str) -> dict[str, Any]:
    """Return the values as TrainConfig holds them; raises InputError naming `source` and train.KEY."""
    return {name: check_value(TrainConfig, name, value, source, f"train.{name}") for name, value in values.items()}


def _check_together(config: TrainConfig, source: Path | str, curriculum_key: str) -> None:
    """Raise InputError for values that are sound one by one, but not together."""
    if not config.lambdas:
        raise InputError(source, "lambda_*", "no weight above 0", "at least one loss term that is on")
    if config.memory and not config.lambda_info:
        raise InputError(source, "lambda_info", "0", "a weight above 0: only InfoNCE has a use for --memory")
    if config.balance == "adaptive" and not (config.lambda_mse > 0 and config.lambda_info >= LEAST_INFO):
        found = f"lambda_mse {config.lambda_mse}, lambda_info {config.lambda_info}"
        raise InputError(source, "balance", found, f"both terms on, InfoNCE with at least {LEAST_INFO}")
    read_stages(config.curriculum, source, curriculum_key)


def parse_args(argv: Sequence[str]) -> TrainConfig:
    """Read the command line; a mistake is one line on stderr and SystemExit(2)."""
    try:
        return read_args(argv)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


def read_args(argv: Sequence[str]) -> TrainConfig:
    """Read the command line; raises InputError for a mistake.

    With --resume the values come from the checkpoint, and a flag that would change the course is a mistake.
    """
    parser = build_parser(
        TrainConfig, PROGRAM, "Train a model of the next latent vector; one documented log line per event.",
        "example: python -m trainer --data wikipedia --ood moby-dick --lr 0.0005 --output-dir runs/first",
    )  # fmt: skip
    config = _settle(*parser.parse_known_args(argv))
    _check_together(config, PROGRAM, name_option("curriculum"))
    return config


def _settle(known: argparse.Namespace, unknown: Sequence[str]) -> TrainConfig:
    """Fill in what was not given: from the checkpoint with --resume, half the learning rate with --pretrained."""
    if unknown:
        near = suggest(unknown[0], map(name_option, list_flags(TrainConfig)))
        raise InputError(PROGRAM, "", unknown[0], f"a flag that --help lists{near}")
    given = vars(known)
    if given.get("resume"):
        return _resume(given)
    if given.get("pretrained"):
        given = {"lr": TrainConfig().lr * WARM_START_LR_FACTOR, **given}
    return TrainConfig(**given)


def _resume(given: Mapping[str, Any]) -> TrainConfig:
    path, header = read_first(find_checkpoints(Path(given["resume"])))
    recorded = check_values(header.get("config", {}), path)
    for name, value in given.items():
        if name not in FREE_ON_RESUME and name in recorded and recorded[name] != value:
            expected = f"{write_value(recorded[name])} as in {path}, or no such flag"
            raise InputError(PROGRAM, name_option(name), write_value(value), expected)
    if path.parent.name == FOLDER:  # the run goes on in its own folder, wherever that is now
        recorded["output_dir"] = str(path.parent.parent)
    return TrainConfig(**{**recorded, **given})


def read_first(paths: Sequence[Path]) -> tuple[Path, dict[str, Any]]:
    """Return the first checkpoint whose header can be read; raises the first one's InputError when none can."""
    refused: list[InputError] = []
    for path in paths:
        try:
            return path, read_header(path)
        except InputError as error:
            refused.append(error)
    raise refused[0]
