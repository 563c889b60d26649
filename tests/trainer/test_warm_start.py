import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from checks.errors import InputError
from trainer.config import TrainConfig
from trainer.events import LogEvent, Text
from trainer.header import BEST, FOLDER, read_header
from trainer.model import AMN
from trainer.warm_start import read_warm_start


def make_weights(seed: int = 0, dim: int = 6) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    return dict(AMN(dim, 4, 8).state_dict())


@pytest.mark.parametrize("nest", [None, "model_state_dict", "state_dict", "model"])
def test_a_torch_file_gives_its_weights_wherever_they_lie(tmp_path: Path, nest: str | None) -> None:
    saved = make_weights(1)
    torch.save({nest: saved, "epoch": 3, "args": {"lr": 0.1}} if nest else saved, tmp_path / "a.pt")
    warm = read_warm_start(tmp_path / "a.pt", make_weights(0))
    assert all(torch.equal(warm.weights[name], value) for name, value in saved.items())
    assert len(warm.matched) == len(saved)
    assert "14 tensors matched, 0 missing, 0 reshaped, 0 unused; no probe" in warm.describe()


def test_what_does_not_fit_is_named_and_left_as_it_was(tmp_path: Path) -> None:
    saved, fresh = make_weights(1), make_weights(0)
    saved["residual_net.6.bias"] = torch.zeros(9)
    saved["other"] = torch.zeros(1)
    del saved["query_encoder.bias"]
    save_file(saved, tmp_path / "a.safetensors")
    warm = read_warm_start(tmp_path / "a.safetensors", fresh)
    assert (warm.missing, warm.reshaped, warm.unused) == (("query_encoder.bias",), ("residual_net.6.bias",), ("other",))
    assert warm.weights.keys() == fresh.keys()
    for name in (*warm.missing, *warm.reshaped):
        assert torch.equal(warm.weights[name], fresh[name])
    assert "1 reshaped (residual_net.6.bias)" in warm.describe()


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("forced", [False, True])
def test_a_malicious_pickle_is_refused_and_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forced: bool
) -> None:
    if forced:
        monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    mark = tmp_path / "run"
    torch.save({"model_state_dict": make_weights(), "args": Evil(mark)}, tmp_path / "evil.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Evil(mark)))
    for name in ("evil.pt", "plain.pt"):
        with pytest.raises(InputError, match=r"a pickle with more than weights|cannot be read"):
            read_warm_start(tmp_path / name, make_weights())
    assert not mark.exists()


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors"])
@pytest.mark.parametrize("content", [b"", b"not weights", bytes(100)])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError):
        read_warm_start(tmp_path / name, make_weights())


def test_weights_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    broken = make_weights()
    broken["query_encoder.bias"][0] = math.nan
    for saved, words in (
        ({"x": torch.zeros(1)}, "no tensor that fits"),
        (broken, "query_encoder.bias: found 'nan or inf'"),
    ):
        save_file(saved, path)
        with pytest.raises(InputError, match=words):
            read_warm_start(path, make_weights())
    with pytest.raises(InputError, match="no checkpoint"):
        read_warm_start(tmp_path, make_weights())
    with pytest.raises(InputError, match="No such file"):
        read_warm_start(tmp_path / "none.pt", make_weights())


def test_a_run_starts_from_the_averaged_weights_of_another_and_says_so(
    tiny_config: Callable[..., TrainConfig], run_training: Callable[..., list[LogEvent]], tmp_path: Path
) -> None:
    run_training(tiny_config("first", epochs=2))
    best = tmp_path / "first" / FOLDER / BEST
    events = run_training(tiny_config("second", pretrained=str(tmp_path / "first")), stop_after=0)
    said = [event.text for event in events if isinstance(event, Text)]
    assert "14 tensors matched, 0 missing, 0 reshaped, 0 unused; the forward pass is proven" in said[0]
    before, after = load_file(best), load_file(tmp_path / "second" / FOLDER / "last.safetensors")
    for name in AMN(6).state_dict():
        assert torch.equal(after[f"model.{name}"], before[f"ema.{name}"])
        assert torch.equal(after[f"ema.{name}"], before[f"ema.{name}"])
    assert read_header(tmp_path / "second" / FOLDER / "last.safetensors")["config"]["pretrained"]
