from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from amn_tui.cli import cli
from checks.__main__ import main
from checks.explanation import Explanation, format_page, read_explanations
from checks.handbook import find_page, write_handbook
from checks.installed import list_checks
from checks.options import OPTIONS
from checks.registry import CHECKS

ROOT = Path(__file__).resolve().parents[2]


def test_every_check_of_ours_has_settings_and_a_page_and_no_page_is_left_over() -> None:
    assert list(read_explanations()) == list(OPTIONS) == list(CHECKS)


@pytest.mark.parametrize("name", list(CHECKS))
def test_a_page_says_all_four_things_in_a_few_lines(name: str) -> None:
    page = read_explanations()[name]
    assert all(len(getattr(page, field.name)) > 60 for field in fields(Explanation))
    shown = format_page(CHECKS[name].title, page).splitlines()
    assert max(map(len, shown)) <= 80
    assert len(shown) <= 30


def test_docs_are_up_to_date() -> None:
    stale = "docs/checks.md is stale: write it with `make docs`"
    assert (ROOT / "docs" / "checks.md").read_text("utf-8") == write_handbook(), stale


def test_a_check_without_a_page_says_so() -> None:
    assert "nobody has written a page" in format_page("Mine", None)


def test_a_page_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "off_by_one"]) == 0
    assert capsys.readouterr().out.startswith("Off by one (off_by_one)\n\nmeasures    Where the target lies")
    assert main(["explain"]) == 0
    out = capsys.readouterr().out
    assert all(f"({name})" in out for name in list_checks())
    assert all(find_page(check) for check in list_checks().values())
    assert main(["explain", "off_by_1"]) == 2
    assert "'off_by_one'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["leakage", "all"])
def test_the_command_prints_a_page_and_runs_nothing(name: str) -> None:
    result = CliRunner().invoke(cli, ["preflight", "--explain", name])
    assert result.exit_code == 0
    assert "Leakage (leakage)" in result.output
    assert ("Off by one" in result.output) is (name == "all")
