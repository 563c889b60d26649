from pathlib import Path

import pytest

from amn_tui.run.plan_file import find_plan, read_plan
from checks.errors import InputError
from trainer.config import TrainConfig, build_argv, parse_args
from trainer.stages import Stage, read_stages

THREE = ("0.3@1", "0.7@6", "1.0@11")


def test_stages_are_read() -> None:
    assert read_stages(THREE, "x", "k") == (Stage(0.3, 1), Stage(0.7, 6), Stage(1.0, 11))
    assert read_stages((".5@1", "0.50@2", "1@3"), "x", "k") == (Stage(0.5, 1), Stage(0.5, 2), Stage(1.0, 3))
    assert read_stages((), "x", "k") == ()


def test_a_plan_and_the_command_line_mean_the_same() -> None:
    argv = build_argv({"curriculum": list(THREE)}, "plan.toml")
    assert argv == ["--curriculum", "0.3@1", "--curriculum", "0.7@6", "--curriculum", "1.0@11"]
    assert parse_args(argv) == TrainConfig(curriculum=THREE)


def test_a_plan_file_carries_it() -> None:
    plan = read_plan(find_plan("demo"), ['train.curriculum=["0.3@1", "1@2"]'])
    assert parse_args(build_argv(plan.train)).curriculum == ("0.3@1", "1@2")


FORM = "expected stages SHARE@EPOCH, such as 0.3@1: shares above 0 and up to 1, epochs from 1 on"
MISTAKES = [
    *((text, f"found '{text}', {FORM}") for text in (
        "0.3", "@1", "0.3@", "0.3@0", "0@1", "0.0@1", "1.1@1", "2@1", "-0.3@1", "nan@1", "1e-1@1", "0.3@1.5", "0.3@01",
        "0,3@1", "0.3@1 0.7@2", "0.3@1\n", "0.٣@1",
    )),
    ("0.3@2", "found '0.3@2', expected a first stage that begins at epoch 1"),
    ("0.3@1 0.7@1", "found '0.7@1', expected epochs that rise: a later one than in 0.3@1"),
    ("0.3@1 0.5@7 0.7@6", "found '0.7@6', expected epochs that rise: a later one than in 0.5@7"),
    ("0.7@1 0.3@6", "found '0.3@6', expected a share that does not fall below 0.7@1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), MISTAKES)
def test_a_mistake_is_told_in_a_plan(text: str, words: str) -> None:
    stages = [text] if FORM in words else text.split()
    with pytest.raises(InputError) as caught:
        build_argv({"curriculum": stages}, Path("plan.toml"))
    assert str(caught.value).startswith("plan.toml: train.curriculum: found ")
    assert words.replace("\n", "\\n") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("value", "words"), [("0.3@1", "expected a list of stages"), ([1], "found 1"), (0.3, "list")])
def test_what_is_no_list_of_texts_is_told(value: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        build_argv({"curriculum": value}, "plan.toml")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--curriculum 30%", f"--curriculum: found '30%', {FORM}"),
        ("--curriculum 0.3@2", "--curriculum: found '0.3@2', expected a first stage that begins at epoch 1"),
        ("--curriculum 0.7@1 --curriculum 0.3@2", "--curriculum: found '0.3@2'"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(line: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_args(line.split())
    assert caught.value.code == 2
    shown = capsys.readouterr().err
    assert words in shown
    assert shown.count("\n") == 1
