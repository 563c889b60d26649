import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from checks.errors import InputError
from trainer.config import TrainConfig, build_argv
from trainer.events import Configured, EpochEnded, LogEvent, Saved, Stopped, parse_line
from trainer.group import ALONE, count_processes, join_group
from trainer.header import FOLDER, LAST, read_header

ROOT = Path(__file__).resolve().parents[2]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
Configure = Callable[..., TrainConfig]
Train = Callable[..., list[LogEvent]]


def run_together(argv: Sequence[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    marks = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment}
    return subprocess.run(
        [*TORCHRUN, *argv], capture_output=True, text=True, env={**os.environ, **marks}, check=False, cwd=ROOT
    )


def train_together(config: TrainConfig, **environment: str) -> tuple[int, list[LogEvent]]:
    argv = build_argv({name: getattr(config, name) for name in TrainConfig.__dataclass_fields__})
    ended = run_together(["-m", "trainer", *argv], **environment)
    return ended.returncode, [parse_line(line) for line in ended.stdout.splitlines()]


def leave_out_time(events: Sequence[LogEvent]) -> list[dict[str, float]]:
    ends = [event for event in events if isinstance(event, EpochEnded)]
    return [{key: value for key, value in event.values.items() if key != "seconds"} for event in ends]


PRIMITIVES = """
import json, os, sys, torch
from trainer.group import join_group, leave_group
group = join_group(torch.device("cpu"))
rank = group.rank
found = {
    "world": group.world, "leads": group.leads,
    "sum": group.sum(torch.tensor([1.0 + rank])).tolist(), "mean": group.mean(torch.tensor([1.0 + rank])).tolist(),
    "gather": group.gather(torch.tensor([[rank], [10 + rank]])).tolist(),
    "agree": [group.agree(by) for by in (None, "SIGINT" if rank else None, None if rank else "control.jsonl")],
}
model = group.spread(torch.nn.Linear(1, 1))
model(torch.tensor([[1.0 + rank]])).sum().backward()
found["gradient"] = [p.grad.item() for p in model.parameters()]
group.wait()
leave_group()
open(os.path.join(sys.argv[1], str(rank)), "w").write(json.dumps(found))
"""


@pytest.mark.slow
def test_two_processes_know_the_same(tmp_path: Path) -> None:
    script = tmp_path / "primitives.py"
    script.write_text(PRIMITIVES, "utf-8")
    ended = run_together([str(script), str(tmp_path)])
    assert ended.returncode == 0, ended.stderr[-2000:]
    first, second = (json.loads((tmp_path / str(rank)).read_text("utf-8")) for rank in range(2))
    assert (first.pop("leads"), second.pop("leads")) == (True, False)
    assert first == second
    assert (first["world"], first["sum"], first["mean"]) == (2, [3.0], [1.5])
    assert first["gather"] == [[0], [10], [1], [11]]
    assert first["agree"] == [None, "SIGINT", "control.jsonl"]
    assert first["gradient"] == [1.5, 1.0]


@pytest.mark.slow
def test_two_processes_learn_as_one_does(
    tiny_config: Configure, run_training: Train, make_table: Callable[..., Path]
) -> None:
    # Terms that look at a whole batch see only the process's part of it, so the squared error stands alone.
    options = {"lambda_moment": 0.0, "lambda_variance": 0.0, "data": str(make_table("larger", sizes=(60,) * 30))}
    alone = leave_out_time(run_training(tiny_config("alone", **options)))
    code, events = train_together(tiny_config("both", **options))
    together = leave_out_time(events)
    assert code == 0
    assert isinstance(events[0], Configured)
    assert events[0].values["processes"] == "2"
    assert len([event for event in events if isinstance(event, Configured)]) == 1  # one of them writes
    for key in ("val_cosine", "train_cosine", "val_margin"):
        assert [epoch[key] for epoch in together] == pytest.approx([epoch[key] for epoch in alone], abs=0.02)


@pytest.mark.slow
def test_two_processes_go_on_after_a_stop_as_if_there_had_been_none(tiny_config: Configure, tmp_path: Path) -> None:
    options = {"lambda_info": 0.2, "balance": "adaptive", "memory": 40, "rescore": "off"}  # three starts are enough
    _, whole = train_together(tiny_config("whole", **options))
    asked = tmp_path / "control.jsonl"
    asked.write_text(json.dumps({"event": "abort_asked", "time": 9e12}) + "\n", "utf-8")
    _, events = train_together(tiny_config("cut", **options), AMN_CONTROL=str(asked))
    assert isinstance(events[-1], Stopped)
    assert (events[-1].by, events[-1].step) == ("control.jsonl", 0)
    assert isinstance(events[-2], Saved)
    assert read_header(tmp_path / "cut" / FOLDER / LAST)["processes"] == 2
    code, events = train_together(tiny_config("cut", resume=str(tmp_path / "cut"), **options))
    assert code == 0
    assert len(leave_out_time(events)) == 3
    assert leave_out_time(events) == leave_out_time(whole)


def test_one_process_alone_needs_nobody() -> None:
    assert join_group(torch.device("cpu"), {}).world == 1
    assert count_processes({"WORLD_SIZE": "4"}) == 4
    assert ALONE.leads
    assert ALONE.agree("SIGTERM") == "SIGTERM"
    assert torch.equal(ALONE.gather(torch.ones(2)), torch.ones(2))


def test_more_processes_than_cuda_devices_are_refused() -> None:
    local = str(torch.cuda.device_count())
    with pytest.raises(InputError, match="at most"):
        join_group(torch.device("cuda"), {"WORLD_SIZE": "9", "RANK": "8", "LOCAL_RANK": local})


@pytest.mark.parametrize(
    ("sizes", "batch_size", "words"), [((20,) * 12, 33, "a multiple of the 2"), ((20, 20), 32, "articles for 1")]
)
def test_what_cannot_be_shared_out_is_refused(
    tiny_config: Configure, make_table: Callable[..., Path], sizes: Sequence[int], batch_size: int, words: str
) -> None:
    from trainer.group import Group
    from trainer.prepare import prepare

    config = tiny_config(data=str(make_table("other", sizes=sizes)), batch_size=batch_size)
    with pytest.raises(InputError, match=words):
        prepare(config, Group(rank=0, world=2), lambda _text: None)
