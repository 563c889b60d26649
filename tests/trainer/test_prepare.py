from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from checks.errors import InputError
from trainer.config import TrainConfig
from trainer.events import LogEvent
from trainer.group import ALONE
from trainer.header import BEST, FOLDER, LAST
from trainer.prepare import prepare
from trainer.prepared import Prepared

Configure = Callable[..., TrainConfig]
Train = Callable[..., list[LogEvent]]


def ignore(text: str) -> None:
    """Take what is said."""
    assert text


def test_the_executed_configuration_has_a_value_for_every_field(tiny_config: Configure) -> None:
    described = prepare(tiny_config(threads=None), ALONE, ignore)[0].describe()
    assert set(TrainConfig.__dataclass_fields__) <= set(described)
    assert "auto" not in described.values()
    assert int(described["threads"]) >= 1


def test_measuring_threads_leaves_no_trace_in_the_weights(tiny_config: Configure) -> None:
    def weights(prepared: Prepared) -> torch.Tensor:
        return prepared.learner.model.query_encoder.weight

    assert torch.equal(
        weights(prepare(tiny_config(threads=None), ALONE, ignore)[0]),
        weights(prepare(tiny_config(threads=1), ALONE, ignore)[0]),
    )


def test_a_run_is_never_written_over_by_another(tiny_config: Configure, run_training: Train, tmp_path: Path) -> None:
    run_training(tiny_config("first", epochs=1))
    with pytest.raises(InputError, match="another run's checkpoints"):
        prepare(tiny_config("first"), ALONE, ignore)
    run_training(tiny_config("second", epochs=1))
    with pytest.raises(InputError, match="another run's checkpoints"):
        prepare(tiny_config("first", resume=str(tmp_path / "second")), ALONE, ignore)


def test_a_run_goes_on_in_a_new_folder_with_a_best_of_its_own(
    tiny_config: Configure, run_training: Train, tmp_path: Path
) -> None:
    run_training(tiny_config("first", epochs=1))
    for source in (tmp_path / "first", tmp_path / "first" / FOLDER, tmp_path / "first" / FOLDER / LAST):
        output = f"from-{source.name}"
        run_training(tiny_config(output, epochs=2, resume=str(source)))
        assert (tmp_path / output / FOLDER / BEST).is_file()
    best = [
        prepare(tiny_config("first", resume=str(tmp_path / "first" / part)), ALONE, ignore)[1].best
        for part in ("", FOLDER)
    ]
    assert best[0] == best[1] > 0


def test_a_finished_run_has_nothing_to_go_on_with(tiny_config: Configure, run_training: Train, tmp_path: Path) -> None:
    run_training(tiny_config("first", epochs=1))
    with pytest.raises(InputError, match="--epochs: found 1, expected more than the 1 that are done"):
        prepare(tiny_config("first", epochs=1, resume=str(tmp_path / "first")), ALONE, ignore)


def test_going_on_with_other_data_is_refused(tiny_config: Configure, run_training: Train, tmp_path: Path) -> None:
    config = tiny_config("first", epochs=1)
    run_training(config)
    vectors = np.load(Path(config.data) / "vectors.npy")
    np.save(Path(config.data) / "vectors.npy", vectors[:, ::-1])
    with pytest.raises(InputError, match="other data"):
        prepare(tiny_config("first", resume=str(tmp_path / "first")), ALONE, ignore)


def test_a_damaged_last_is_told_and_best_is_taken(tiny_config: Configure, run_training: Train, tmp_path: Path) -> None:
    run_training(tiny_config("first", epochs=1))
    (tmp_path / "first" / FOLDER / LAST).write_bytes(b"")
    said: list[str] = []
    _, at = prepare(tiny_config("first", resume=str(tmp_path / "first")), ALONE, said.append)
    assert at.epoch == 2
    assert "damaged file of 0 bytes" in said[0]
    assert BEST in said[1]


@pytest.mark.parametrize(
    ("dim", "names", "words"), [(8, ("a",), "vectors of length 8"), (16, ("a", "b/a"), "names of their own")]
)
def test_ood_data_must_fit_and_have_a_name(
    tiny_config: Configure,
    make_table: Callable[..., Path],
    tmp_path: Path,
    dim: int,
    names: tuple[str, ...],
    words: str,
) -> None:
    (tmp_path / "b").mkdir()
    paths = tuple(str(make_table(name, sizes=(9, 9), dim=dim)) for name in names)
    with pytest.raises(InputError, match=words):
        prepare(tiny_config(ood=paths), ALONE, ignore)


def test_a_rate_that_the_schedule_has_halved_is_no_drift_from_the_plan(
    tiny_config: Configure, run_training: Train, tmp_path: Path
) -> None:
    run_training(tiny_config("first", epochs=1))
    prepared, _ = prepare(tiny_config("first", resume=str(tmp_path / "first")), ALONE, ignore)
    for _ in range(10):
        prepared.learner.end_epoch(9.0)
    assert prepared.learner.lr < 0.001
    assert prepared.describe()["lr"] == "0.001"


@pytest.mark.parametrize("own", [False, True])
def test_a_validation_half_that_is_not_used_is_told(own: bool, tiny_config: Configure, tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 6, 16)).astype(np.float32)
    halves = {"train": vectors[:30], "val": vectors[30:]} if own else {"train": vectors}
    arrays = {f"{name}_context_sequences": half[:, :5] for name, half in halves.items()}
    arrays |= {f"{name}_target_vectors": half[:, 5] for name, half in halves.items()}
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    told: list[str] = []
    prepared = prepare(tiny_config(data=str(tmp_path / "a.npz")), ALONE, told.append)[0]
    assert len(prepared.data) == len(halves["train"])
    assert any("does not say which article" in line for line in told)
    assert any("a validation half of its own: it is not used, 10% are held out" in line for line in told) == own
