"""A plan file is read whole or refused with one line that names file, key, found and expected."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.plan import OUR_TRAINER, Prepared
from amn_tui.run.plan_file import build_plan, find_plan, list_shipped, read_own_plan, read_plan, write_plan
from checks.errors import InputError
from checks.gate import Action
from trainer.config import build_argv, parse_args

DOCUMENTED = Path(__file__).parents[2] / "docs" / "plans" / "demo-lstm.toml"
RUN = '[run]\nname = "a"\n'
GATE = RUN + '[[gates]]\nname = "g"\nmetric = "m"\n'


def read_text(tmp_path: Path, text: str, *overrides: str) -> object:
    path = tmp_path / "plan.toml"
    path.write_text(text, "utf-8")
    return read_plan(path, overrides)


@pytest.mark.parametrize("name", list_shipped())
def test_shipped_plans_carry_the_launch_plans_numbers(name: str) -> None:
    plan = read_plan(find_plan(name))
    assert plan.run.command == OUR_TRAINER
    gates = {gate.name: gate for gate in plan.gates}
    on_val = {(gate.at, gate.floor) for gate in plan.gates if gate.metric == "val_cosine"}
    assert on_val == {(1, 0.45), (3, 0.48), (6, 0.50), (12, 0.55)}
    assert gates["bad init (train)"].floor == (0.45 if name == "amn-790k" else 0.435)
    assert gates["bad init"].on_fail is Action.ABORT
    assert gates["bad init"].healthy == 0.48
    assert gates["epoch 12"].on_fail is Action.ADVISE
    assert [(band.epoch, band.low, band.high) for band in plan.bands] == [
        (1, 0.50, 0.53), (5, 0.54, 0.56), (10, 0.55, 0.57), (20, 0.56, 0.58),
    ]  # fmt: skip
    assert plan.train["lambda_mse"] == 1.0
    assert plan.train["lambda_info"] == 0.0
    assert plan.train["ema_decay"] == 0.999
    assert plan.train["grad_clip"] == 1.0
    assert plan.train["epochs"] == 20


def test_the_documented_plan_of_another_model_is_whole_and_has_gates_of_its_own() -> None:
    plan = read_plan(DOCUMENTED)
    config = parse_args(build_argv(plan.train, DOCUMENTED))
    assert (config.model_type, config.epochs) == ("lstm", 10)
    floors = {(gate.metric, gate.at): gate.floor for gate in plan.gates if gate.on_fail is Action.ABORT}
    assert floors == {("val_cosine", 1): 0.40, ("train_cosine", 1): 0.40}


def test_a_plan_survives_being_written(tmp_path: Path) -> None:
    plan = read_text(tmp_path, GATE + "from = 2\nfor = 3\nceiling = 1\n[prepared]\nlaunched_at = 'now'\nversion = '1'\n"
                     "argv = ['a']\ncwd = '/'\nhost = 'h'\npython = '3'\n")  # fmt: skip
    assert plan.gates[0].start == 2  # type: ignore[attr-defined]
    assert plan.gates[0].patience == 3  # type: ignore[attr-defined]
    assert isinstance(plan.prepared, Prepared)  # type: ignore[attr-defined]
    again = tmp_path / "again.toml"
    again.write_bytes(write_plan(plan))  # type: ignore[arg-type]
    assert read_plan(again) == plan


def test_overrides_change_single_values(tmp_path: Path) -> None:
    plan = read_text(tmp_path, RUN, "train.epochs=3", "run.name=other", "checks.off_by_one.enabled=false")
    assert plan.train == {"epochs": 3}  # type: ignore[attr-defined]
    assert plan.run.name == "other"  # type: ignore[attr-defined]
    assert plan.checks == {"off_by_one": {"enabled": False}}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["run", "nothing", "[run] section"]),
        ("[run]\n", ["run", "name"]),
        ("[run]\nname = 3", ["run.name", "3", "text"]),
        ('[run]\nname = "../x"', ["run.name", "../x"]),
        ('[run]\nname = "-rf"', ["run.name", "-rf"]),
        ('[run]\nname = "a\\u001bb"', ["run.name"]),
        (RUN + "grace_s = true", ["run.grace_s", "True", "a number"]),
        (RUN + "grace_s = nan", ["run", "grace_s", "nan"]),
        (RUN + "processes = 0", ["run", "processes must be 1 to 1024, found 0"]),
        (RUN + "processes = 1025", ["run", "processes", "1025"]),
        (RUN + "processes = 1.5", ["run.processes", "1.5", "whole number"]),
        (RUN + 'processes = "gpu"', ["run.processes", "gpu", "whole number"]),
        (RUN + 'torchrun = "--nnodes=2"', ["run.torchrun", "--nnodes=2", "a list"]),
        (RUN + "countdown_s = -1", ["run", "countdown_s", "-1"]),
        (RUN + "command = []", ["run", "command"]),
        (RUN + "grace = 3", ["run.grace", "unknown", "grace_s"]),
        (RUN + "[dta]\n", ["dta", "unknown", "data"]),
        (RUN + "[data]\nood = 'x'", ["data.ood", "a list"]),
        (RUN + "[checks]\noff_by_one = 3", ["checks.off_by_one", "3", "table"]),
        ("gates = 3\n" + RUN, ["gates", "3", "tables"]),
        (GATE + "at = 1", ["gates[0]", "floor or a ceiling"]),
        (GATE + "floor = 0.4", ["gates[0]", "at = EPOCH"]),
        (GATE + "floor = nan\nat = 1", ["gates[0]", "nan"]),
        (GATE + "floor = '1 +'\nat = 1", ["gates[0]", "1 +"]),
        (GATE + "floor = 0.4\nat = '1'", ["gates[0].at", "'1'", "whole number"]),
        (GATE + "floor = 0.4\nat = 0", ["gates[0]", "from 1"]),
        (GATE + "ceiling = inf\nat = 1", ["gates[0].ceiling", "found inf", "finite"]),
        (GATE + "floor = true\nat = 1", ["gates[0].floor", "True", "a number or text"]),
        (GATE + "floor = 1\nfrom = 'x'", ["gates[0].from", "x", "whole number"]),
        (GATE + "floor = 1\nevery = 1", ["gates[0].every", "true or false"]),
        (GATE + "floor = 1\nevery = true\nfrom = 3", ["gates[0].from", "3", "every = true"]),
        (GATE + "floor = 1\nfrom = 2\nstart = 3", ["gates[0].start", "3", "'from'"]),
        (GATE + "floor = 1\nat = 21", ["gates[0].at", "21", "which has 20"]),
        (GATE + "floor = 1\nfrom = 6\n[train]\nepochs = 5", ["gates[0].from", "6", "which has 5"]),
        (RUN + "command = ['train', '--token', 'canary', 3]", ["run.command[3]", "found 3", "text"]),
        (RUN + "command = 'train --token canary'", ["run.command", "train --token ***", "a list"]),
        (RUN + '"' + "k" * 500_000 + '" = 1', ["run.kkk", "unknown key"]),
        (GATE + "floor = 0.4\nat = 1\non_fail = 'stop'", ["gates[0].on_fail", "stop", "abort"]),
        (GATE + "floor = 0.4\nceiling = 0.3\nat = 1", ["gates[0]", "above ceiling"]),
        (GATE + "floor = 0.4\nhealthy = 0.3\nat = 1", ["gates[0]", "below floor"]),
        (GATE + "flor = 0.4\nat = 1", ["gates[0].flor", "floor"]),
        (GATE + "floor = 0.4\nat = 1\n[[gates]]\nname = 'g'\nmetric = 'm'\nat = 2\nfloor = 1", ["two gates", "g"]),
        (RUN + "[[bands]]\nepoch = 1\nlow = 2\nhigh = 1", ["bands[0]", "low"]),
        (RUN + "[[bands]]\nepoch = 0\nlow = 1\nhigh = 1", ["bands[0]", "epoch"]),
        ("[run\n", ["TOML"]),
        ("x = " + "9" * 5000, ["TOML", "digits"]),
        ("a = 1\n" * 200_000, ["1 MB"]),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read_text(tmp_path, text)
    line = str(caught.value)
    assert line.startswith(str(tmp_path / "plan.toml"))
    assert "\n" not in line
    assert "canary" not in line
    assert len(line) < 1500
    for word in words:
        assert word in line


def test_a_run_that_is_shortened_on_the_command_line_keeps_its_gates(tmp_path: Path) -> None:
    plan = read_text(tmp_path, GATE + "floor = 1\nat = 12", "train.epochs=3")
    written = tmp_path / "run.toml"
    prepared = Prepared(launched_at="", version="1", argv=("a",), cwd="/", host="h", python="3")
    written.write_bytes(write_plan(replace(plan, prepared=prepared)))  # type: ignore[type-var]
    assert read_plan(written).gates == read_own_plan(written)[0].gates == plan.gates  # type: ignore[attr-defined]


def test_epochs_of_another_program_are_not_known(tmp_path: Path) -> None:
    text = RUN + "command = ['sleep', '1']\n[[gates]]\nname = 'g'\nmetric = 'm'\nat = 500\nfloor = 1"
    assert read_text(tmp_path, text).gates[0].at == 500  # type: ignore[attr-defined]


def test_a_run_folders_own_plan_has_a_mark_and_is_no_link(tmp_path: Path) -> None:
    path, link = tmp_path / "plan.toml", tmp_path / "link.toml"
    path.write_text(RUN)
    link.symlink_to(path)
    plan, mark = read_own_plan(path)
    path.write_text(RUN + "grace_s = 30.0\n")
    assert read_own_plan(path)[0] == plan
    assert read_own_plan(path)[1] != mark
    assert read_plan(link) == plan
    with pytest.raises(InputError, match="a symbolic link"):
        read_own_plan(link)


@pytest.mark.parametrize("override", ["epochs=3", "train.epochs", "train..x=1", "run.name.x=1", "gates.x=1"])
def test_overrides_that_cannot_be_meant(tmp_path: Path, override: str) -> None:
    with pytest.raises(InputError, match=r"--set|gates"):
        read_text(tmp_path, GATE + "at = 1\nfloor = 1", override)


def test_files_that_are_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'demo'"):
        find_plan("demoo")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="UTF-8"):
        read_plan(tmp_path / "x.toml")
    with pytest.raises(InputError, match="plan file"):
        read_plan(tmp_path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["run", "data", "train", "checks", "gates", "bands", "prepared", "other"])


@given(st.dictionaries(KEYS, VALUES))
def test_any_content_is_a_plan_or_an_input_error(body: dict[str, object]) -> None:
    with suppress(InputError):
        assert build_plan(body, Path("plan.toml")).run.name
