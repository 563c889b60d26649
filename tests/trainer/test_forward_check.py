"""The forward check passes a sound model, and refuses each way in which a forward pass can be wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from trainer import forward_check
from trainer.config import TrainConfig
from trainer.forward import check_model
from trainer.header import STATE_KEY, read_header
from trainer.model import AMN, create_model

DIM, CONTEXT = 16, 5


def list_bad(model: Any) -> list[str]:
    return [part.about for part in check_model(model, DIM, CONTEXT)[1] if part.verdict in ("FAIL", "WARN")]


class Unnormalised(AMN):
    def forward(self, x: Tensor, return_raw: bool = False) -> Any:
        raw = self.compute_raw(x)
        return (raw, raw) if return_raw else raw


class Random(AMN):
    def compute_raw(self, x: Tensor) -> Tensor:
        return super().compute_raw(x) + 0.1 * torch.randn(len(x), x.shape[-1])


class Mixing(AMN):
    def compute_raw(self, x: Tensor) -> Tensor:
        return super().compute_raw(x) + x.mean(dim=(0, 1))


class Exploding(AMN):
    def compute_raw(self, x: Tensor) -> Tensor:
        return super().compute_raw(x) / 0.0


class Collapsed(AMN):
    def compute_raw(self, x: Tensor) -> Tensor:
        return 1e-6 * super().compute_raw(x) + torch.ones(x.shape[-1])


class Narrow(AMN):
    def compute_raw(self, x: Tensor) -> Tensor:
        return super().compute_raw(x)[:, :-1]


class Failing(AMN):
    def compute_raw(self, x: Tensor) -> Tensor:
        return super().compute_raw(x) @ torch.ones(3, 3)


class Deaf(AMN):
    def compute_raw(self, x: Tensor) -> Tensor:
        return x.mean(dim=1) + self.residual_net(torch.cat((x.mean(dim=1), x[:, -1]), dim=-1))


@pytest.mark.parametrize("kind", ["amn", "lstm", "gru", "transformer"])
def test_every_model_of_ours_is_sound(kind: str) -> None:
    facts, parts = check_model(create_model(kind, DIM, 8, 16), DIM, CONTEXT)
    assert {part.verdict.value for part in parts} == {"PASS"}
    assert facts["dim"] == DIM


@pytest.mark.parametrize(
    ("broken", "about"),
    [
        (Unnormalised, "output"), (Random, "repeat"), (Mixing, "repeat"), (Exploding, "raw"), (Collapsed, "spread"),
        (Narrow, "shapes"), (Failing, "forward"), (Deaf, "gradients"),
    ],
)  # fmt: skip
def test_a_wrong_forward_pass_is_refused_by_what_is_wrong_with_it(broken: type[AMN], about: str) -> None:
    torch.manual_seed(0)
    assert about in list_bad(broken(DIM, 8, 16))


def test_the_command_says_verdict_and_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert forward_check.main(["--dim", "16"]) == 0
    told = capsys.readouterr().out
    assert "PASS  the forward pass is sound: look at the data" in told
    assert "next: amn-tui data verify wikipedia" in told
    assert forward_check.main(["--dim", "16", "--model-type", "gru", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["verdict"], body["model_type"]) == ("PASS", "gru")


def test_a_run_that_never_saved_is_checked_by_its_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = '[run]\nname = "x"\n[data]\ntrain = "wikipedia-minilm"\n[train]\nmodel_type = "gru"\ncontext = 7\n'
    (tmp_path / "plan.toml").write_text(plan, "utf-8")
    assert forward_check.main([str(tmp_path), "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["model_type"], body["dim"], body["context"]) == ("gru", 384, 7)
    assert body["next"] == "amn-tui data verify wikipedia-minilm"


@pytest.mark.parametrize("content", [None, b"", b"\xff" * 64])
def test_what_is_no_checkpoint_is_one_line_and_2(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "best.safetensors"
    if content is not None:
        path.write_bytes(content)
    assert forward_check.main([str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.slow
def test_a_checkpoint_is_held_against_what_it_gave_when_it_was_saved(
    run_training: Callable[..., object], tiny_config: Callable[..., TrainConfig], tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    config = tiny_config()
    run_training(config)
    trained = Path(config.output_dir)
    assert forward_check.main([str(trained), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["parts"][-1] == {
        "about": "probe", "verdict": "PASS", "found": "it gives what it gave when it was saved",
    }  # fmt: skip

    # The same parameter names and shapes, another forward pass: it loads without an error.
    monkeypatch.setattr(AMN, "compute_raw", Deaf.compute_raw)
    path = trained / "checkpoints" / "best.safetensors"
    assert forward_check.main([str(path), "--json"]) == 3
    body = json.loads(capsys.readouterr().out)
    assert "another forward pass under the same names" in body["found"]
    assert body["next"].startswith("amn-tui model check --model-type amn")
    monkeypatch.undo()

    tensors = {name: value for name, value in load_file(path).items() if name != "model.residual_net.0.weight"}
    tensors = {name: value for name, value in tensors.items() if name != "ema.residual_net.0.weight"}
    save_file(tensors, tmp_path / "torn.safetensors", {STATE_KEY: json.dumps(read_header(path))})
    assert forward_check.main([str(tmp_path / "torn.safetensors")]) == 2
    assert "other tensors" in capsys.readouterr().err


def test_a_new_model_is_the_same_whenever_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for _ in range(2):
        assert forward_check.main(["--dim", "32"]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert "longest" in said[0]
