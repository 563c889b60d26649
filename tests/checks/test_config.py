import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from checks.config import Sources, build_argv, find_check, parse_assignment, resolve_settings
from checks.errors import InputError
from checks.options import OPTIONS
from checks.registry import CHECKS


def test_every_check_has_settings_and_can_be_switched_off() -> None:
    assert list(OPTIONS) == list(CHECKS)
    assert all(keys["enabled"].default is True for keys in OPTIONS.values())


@pytest.mark.parametrize(("check", "key"), [(check, key) for check, keys in OPTIONS.items() for key in keys])
def test_every_default_lies_in_its_own_range(check: str, key: str) -> None:
    default = OPTIONS[check][key].default
    assert resolve_settings({check: {key: default}})[check][key] == default
    assert OPTIONS[check][key].about


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"adjacency": {}}, "checks: found 'adjacency', expected the name of a check: 'adjacency_coherence'"),
        ({"x": {}}, "one of encoder_fingerprint, eval_normalization"),
        ({"off_by_one": 3}, "checks.off_by_one: found 3, expected a table of settings"),
        (
            {"off_by_one": {"max_edge": 0.1}},
            "checks.off_by_one: found 'max_edge', expected one of its settings: 'max_edge_gap'",
        ),
        ({"off_by_one": {"max_edge_gap": "0.1"}}, "found '0.1', expected a number"),
        ({"off_by_one": {"max_edge_gap": True}}, "found True, expected a number"),
        ({"off_by_one": {"max_edge_gap": math.nan}}, "found nan, expected a number from 0 to 1"),
        ({"off_by_one": {"max_edge_gap": math.inf}}, "found inf, expected a number from 0 to 1"),
        ({"off_by_one": {"max_edge_gap": 1.5}}, "found 1.5, expected a number from 0 to 1"),
        ({"off_by_one": {"windows": 10.5}}, "found 10.5, expected a whole number"),
        ({"off_by_one": {"windows": 0}}, "found 0, expected a number from 1"),
        ({"off_by_one": {"windows": True}}, "found True, expected a whole number"),
        ({"off_by_one": {"enabled": 1}}, "found 1, expected true or false"),
        ({"off_by_one": {"enabled": "yes"}}, "found 'yes', expected true or false"),
        ({"encoder_fingerprint": {"encoder_path": 3}}, "found 3, expected text"),
        ({"off_by_one": {"max_edge_gap": [0.1]}}, "expected a number"),
        ({"off_by_one": {"max_edge_gap": None}}, "expected a number"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        resolve_settings(given, "plan.toml")
    assert str(caught.value).startswith("plan.toml: checks")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_given_settings_take_the_place_of_defaults_and_no_other() -> None:
    settings = resolve_settings({"adjacency_coherence": {"max_mean_drop": 0.1, "enabled": False}})
    assert settings["adjacency_coherence"]["max_mean_drop"] == 0.1
    assert settings["adjacency_coherence"]["enabled"] is False
    assert settings["adjacency_coherence"]["max_low_rise"] == 0.05
    assert settings["off_by_one"] == resolve_settings({})["off_by_one"]


def test_a_whole_number_will_do_for_a_number() -> None:
    value = resolve_settings({"off_by_one": {"max_edge_gap": 1}})["off_by_one"]["max_edge_gap"]
    assert isinstance(value, float)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("off_by_one.max_edge_gap=0.02", ("off_by_one", "max_edge_gap", 0.02)),
        ("off_by_one.windows=500", ("off_by_one", "windows", 500)),
        ("off_by_one.enabled=False", ("off_by_one", "enabled", False)),
        ("encoder_fingerprint.encoder_path=/a=b", ("encoder_fingerprint", "encoder_path", "/a=b")),
    ],
)
def test_assignments(text: str, parsed: tuple[str, str, object]) -> None:
    assert parse_assignment(text) == parsed


@pytest.mark.parametrize(
    "text",
    ["", "off_by_one", "off_by_one=1", "off_by_one.windows", "x.windows=1", "off_by_one.x=1", "off_by_one.windows=1.5",
     "off_by_one.windows=", "off_by_one.max_edge_gap=nan", "off_by_one.enabled=maybe"],
)  # fmt: skip
def test_other_assignments_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="--set"):
        parse_assignment(text)


def test_the_launcher_gets_arguments_that_mean_the_same() -> None:
    sources = Sources(Path("wiki"), (Path("a b"), Path("c")), Path("ref.json"), 7, 0.2, 3)
    plan = {"adjacency_coherence": {"max_mean_drop": 0.1}, "oracle_recall": {"enabled": False, "queries": 10}}
    argv = build_argv(sources, plan, overrides={"off_by_one": "known = good"})
    assert argv == [
        "--train", "wiki", "--ood", "a b", "--ood", "c", "--reference", "ref.json",
        "--context", "7", "--val-fraction", "0.2", "--seed", "3",
        "--set", "adjacency_coherence.max_mean_drop=0.1", "--set", "oracle_recall.enabled=false",
        "--set", "oracle_recall.queries=10", "--override", "off_by_one=known = good",
    ]  # fmt: skip
    assignments = [parse_assignment(text) for flag, text in pairwise(argv) if flag == "--set"]
    given: dict[str, dict[str, object]] = {}
    for check, key, value in assignments:
        given.setdefault(check, {})[key] = value
    assert resolve_settings(given) == resolve_settings(plan)


def test_the_launcher_is_told_what_is_wrong_with_its_plan() -> None:
    with pytest.raises(InputError, match=r"^plan.toml: checks.off_by_one: found 'windws'.*'windows'$"):
        build_argv(Sources(Path("wiki")), {"off_by_one": {"windws": 3}}, source="plan.toml")
    with pytest.raises(InputError, match="'off_by_one'"):
        build_argv(Sources(Path("wiki")), {}, overrides={"off_by_two": "why"})


def test_a_name_is_found_or_the_nearest_told() -> None:
    assert find_check("oracle_recall", "--only") == "oracle_recall"
    with pytest.raises(InputError, match="--only: found 'recall', expected 'oracle_recall'"):
        find_check("recall", "--only")
