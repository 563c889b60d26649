"""The commands as they are listed: what each does, whole."""

import pytest
from click.testing import CliRunner

from amn_tui.cli import cli


@pytest.mark.parametrize("group", [[], ["data"], ["model"], ["baseline"]], ids=lambda group: " ".join(group) or "all")
def test_what_a_command_does_is_listed_whole(group: list[str]) -> None:
    listed = CliRunner().invoke(cli, [*group, "--help"], terminal_width=80).output.partition("Commands:")[2]
    lines = [line for line in listed.splitlines() if line.strip()]
    assert lines
    assert all(line.endswith(".") and not line.endswith("...") for line in lines)
