import json
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.errors import InputError
from trainer.config import TrainConfig, build_argv, check_values, parse_args
from trainer.flags import list_flags, write_value
from trainer.header import FOLDER, LAST, STATE_KEY, VERSION


def test_every_field_is_a_flag_and_every_default_passes_its_own_check() -> None:
    defaults = {f.name: f.default for f in fields(TrainConfig)}
    assert set(list_flags(TrainConfig)) == set(defaults)
    assert check_values(defaults, "defaults") == defaults
    assert parse_args([]) == TrainConfig()


def test_the_launch_plan_is_accepted_as_written() -> None:
    line = (
        "--model-type amn --data f.npz --epochs 20 --batch-size 32 --lr 0.00025 --device mps --lambda-mse 1.0 "
        "--lambda-info 0.0 --lambda-moment 0.001 --lambda-variance 0.001 --output-dir out --tau 0.07"
    )
    config = parse_args(line.split())
    assert config == TrainConfig(data="f.npz", device="mps", output_dir="out")
    assert config.lambdas == {"mse": 1.0, "moment": 0.001, "variance": 0.001}


def test_a_plan_becomes_flags_that_read_back_as_the_same_values() -> None:
    values = {
        "lr": 5e-4, "epochs": 3, "ood": ["a", "-b"], "filter_junk": True, "train_on": "-5:", "threads": "auto",
        "pretrained": "", "lambda_mse": 2, "variance_target": 1.0, "data": "-strange name",
    }  # fmt: skip
    config = parse_args(build_argv(values, "plan.toml"))
    assert config == TrainConfig(
        lr=5e-4, epochs=3, ood=("a", "-b"), filter_junk=True, train_on="-5:", lambda_mse=2.0, variance_target=1.0,
        data="-strange name",
    )  # fmt: skip


@given(st.floats(1e-9, 10), st.integers(0, 2**32 - 1), st.booleans())
def test_numbers_survive_the_command_line_exactly(lr: float, seed: int, filter_junk: bool) -> None:
    config = parse_args(build_argv({"lr": lr, "seed": seed, "filter_junk": filter_junk}))
    assert (config.lr, config.seed, config.filter_junk) == (lr, seed, filter_junk)


PLAN_ERRORS = [
    ({"lrr": 1}, "train.lrr: found 'lrr', expected a flag of the trainer, such as lr"),
    ({"batchsize": 1}, "such as batch_size"),
    ({"curriculum": True}, "train.curriculum"),
    ({"lr": "0.1"}, "train.lr: found '0.1', expected a number above 0 and at most 10"),
    ({"lr": True}, "train.lr: found True"),
    ({"lr": float("nan")}, "train.lr: found nan"),
    ({"lr": float("inf")}, "train.lr: found inf"),
    ({"lr": 0}, "train.lr: found 0"),
    ({"lr": 10**400}, "train.lr"),
    ({"epochs": 2.0}, "train.epochs: found 2.0, expected a whole number"),
    ({"epochs": 0}, "train.epochs: found 0"),
    ({"epochs": True}, "train.epochs: found True"),
    ({"epochs": None}, "train.epochs: found None"),
    ({"ema_decay": 1.0}, "train.ema_decay: found 1.0, expected a number at least 0 and below 1"),
    ({"device": "tpu"}, "train.device: found 'tpu', expected one of auto, cpu, cuda, mps"),
    ({"model_type": "rnn"}, "train.model_type: found 'rnn', expected one of amn, lstm, gru, transformer"),
    ({"threads": "many"}, "train.threads: found 'many', expected auto or a whole number"),
    ({"ood": "moby-dick"}, "train.ood: found 'moby-dick', expected a list of names or paths"),
    ({"ood": [1]}, "train.ood: found 1, expected names or paths"),
    ({"ood": ["moby-dick", ""]}, "train.ood: found ''"),
    ({"ood": ["a\nb"]}, "train.ood"),
    ({"filter_junk": "yes"}, "train.filter_junk: found 'yes', expected true or false"),
    ({"data": ""}, "train.data"),
    ({"data": "a\nb"}, "train.data"),
    ({"data": "a\0b"}, "train.data"),
    ({"train_on": "5"}, "train.train_on: found '5', expected START:STOP"),
    ({"train_on": "a:b"}, "train.train_on"),
    ({"lambda_mse": 0, "lambda_moment": 0, "lambda_variance": 0}, "at least one loss term"),
]


@pytest.mark.parametrize(("values", "words"), PLAN_ERRORS)
def test_a_mistake_in_a_plan_names_file_key_and_what_was_expected(values: dict[str, object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        build_argv(values, "plan.toml")
    assert str(caught.value).startswith("plan.toml: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--lr x", "--lr: found 'x', expected a number above 0 and at most 10"),
        ("--lr nan", "--lr: found nan"),
        ("--lr", "expected one argument"),
        ("--lrr 1", "found '--lrr', expected a flag that --help lists, such as --lr"),
        ("--batch 32", "such as --batch-size"),
        ("stray", "found 'stray'"),
        ("--epochs 1.5", "--epochs: found '1.5', expected a whole number"),
        ("--epochs 1e3", "--epochs"),
        ("--threads 0", "--threads: found 0, expected auto or a whole number"),
        ("--lambda-mse 0 --lambda-moment 0 --lambda-variance 0", "at least one loss term"),
        ("--resume /nowhere/at/all", "/nowhere/at/all: found 'no checkpoint'"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line_and_exit_2(
    line: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_args(line.split())
    assert caught.value.code == 2
    shown = capsys.readouterr().err
    assert words in shown
    assert shown.count("\n") == 1


def test_a_warm_start_halves_the_learning_rate_unless_one_is_given() -> None:
    assert parse_args(["--pretrained", "x"]).lr == 0.000125
    assert parse_args(["--pretrained", "x", "--lr", "0.00025"]).lr == 0.00025


@pytest.mark.parametrize(
    ("value", "text"), [(None, "auto"), (True, "true"), (("a", "b"), "a,b"), (5e-4, "0.0005"), (32, "32"), ("", "")]
)
def test_values_are_written_one_way(value: object, text: str) -> None:
    assert write_value(value) == text


def record_run(folder: Path, **config: object) -> Path:
    header = {"__metadata__": {STATE_KEY: json.dumps({"version": VERSION, "config": config})}}
    text = json.dumps(header).encode()
    path = folder / FOLDER / LAST
    path.parent.mkdir()
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    return path


def test_resuming_takes_the_settings_of_the_run_and_its_folder(tmp_path: Path) -> None:
    record_run(tmp_path, lr=0.003, seed=7, output_dir="elsewhere", threads=None, ood=["x"], epochs=5)
    config = parse_args(["--resume", str(tmp_path), "--epochs", "9", "--lr", "0.003"])
    assert (config.lr, config.seed, config.epochs, config.ood) == (0.003, 7, 9, ("x",))
    assert config.output_dir == str(tmp_path)


def test_resuming_refuses_a_flag_that_would_change_the_course(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_run(tmp_path, lr=0.003)
    with pytest.raises(SystemExit):
        parse_args(["--resume", str(tmp_path), "--lr", "0.1"])
    assert "--lr: found '0.1', expected 0.003 as in" in capsys.readouterr().err


def test_a_resumed_run_keeps_its_curriculum(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record_run(tmp_path, curriculum=["0.3@1", "1@5"])
    assert parse_args(["--resume", str(tmp_path)]).curriculum == ("0.3@1", "1@5")
    with pytest.raises(SystemExit):
        parse_args(["--resume", str(tmp_path), "--curriculum", "0.5@1"])
    assert "--curriculum: found '0.5@1', expected 0.3@1,1@5 as in" in capsys.readouterr().err
