"""What looks like a secret is masked, and only the guard learns the whole command."""

from pathlib import Path

import pytest

from amn_tui.run.secret import COMMAND_VARIABLE, hand_on_command, mask_argv, mask_text, recall_command, refuse_masked
from checks.errors import InputError

PLAN = Path("plan.toml")


@pytest.mark.parametrize(
    ("argv", "masked"),
    [
        (["train", "--token", "x", "--lr", "1"], ["train", "--token", "***", "--lr", "1"]),
        (["--hf-token=x", "HF_TOKEN=x", "api_key=x"], ["--hf-token=***", "HF_TOKEN=***", "api_key=***"]),
        (["--password", "--verbose"], ["--password", "--verbose"]),
        (["--wandb.api-key", "x", "y"], ["--wandb.api-key", "***", "y"]),
        (["https://me:pw@host/x", "https://host/x"], ["https://***@host/x", "https://host/x"]),
        (["--secret-token", "-x"], ["--secret-token", "***"]),
        (["hf_abcdefghijklmnop", "AKIAABCDEFGHIJKLMNOP"], ["***", "***"]),
        (["--tokenizer", "bert", "--max-tokens=5"], ["--tokenizer", "bert", "--max-tokens=5"]),
    ],
)
def test_secrets_are_masked_and_nothing_else(argv: list[str], masked: list[str]) -> None:
    assert mask_argv(argv) == tuple(masked)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("export API_KEY=x; train --password x --epochs 3", "export API_KEY=***; train --password *** --epochs 3"),
        ("https://host/?a=1&token=x&b=2", "https://host/?a=1&token=***&b=2"),
        ("Authorization: Bearer x.y", "Authorization: Bearer ***"),
        ("X-Api-Key: x", "X-Api-Key: ***"),
        ("https://hooks.slack.com/services/T0/B0/x", "https://hooks.slack.com/services/***"),
        ('{"password": "x y", "lr": 1}', '{"password": ***, "lr": 1}'),
        ("val_cosine 0.44 must be >= 0.45; tokens: 3", "val_cosine 0.44 must be >= 0.45; tokens: 3"),
    ],
)
def test_secrets_within_a_text(text: str, masked: str) -> None:
    assert mask_text(text) == masked


def test_the_command_is_handed_on_where_it_was_masked() -> None:
    argv, environment = ("train", "--token", "x"), {"KEPT": "1"}
    hand_on_command(argv, environment)
    assert recall_command(mask_argv(argv), PLAN, environment) == argv
    assert environment == {"KEPT": "1"}
    hand_on_command(("train", "***"), environment)
    assert recall_command(("train", "***"), PLAN, environment) == ("train", "***")


def test_a_command_without_secrets_needs_nobody() -> None:
    environment = {COMMAND_VARIABLE: '["another"]'}
    assert recall_command(("train",), PLAN, environment) == ("train",)
    assert environment == {}


@pytest.mark.parametrize("handed", ["", "no json", "[]", '["rm", "--token", "x"]'])
def test_a_masked_command_alone_is_refused(handed: str) -> None:
    with pytest.raises(InputError, match=r"prepared\.argv\[2\]: found '\*\*\*', expected the secret"):
        recall_command(("train", "--token", "***"), PLAN, {COMMAND_VARIABLE: handed})


def test_nothing_is_refused_without_need() -> None:
    refuse_masked(("train", "--lr", "1"), PLAN, "run.command")
