import dataclasses
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from amn_tui.run import plan_sanity
from amn_tui.run.plan import Prepared
from amn_tui.run.plan_file import SHIPPED, read_plan, write_plan
from checks.installed import GROUP, find_installed, list_checks
from checks.registry import keep_silent
from checks.verdict import Verdict

DEMO = Path(str(SHIPPED / "demo.toml"))


@dataclasses.dataclass(frozen=True)
class FakeData:
    """Data as far as this check looks at them."""

    plan: dict[str, Any]

    def require_plan(self) -> dict[str, Any]:
        return self.plan


def make(root: Path, **sections: Any) -> FakeData:
    body = tomllib.loads(DEMO.read_text("utf-8"))
    body["run"] = {**body["run"], "root": str(root), **sections.pop("run", {})}
    body["train"] = {**body["train"], **sections.pop("train", {})}
    return FakeData({**body, **sections})


def judge(data: FakeData) -> Any:
    numbers = plan_sanity.measure(data, keep_silent)
    return SimpleNamespace(numbers=numbers, finding=plan_sanity.judge(numbers, {}))


def gate(**changed: Any) -> dict[str, Any]:
    return {"name": "mine", "metric": "val_cosine", "at": 1, "floor": 0.1, **changed}


def test_the_demo_passes_and_shows_what_it_resolved(tmp_path: Path) -> None:
    judged = judge(make(tmp_path))
    assert judged.finding.verdict is Verdict.PASS, judged.finding.detail
    assert judged.finding.detail == "lr 0.0005, 6 gates can be judged"
    assert judged.numbers["lambda_mse"] == 1.0
    assert judged.numbers["ood"] == "moby-dick,debian-handbook"
    assert judged.numbers["last_run"] == "none"


@pytest.mark.parametrize(
    ("sections", "verdict", "words"),
    [
        ({"train": {"lr": 50.0}}, Verdict.FAIL, "train.lr"),
        ({"train": {"lrr": 0.1}}, Verdict.FAIL, "such as lr"),
        ({"train": {"pretrained": "nowhere"}}, Verdict.FAIL, "the checkpoint to start from"),
        ({"gates": [gate(metric="val_cosin")]}, Verdict.FAIL, "gate mine: val_cosin: no such metric is logged"),
        ({"gates": [gate(metric="ood_cosine_moby_dick")]}, Verdict.PASS, ""),
        ({"gates": [gate(metric="ood_cosine_wikipedia")]}, Verdict.FAIL, "no such metric"),
        ({"gates": [gate(metric="mse_share")]}, Verdict.PASS, ""),
        ({"gates": [gate(metric="info_share")]}, Verdict.FAIL, "info_share"),  # InfoNCE is off
        ({"gates": [gate(floor="0.9 * baseline.copy_last")]}, Verdict.PASS, ""),
        ({"gates": [gate(floor="baseline.copy_lst")]}, Verdict.FAIL, "baseline.copy_lst: no such name is measured"),
        ({"gates": [gate(at=50)]}, Verdict.PASS, "after the last epoch (mine)"),
        ({"gates": [gate(at=50, on_fail="abort")]}, Verdict.WARN, "come after its last epoch: mine"),
    ],
)
def test_what_would_go_wrong_is_said_before_it_does(
    sections: dict[str, Any], verdict: Verdict, words: str, tmp_path: Path
) -> None:
    finding = judge(make(tmp_path, **sections)).finding
    assert finding.verdict is verdict, finding.detail
    assert words in finding.detail


@pytest.mark.parametrize(
    ("command", "gates", "verdict"),
    [
        (["python3", "train.py"], [], Verdict.PASS),
        (["python3", "train.py"], [gate(metric="accuracy")], Verdict.WARN),
        (["/no/such/program"], [], Verdict.FAIL),
    ],
)
def test_of_another_command_metrics_are_not_known(
    command: list[str], gates: list[Any], verdict: Verdict, tmp_path: Path
) -> None:
    data = make(tmp_path, run={"command": command}, gates=gates)
    data = FakeData({**data.plan, "train": {}})
    assert judge(data).finding.verdict is verdict
    assert judge(plan_sanity.control(data).data).finding.verdict is Verdict.FAIL


def test_the_control_is_refused(tmp_path: Path) -> None:
    assert judge(plan_sanity.control(make(tmp_path)).data).finding.verdict is Verdict.FAIL


def test_a_plan_is_compared_with_the_last_run_of_its_name(tmp_path: Path) -> None:
    plan = read_plan(DEMO)
    for number, lr in ((1, 0.1), (2, 0.00025)):
        prepared = Prepared(
            launched_at=f"2026-11-2{number}T00:00:00Z", version="0", argv=("x",), cwd="/", host="h", python="3"
        )
        folder = tmp_path / f"demo-{number}"
        folder.mkdir()
        made = dataclasses.replace(plan, train={**plan.train, "lr": lr, "tau": 0.1}, prepared=prepared)
        (folder / "plan.toml").write_bytes(write_plan(made))
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "plan.toml").write_text("[run")
    judged = judge(make(tmp_path))
    assert judged.finding.verdict is Verdict.PASS
    assert judged.numbers["last_run"] == "demo-2"
    assert judged.numbers["changed"] == "train.lr 0.00025 -> 0.0005; train.tau 0.1 -> default"
    assert "against demo-2 changed: train.lr" in judged.finding.detail


def test_it_is_registered_as_anybody_s_check_is() -> None:
    found = find_installed("plan_sanity")
    assert found is not None, f"the entry point group {GROUP} is not installed: make install"
    assert not found.fault
    assert found.needs_plan
    assert list(list_checks())[-1] == "plan_sanity"
