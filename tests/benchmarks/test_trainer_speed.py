import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from benchmarks.interleaving import Ratio
from benchmarks.original_way import KeyedAMN, compute_losses, train
from benchmarks.own_process import OwnProcess
from benchmarks.process_memory import parse_status, read_own_peak_mb, run_measured
from benchmarks.speed_claims import Claim, judge
from benchmarks.synthetic_table import Recipe, write_table
from benchmarks.timed_ways import WARM_STEPS, LoopWay, OneBatch
from benchmarks.trainer_speed import PARTS, write_windows
from benchmarks.training_ways import NOT_AVERAGED, Task, train_on_one_batch, train_ours
from benchmarks.two_processes import measure_processes, read_result
from trainer.losses import Objective
from trainer.model import count_parameters, create_model

ROOT = Path(__file__).resolve().parents[2]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    """A small table, and the same windows as an npz."""
    folder = tmp_path_factory.mktemp("speed")
    table = write_table(folder / "table", Recipe(rows=600, dim=32))
    write_windows(table, folder / "windows.npz")
    return Task(table.path, folder / "windows.npz", folder, 32, CPU)


def test_the_original_model_is_ours_in_other_words() -> None:
    ours, original = create_model("amn", 768), KeyedAMN(768)
    original.load_state_dict(ours.state_dict())
    contexts = F.normalize(torch.randn(4, 5, 768), dim=-1)
    assert count_parameters(original) == 1_510_912
    for found, expected in zip(original(contexts), ours(contexts, return_raw=True), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_the_original_losses_are_ours() -> None:
    raw, target = torch.randn(8, 16), F.normalize(torch.randn(8, 16), dim=-1)
    out = F.normalize(raw, dim=-1)
    names = ("mse", "info", "moment", "variance")
    objective = Objective(dict.fromkeys(names, 1.0), 0.07, 1.0)
    expected = objective.compute(raw, out, target)
    torch.testing.assert_close(torch.stack([compute_losses(raw, out, target)[name] for name in names]), expected)


def test_the_original_way_learns_and_logs(task: Task, tmp_path: Path) -> None:
    windows = list(itertools.islice(train(task.npz, 32, CPU, tmp_path / "log"), 20))
    assert min(windows) < 32  # the last batch of the first epoch
    assert sum(windows) > 560
    assert (tmp_path / "log").read_text("utf-8") == "Epoch 1\nEpoch 2\n"


def test_a_turn_of_ours_is_as_many_whole_steps_as_asked(task: Task) -> None:
    way = train_ours(task)
    spent = way.work(3)
    assert spent.samples == 3 * 32
    assert spent.wall_s > 0
    assert way.at.step == WARM_STEPS + 3  # those before the clock starts, too
    for _ in range(2):  # over the end of the epoch
        assert way.work(4).samples == 4 * 32
    assert way.at.epoch > 1


def test_a_turn_longer_than_an_epoch_is_refused(task: Task) -> None:
    with pytest.raises(ValueError, match="take more rows"):
        train_ours(task).work(10_000)


def test_one_batch_is_the_same_batch_for_ever(task: Task) -> None:
    way = train_on_one_batch(task)
    (_, first, _), (_, second, _) = way.run.data.gather([torch.tensor([3]), torch.tensor([4])])
    assert first is second
    assert isinstance(way.run.data, OneBatch)
    assert len(way.run.data) > 500
    assert way.work(2).samples == 64


def test_a_loop_is_timed_behind_warm_steps() -> None:
    steps = iter([1] * WARM_STEPS + [32, 32, 7])
    assert LoopWay(steps, CPU).work(2).samples == 64
    assert next(steps) == 7


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(Ratio(0.95, 0.01), "holds"), (Ratio(0.93, 0.02), "holds, but near"), (Ratio(0.9, 0.01), "does not hold"),
     (Ratio(float("nan"), 0.01), "does not hold")],
)  # fmt: skip
def test_a_claim_is_judged_in_words(ratio: Ratio, words: str) -> None:
    assert judge(ratio, 0.92) == words


def test_a_claim_says_what_was_found() -> None:
    assert Claim("ours", "theirs", 1.7).describe(Ratio(1.81, 0.02)) == "ours / theirs = 1.810 ±0.020, at least 1.7"
    cost = Claim("ours", "ours, no averaging", 0.92, "averaging").describe(Ratio(0.95, 0.01))
    assert cost == "averaging takes 5.0 ±1.0 % of the time, at most 8 %"


def test_memory_is_the_kernels_account() -> None:
    assert parse_status(["Name:\tpython", "VmHWM:\t  2000 kB", "RssFile:\t 1000 kB"]) == {
        "VmHWM": 2.048, "RssFile": 1.024
    }  # fmt: skip
    assert read_own_peak_mb() > 50  # torch is loaded


@pytest.mark.slow
def test_a_way_in_a_process_of_its_own_takes_turns_and_tells_its_peak(task: Task) -> None:
    with OwnProcess(NOT_AVERAGED, task) as way:
        way.wait()
        assert way.work(4).samples == 4 * 32
        assert 100 < way.end() < 1_000


@pytest.mark.slow
def test_a_way_that_fails_is_no_result(task: Task) -> None:
    with OwnProcess("walking", task) as way, pytest.raises(RuntimeError, match="walking: ended with exit code 1"):
        way.wait()


@pytest.mark.slow
def test_the_peak_of_a_process_is_seen_although_it_is_over() -> None:
    script = "import time; block = bytearray(200_000_000); del block; time.sleep(0.5)"
    ended = run_measured([sys.executable, "-c", script], {})
    assert ended.returncode == 0, ended.stderr
    assert 200 < ended.peak_mb < 300


def test_processes_that_failed_or_said_nothing_are_no_result() -> None:
    for code, said in (
        (1, '{"alone": 1.0, "together": 2.0, "ratio": 2.0, "error": 0.1, "peak_mb": 1}'),
        (0, "nothing"),
    ):
        with pytest.raises(RuntimeError, match=f"exit code {code}\nwhy"):
            read_result(subprocess.CompletedProcess([], code, said, "why"))


@pytest.mark.slow
def test_two_processes_learn_together(tmp_path: Path) -> None:
    table = write_table(tmp_path / "table", Recipe(rows=5000, dim=64))
    found = measure_processes(table.path, 32, 0.02, 0.2)
    assert found.alone > 0
    assert 0.05 < found.ratio < 4
    assert 100 < found.peak_mb < 2_000


@pytest.mark.slow
def test_one_command_prints_the_table_and_the_claims() -> None:
    command = [sys.executable, "-m", "benchmarks.trainer_speed", "--rows", "2500", "--seconds", "0.2"]
    command += ["--batch-size", "32"]
    skipped = [part for name in PARTS for part in ("--skip", name)]
    ended = subprocess.run([*command, *skipped], capture_output=True, text=True, cwd=ROOT, check=False)
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"^cpu, batch 32 .*\noriginal way +\d+ ", ended.stdout, re.MULTILINE)
    assert len(re.findall(r"^(?:holds|does not hold)", ended.stdout, re.MULTILINE)) == 4
    refused = subprocess.run([*command[:3], "--rows", "10"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert refused.returncode == 2
    assert "at least 15360" in refused.stderr
