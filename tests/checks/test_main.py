import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.__main__ import main
from checks.jsonl import decode_line
from checks.measurement_cache import find_folder
from checks.registry import CHECKS
from checks.result import PREFLIGHT_EVENTS, CheckEnded, CheckStarted, PreflightEnded, PreflightStarted
from checks.verdict import Verdict

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
DATASETS = ROOT / "trainer" / "datasets"
OF_DATA = [name for name, check in CHECKS.items() if not check.needs_plan]
SHIPPED = [
    "--train", str(DATASETS / "wikipedia"),
    "--ood", str(DATASETS / "moby-dick"), str(DATASETS / "debian-handbook"),
    "--reference", str(DATASETS / "baselines" / "wikipedia.json"),
]  # fmt: skip


def read_events(path: Path) -> list[Any]:
    """Return the events of a file in which every line must be whole."""
    content = path.read_bytes()
    assert content.endswith(b"\n")
    events = [decode_line(line, PREFLIGHT_EVENTS) for line in content.splitlines()]
    assert None not in events
    return events


def read_verdicts(out: str) -> dict[str, str]:
    """Return the verdicts of the plain lines by check."""
    words = [line.split()[:2] for line in out.splitlines()]
    return {check: verdict for verdict, check in words}


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory, lab: Any) -> dict[str, Path]:
    """Write a healthy table, one with broken order, and the baseline of the healthy kind."""
    folder = tmp_path_factory.mktemp("main")
    rows, offsets = lab.make_rows(0)
    order = np.lexsort(
        (np.random.default_rng(0).random(len(rows)), np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)))
    )
    made = {
        "healthy": lab.write_table(folder / "healthy", rows, offsets),
        "broken": lab.write_table(folder / "broken", rows[order], offsets),
        "other": lab.write_table(folder / "other", *lab.make_rows(1)),
        "reference": folder / "known good.json",
    }
    known = lab.write_table(folder / "known", *lab.make_rows(99, 200))
    assert main(["baseline", "--name", "known", "--data", str(known), "--output", str(made["reference"])]) == 0
    return made


def test_healthy_data_pass(paths: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "preflight.jsonl"
    argv = ["--train", str(paths["healthy"]), "--ood", str(paths["other"]), "--reference", str(paths["reference"])]
    assert main([*argv, "--output", str(output)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["PASS", name] for name in (*OF_DATA, "preflight")]
    assert all("[control: " in line and ": FAIL]" in line for line in lines[:-1])
    events = read_events(output)
    assert isinstance(events[0], PreflightStarted)
    assert len([event for event in events if isinstance(event, CheckStarted)]) == len(OF_DATA)
    ended = events[-1]
    assert isinstance(ended, PreflightEnded)
    assert set(ended.baselines) == {"mean_of_context", "copy_last", "global_mean", "context_next", "ridge"}
    assert output.stat().st_mode & 0o777 == 0o600


def test_broken_data_block(paths: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["--train", str(paths["broken"]), "--reference", str(paths["reference"])]
    assert main(argv) == 3
    verdicts = read_verdicts(capsys.readouterr().out)
    assert verdicts["off_by_one"] == verdicts["adjacency_coherence"] == verdicts["preflight"] == "FAIL"
    assert verdicts["eval_normalization"] == "PASS"


def test_an_override_lets_go_on_and_is_recorded(paths: dict[str, Path], tmp_path: Path) -> None:
    argv = [
        "--train",
        str(paths["broken"]),
        "--reference",
        str(paths["reference"]),
        "--output",
        str(tmp_path / "p.jsonl"),
    ]
    assert main([*argv, "--override", "off_by_one=known=fine"]) == 3
    overrides = ["--override", "off_by_one=known=fine", "--override", "adjacency_coherence= shuffled on purpose "]
    assert main([*argv, *overrides]) == 0
    ends = {event.check: event for event in read_events(tmp_path / "p.jsonl") if isinstance(event, CheckEnded)}
    reasons = {name: end.overridden for name, end in ends.items() if end.overridden}
    assert reasons == {"off_by_one": "known=fine", "adjacency_coherence": "shuffled on purpose"}
    assert ends["off_by_one"].verdict is Verdict.FAIL


def test_what_judges_a_plan_is_left_out_without_one_and_that_is_said(
    paths: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["--train", str(paths["healthy"]), "--only"]
    assert main([*argv, "environment"]) == 2
    assert "--plan FILE" in capsys.readouterr().err
    assert main([*argv, "eval_normalization"]) == 0
    assert capsys.readouterr().err == ""
    plan = tmp_path / "plan.toml"
    plan.write_text('[train]\ndevice = "cpu"\n')
    assert main([*argv, "environment,eval_normalization", "--plan", str(plan)]) == 0
    assert read_verdicts(capsys.readouterr().out)["environment"] in ("PASS", "WARN")
    plan.write_text("[train")
    assert main([*argv, "environment", "--plan", str(plan)]) == 3
    assert "text that is not TOML" in capsys.readouterr().out


def test_only_some_checks(paths: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["--train", str(paths["broken"]), "--json"]
    assert main([*argv, "--only", "eval_normalization,oracle_recall"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert [result["check"] for result in results] == ["eval_normalization", "oracle_recall"]
    assert list(results[0]) == [
        "check",
        "verdict",
        "control",
        "measured",
        "expected",
        "detail",
        "seconds",
        "overridden",
        "control_seconds",
        "measured_at",
    ]
    off = [name for name in CHECKS if name not in ("eval_normalization", "oracle_recall")]
    assert main([*argv, *(part for name in off for part in ("--set", f"{name}.enabled=false"))]) == 0
    assert [result["check"] for result in json.loads(capsys.readouterr().out)] == [
        "eval_normalization",
        "oracle_recall",
    ]


def test_thresholds_can_be_set(paths: dict[str, Path]) -> None:
    argv = ["--train", str(paths["healthy"]), "--only", "oracle_recall"]
    assert main(argv) == 0
    assert main([*argv, "--set", "oracle_recall.min_recall_5=0.0", "--set", "oracle_recall.min_recall_1000=0"]) == 3


def test_a_missing_file_is_an_error_of_every_check(paths: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    argv = [
        "--train",
        str(paths["healthy"]),
        "--ood",
        str(paths["healthy"] / "gone"),
        "--reference",
        str(paths["reference"]),
    ]
    assert main(argv) == 3
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ERROR") and "gone" in line for line in lines)


def test_a_missing_reference_is_an_error(paths: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--train", str(paths["healthy"])]) == 3
    verdicts = read_verdicts(capsys.readouterr().out)
    assert verdicts["encoder_fingerprint"] == verdicts["adjacency_coherence"] == "ERROR"
    assert verdicts["off_by_one"] == "PASS"


def test_a_known_good_set_can_be_the_reference_itself(paths: dict[str, Path]) -> None:
    assert main(["--train", str(paths["healthy"]), "--reference", str(paths["other"])]) == 0


def test_one_article_cannot_be_trained_on(tmp_path: Path, lab: Any, capsys: pytest.CaptureFixture[str]) -> None:
    train = lab.write_table(tmp_path / "one", *lab.make_rows(0, articles=1))
    assert main(["--train", str(train), "--only", "eval_normalization"]) == 3
    assert "two articles" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--set", "off_by_one.max_edg_gap=1"], "'max_edge_gap'"),
        (["--set", "off_by_one.max_edge_gap=nan"], "a number from 0 to 1"),
        (["--override", "off_by_one"], "CHECK=REASON"),
        (["--override", "off_by_one= "], "CHECK=REASON"),
        (["--override", "off_by_1=why"], "'off_by_one'"),
        (["--only", "recall"], "'oracle_recall'"),
        (["--only", "off_by_one", "--set", "off_by_one.enabled=false"], "at least one that is enabled"),
        (["--only", ""], "expected one of"),
    ],
)
def test_what_was_not_understood_is_told_in_one_line(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--train", "nowhere", *argv]) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


@pytest.mark.parametrize(
    "words",
    ["", "--train x --context 1", "--train x --context five", "--train x --val-fraction 1",
     "--train x --val-fraction nan", "--train x --seed -1", "--train x --sed 1", "baseline"],
)  # fmt: skip
def test_usage(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words.split())
    assert caught.value.code == 2
    assert "usage: python -m checks" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_told(
    paths: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "gone" / "preflight.jsonl"
    assert main(["--train", str(paths["healthy"]), "--only", "eval_normalization", "--output", str(output)]) == 1
    assert capsys.readouterr().err == f"{output}: No such file or directory\n"


def test_a_baseline_needs_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "baseline.json"
    assert main(["baseline", "--name", "x", "--data", str(tmp_path / "gone"), "--output", str(output)]) == 2
    assert "gone" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_data_pass_as_a_process_of_its_own(tmp_path: Path) -> None:
    ended = start([*SHIPPED, "--output", str(tmp_path / "preflight.jsonl")])
    out, _ = ended.communicate(timeout=60)
    assert ended.returncode == 0, out
    last = read_events(tmp_path / "preflight.jsonl")[-1]
    assert isinstance(last, PreflightEnded)
    assert last.verdict is Verdict.PASS
    assert last.baselines["copy_last"] == pytest.approx(0.544, abs=0.02)
    assert last.baselines["mean_of_context"] == pytest.approx(0.600, abs=0.01)
    assert last.baselines["context_next"] == pytest.approx(last.baselines["mean_of_context"], abs=0.005)
    assert last.baselines["global_mean"] == pytest.approx(0.19, abs=0.03)


def wait_for(process: "subprocess.Popen[str]", holds: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s and not holds():
        assert process.poll() is None
        time.sleep(0.002)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after", ["preflight_started", "eval_normalization", "off_by_one"])
def test_it_ends_at_once_when_asked_with_nothing_half_written(
    number: signal.Signals, after: str, tmp_path: Path
) -> None:
    output = tmp_path / "preflight.jsonl"
    process = start([*SHIPPED, "--output", str(output)])
    wait_for(process, lambda: output.exists() and after.encode() in output.read_bytes())
    process.send_signal(number)
    began_s = time.monotonic()
    process.communicate(timeout=10)
    assert time.monotonic() - began_s < 1
    assert process.returncode == -number
    assert not isinstance(read_events(output)[-1], PreflightEnded)
    assert not find_folder().exists()


def test_a_relaunch_on_the_same_data_measures_nothing_and_needs_no_faiss(tmp_path: Path) -> None:
    script = f"""
import sys
sys.argv = ["checks"]
from checks.__main__ import main
code = main({SHIPPED!r} + sys.stdin.read().split())
print([name for name in ("faiss", "torch") if name in sys.modules])
sys.exit(code)
"""
    runs = []
    for more in ("", "", "--set off_by_one.max_edge_gap=0.0", "--no-cache"):
        asked = f"--output {tmp_path / str(len(runs))} {more}"
        argv = [sys.executable, "-c", script]
        runs.append(subprocess.run(argv, input=asked, cwd=ROOT, text=True, capture_output=True, check=False))
        assert all(line.endswith("(--plan FILE)") for line in runs[-1].stderr.splitlines())
    assert [ended.returncode for ended in runs] == [0, 0, 3, 0]
    events = [[e for e in read_events(tmp_path / str(i)) if isinstance(e, CheckEnded)] for i in range(4)]
    assert [sum(e.measured_at is not None for e in found) for found in events] == [0, len(OF_DATA), len(OF_DATA), 0]
    assert [ended.stdout.splitlines()[-1] for ended in runs] == ["['faiss']", "[]", "[]", "['faiss']"]
    new, again = ({e.check: (e.verdict, e.detail, e.control) for e in found} for found in events[:2])
    assert new == again
    assert "cached, measured 20" in runs[1].stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_while_it_writes_what_it_keeps(number: signal.Signals, tmp_path: Path) -> None:
    script = f"""
import sys, threading
from checks import __main__, measurement_cache
def write_half(path, content, temporary, *, durable=True):
    temporary.write_bytes(content[: len(content) // 2])
    print("half", flush=True)
    threading.Event().wait()
measurement_cache.replace_file = write_half
__main__._end_at_once_when_asked()
__main__.main({SHIPPED!r})
"""
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, text=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert next(line for line in process.stdout if line == "half\n")
    began_s = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=10)
    assert time.monotonic() - began_s < 1
    assert process.returncode == -number
    assert [file.suffix for file in find_folder().iterdir()] == [".part"]
    for found in (0, len(OF_DATA)):
        output = tmp_path / str(found)
        start([*SHIPPED, "--output", str(output)]).communicate(timeout=60)
        ends = [event for event in read_events(output) if isinstance(event, CheckEnded)]
        assert sum(event.measured_at is not None for event in ends) == found


def test_everything_is_measured_when_that_is_asked_for(paths: dict[str, Path], tmp_path: Path) -> None:
    argv = ["--train", str(paths["healthy"]), "--reference", str(paths["reference"]), "--output", str(tmp_path / "p")]
    assert main([*argv, "--set", "oracle_recall.queries=40"]) == 0
    assert main([*argv, "--full", "--no-cache"]) == 0
    found = [event for event in read_events(tmp_path / "p") if isinstance(event, CheckEnded)]
    some, whole = (event.measured for event in found if event.check == "oracle_recall")
    assert some["train.queries"] == 40
    assert whole["train.queries"] == whole["train.windows"]
    assert whole["train.recall_5_error"] == 0.0


def start(argv: list[str]) -> "subprocess.Popen[str]":
    """Start python -m checks on one thread."""
    return subprocess.Popen(
        [sys.executable, "-m", "checks", *argv], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
