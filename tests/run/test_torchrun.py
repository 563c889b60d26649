"""Which command starts several processes, what it refuses, and what its report of a failure says."""

import sys
from pathlib import Path

import pytest

from amn_tui.run.ending import Exit
from amn_tui.run.folder import RunFolder
from amn_tui.run.plan import RunSection
from amn_tui.run.torchrun import build_patience, build_torchrun, describe_failure, read_failure, renumber
from amn_tui.run.trainer_process import build_environment
from checks.errors import InputError

PLAN = Path("plan.toml")

REPORT = """\
Epoch 1/3 step 2/9 loss=0.1
RuntimeError: no such thing
W1125 01:03:53.964000 6318 torch/distributed/elastic/multiprocessing/api.py:1028] Sending process 6332
E1125 01:03:53.966000 6318 torch/distributed/elastic/multiprocessing/api.py:1002] failed (exitcode: 1) local_rank: 1
Traceback (most recent call last):
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
============================================================
trainer FAILED
------------------------------------------------------------
Failures:
[1]:
  time      : 2026-11-25_01:03:54
  host      : n1
  rank      : 0 (local_rank: 0)
  exitcode  : -15 (pid: 6332)  (SIGTERM)
  error_file: <N/A>
  traceback : Signal 15 (SIGTERM) received by PID 6332
------------------------------------------------------------
Root Cause (first observed failure):
[0]:
  time      : 2026-11-25_01:03:53
  host      : n1
  rank      : 13 (local_rank: 1)
  exitcode  : CODE (pid: 6333)
  error_file: <N/A>
  traceback : To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html
============================================================
"""  # as torch 2.13 writes it


def report(code: int) -> bytes:
    return REPORT.replace("CODE", str(code)).encode()


def test_one_process_needs_no_torchrun() -> None:
    assert build_torchrun(RunSection(name="t"), PLAN) == ()


def test_processes_of_one_machine_meet_on_loopback() -> None:
    argv = build_torchrun(RunSection(name="t", processes=4, torchrun=("--numa-binding=node",)), PLAN)
    assert argv == (
        sys.executable, "-P", "-m", "torch.distributed.run", "--standalone", "--nnodes=1", "--local-addr=127.0.0.1",
        "--nproc-per-node=4", "--numa-binding=node", "--no-python",
    )  # fmt: skip


@pytest.mark.parametrize("option", ["--nnodes=2", "--rdzv-backend=static", "--rdzv_endpoint=n1:1", "--master-addr=n1"])
def test_machines_meet_where_the_plan_says_and_the_guards_is_the_first(option: str) -> None:
    argv = build_torchrun(RunSection(name="t", torchrun=(option,)), PLAN)
    assert argv[4:] == ("--node-rank=0", "--nproc-per-node=1", option, "--no-python")
    assert renumber(argv, 3)[4:] == ("--node-rank=3", "--nproc-per-node=1", option, "--no-python")


@pytest.mark.parametrize("processes", [1, 2])
def test_a_run_of_one_machine_has_no_place_for_another(processes: int) -> None:
    argv = (*build_torchrun(RunSection(name="t", processes=processes), PLAN), "python", "--node-rank=0")
    with pytest.raises(ValueError, match="not in"):
        renumber(argv, 1)


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (RunSection(name="t", processes=2, command=("python", "train.py")), r"run\.processes: .*of your own"),
        (RunSection(name="t", torchrun=("--nnodes=2",), command=("sleep", "1")), r"run\.torchrun: .*of your own"),
        (RunSection(name="t", torchrun=("--nnodes=2", "evil.py")), r"run\.torchrun\[1\]: .*one word"),
        (RunSection(name="t", torchrun=("-m",)), "one word"),
        (RunSection(name="t", torchrun=("--nproc_per_node=2",)), r"run\.processes says it"),
        (RunSection(name="t", torchrun=("--standalone",)), r"run\.processes says it"),
        (RunSection(name="t", torchrun=("--module",)), "our own trainer"),
        (RunSection(name="t", torchrun=("--rdzv_backend=c10d",)), "static"),
        (RunSection(name="t", torchrun=("--node_rank=1",)), "amn-tui join"),
        (RunSection(name="t", torchrun=("--max-restarts=3",)), "launch --resume"),
    ],
)
def test_what_torchrun_is_not_given(run: RunSection, words: str) -> None:
    with pytest.raises(InputError, match=words):
        build_torchrun(run, PLAN)


@pytest.mark.parametrize(("grace_s", "found"), [(0.5, "30"), (30.0, "45"), (600.2, "616")])
def test_torchrun_is_no_less_patient_than_the_guard(grace_s: float, found: str) -> None:
    environment = build_environment(RunFolder(Path("/run")), "id", grace_s, {"HOME": "/h"})
    assert environment["TORCH_ELASTIC_SHUTDOWN_TIMEOUT"] == found
    assert environment["HOME"] == "/h"


def test_whoever_set_the_patience_of_torchrun_keeps_it() -> None:
    assert build_patience(30, {"TORCH_ELASTIC_SHUTDOWN_TIMEOUT": "7"}) == {}


@pytest.mark.parametrize(
    ("code", "oom", "words"),
    [
        (1, False, "rank 13 ended with exit code 1: RuntimeError: no such thing"),
        (-9, False, "rank 13 was killed by SIGKILL; cause unknown"),
        (-9, True, "likely out of memory"),
        (-11, True, "rank 13 was killed by SIGSEGV"),
    ],
)
def test_the_rank_that_failed_first_is_named(code: int, oom: bool, words: str) -> None:
    assert words in describe_failure(report(code), oom=oom)


@pytest.mark.parametrize(
    ("other", "time", "words"),
    [
        (-9, "01:03:53", "rank 0 was killed by SIGKILL"),
        (-11, "01:03:54", "rank 0 was killed by SIGSEGV"),
        (-15, "01:03:53", "rank 13 ended with exit code 1"),  # by torchrun itself
        (-9, "01:04:40", "rank 13 ended with exit code 1"),  # by torchrun itself, out of patience
        (-9, "99:99:99", "rank 13 ended with exit code 1"),
        (2, "01:03:53", "rank 13 ended with exit code 1"),
    ],
)
def test_a_killed_rank_is_named_although_another_one_ended_because_of_it(other: int, time: str, words: str) -> None:
    seen = report(1).replace(b": -15 (pid", f": {other} (pid".encode()).replace(b"01:03:54", time.encode())
    assert words in describe_failure(seen)


def test_the_last_report_counts_and_its_own_last_words() -> None:
    earlier = report(143).replace(b"no such thing", b"of an earlier part")
    assert describe_failure(earlier + report(3)) == "rank 13 ended with exit code 3: RuntimeError: no such thing"
    silent = report(3)[report(3).index(b"Traceback") :]
    assert describe_failure(silent) == "rank 13 ended with exit code 3"


@pytest.mark.parametrize(
    "tail", [b"", b"ValueError: x\n", report(3) + b"usage: run.py\nerror: what\n", report(3)[:-400]]
)
def test_a_log_that_does_not_end_in_a_report_tells_of_no_rank(tail: bytes) -> None:
    assert describe_failure(tail) == ""


def test_the_report_is_found_at_the_end_of_a_long_log_and_is_safe_to_show(tmp_path: Path) -> None:
    log = tmp_path / "training.log"
    log.write_bytes(b"x" * 2_000_000 + b"\n" + report(1).replace(b"no such", b"\x1b]0;owned\x07no such"))
    assert read_failure(log, Exit(code=1)) == "rank 13 ended with exit code 1: RuntimeError: no such thing"
    assert read_failure(tmp_path / "nothing", Exit(code=1)) == ""
