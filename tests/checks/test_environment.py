import dataclasses
from pathlib import Path
from typing import Any

import pytest

from checks import environment
from checks.data import Data
from checks.errors import InputError
from checks.machine import THIS_MACHINE, Machine
from checks.options import OPTIONS
from checks.registry import keep_silent
from checks.verdict import Verdict
from checks.windows import cut_windows

DEFAULTS = {key: option.default for key, option in OPTIONS["environment"].items()}
GB = 10**9
SOUND = Machine(
    count_devices=lambda _: 1,
    read_room=lambda _: 100 * GB,
    read_inodes=lambda _: 10**6,
    read_memory=lambda: (16 * GB, 8 * GB),
    find_openmp=lambda: frozenset({"gomp"}),
    measure_clock=lambda _: 0.01,
    now=lambda: 1.78e9,
)


def refuse(_: Any) -> Any:
    raise OSError(None, "nobody answers")


def judge(data: Data, plan: dict[str, Any], **answers: Any) -> Any:
    data = dataclasses.replace(data, plan=plan)
    numbers = environment.ask(data, keep_silent, dataclasses.replace(SOUND, **answers))
    return environment.judge(numbers, DEFAULTS)


@pytest.mark.parametrize(
    ("train", "answers", "verdict", "words"),
    [
        ({}, {}, Verdict.PASS, "device auto, 100 GB free"),
        ({"device": "cpu"}, {"count_devices": refuse}, Verdict.PASS, ""),  # nobody is asked
        ({"device": "cuda"}, {}, Verdict.PASS, "device cuda"),
        (
            {"device": "cuda"},
            {"count_devices": lambda _: 0},
            Verdict.FAIL,
            "asks for 1 of device cuda, this machine has 0",
        ),
        ({"device": "mps"}, {"count_devices": lambda _: 0}, Verdict.FAIL, "device mps"),
        ({"device": "cuda"}, {"count_devices": refuse}, Verdict.ERROR, "nobody answers"),
        ({}, {"read_room": lambda _: 10**7}, Verdict.FAIL, "10.0 MB free"),
        ({}, {"read_room": lambda _: None}, Verdict.PASS, "unknown room"),
        ({"model_type": "transformer"}, {"read_room": lambda _: GB // 2}, Verdict.FAIL, "needed for checkpoints"),
        ({}, {"read_inodes": lambda _: 5}, Verdict.FAIL, "5 more files may be made"),
        ({}, {"read_inodes": lambda _: 5000}, Verdict.WARN, "only 5000 more files"),
        ({}, {"read_inodes": lambda _: None}, Verdict.PASS, ""),
        ({}, {"read_memory": lambda: (GB // 2, GB // 4)}, Verdict.FAIL, "this machine has 500 MB"),
        ({}, {"read_memory": lambda: (16 * GB, GB // 4)}, Verdict.WARN, "250 MB available now"),
        ({}, {"find_openmp": lambda: frozenset({"gomp", "iomp5"})}, Verdict.WARN, "gomp, iomp5"),
        ({}, {"measure_clock": lambda _: -3600.0}, Verdict.WARN, "-3600 s apart"),
        ({}, {"measure_clock": refuse}, Verdict.FAIL, "no file can be made"),
        ({}, {"now": lambda: 0.0}, Verdict.WARN, "this is 1970"),
    ],
)
def test_every_part_passes_and_is_refused(
    train: dict[str, Any], answers: dict[str, Any], verdict: Verdict, words: str, healthy: Data
) -> None:
    finding = judge(healthy, {"train": train}, **answers)
    assert finding.verdict is verdict, finding.detail
    assert words in finding.detail


def test_each_process_needs_a_device_and_memory_of_its_own(healthy: Data) -> None:
    plan = {"run": {"processes": 4}, "train": {"device": "cuda"}}
    assert judge(healthy, plan, count_devices=lambda _: 4).verdict is Verdict.PASS
    assert "asks for 4" in judge(healthy, plan, count_devices=lambda _: 3).detail
    assert judge(healthy, plan, count_devices=lambda _: 4, read_memory=lambda: (2 * GB, GB)).verdict is Verdict.FAIL


def test_a_table_in_memory_counts_and_a_mapped_one_does_not(lab: Any) -> None:
    data = lab.make_data(cut_windows(lab.make_table(), 5))
    needs = [
        environment.ask(dataclasses.replace(data, plan={"train": {"table": table}}), keep_silent, SOUND)
        for table in ("mapped", "ram")
    ]
    held = int(needs[1]["memory_needed_bytes"]) - int(needs[0]["memory_needed_bytes"])  # type: ignore[arg-type]
    assert held == data.train.windows.context_rows.nbytes


def test_a_command_that_is_not_ours_is_judged_by_what_is_known(healthy: Data) -> None:
    assert judge(healthy, {"run": {"command": ["python", "train.py"]}}).verdict is Verdict.PASS


def test_without_a_plan_nothing_is_judged(healthy: Data) -> None:
    with pytest.raises(InputError, match="a launch plan"):
        environment.ask(healthy, keep_silent, SOUND)
    assert environment.judge({}, DEFAULTS).verdict is Verdict.ERROR


def test_this_machine_carries_a_small_run_and_not_the_control(healthy: Data, tmp_path: Path, lab: Any) -> None:
    data = dataclasses.replace(
        healthy, plan={"run": {"root": str(tmp_path / "not" / "yet")}, "train": {"device": "cpu"}}
    )
    examined = lab.examine("environment", data)
    assert examined.finding.verdict in (Verdict.PASS, Verdict.WARN), examined.finding.detail
    assert examined.numbers["folder"] == str(tmp_path)
    assert examined.control.verdict is Verdict.FAIL
    assert abs(examined.numbers["clock_gap_s"]) < 5


def test_what_no_machine_has_is_not_looked_for() -> None:
    assert THIS_MACHINE.count_devices("no such device") == 0


@pytest.mark.slow
def test_torch_is_asked_in_a_process_of_its_own() -> None:
    import torch

    assert THIS_MACHINE.count_devices("cuda") == (torch.cuda.device_count() if torch.cuda.is_available() else 0)
