"""Data files that would run code, fill the memory, or be mistaken for sound ones."""

import io
import pickle
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.errors import InputError
from checks.npz import list_arrays, read_arrays
from checks.windows import open_windows

Happened = Callable[[str], None]
ROWS = np.random.default_rng(0).normal(size=(240, 16)).astype(np.float32)
ROWS /= np.linalg.norm(ROWS, axis=1, keepdims=True)
MIB = 1 << 20


class Evil:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def write_npz(path: Path, content: bytes, name: str = "context_sequences.npy") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def write_header(shape: str, length: int = 118) -> bytes:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(length - 1).encode() + b"\n"
    return b"\x93NUMPY\x02\x00" + len(header).to_bytes(4, "little") + header


def write_table(path: Path, rows: NDArray[Any]) -> Path:
    path.mkdir()
    np.save(path / "vectors.npy", rows)
    np.save(path / "offsets.npy", np.arange(0, len(rows) + 1, 24))
    (path / "manifest.json").write_text('{"name": "t"}')
    return path


@pytest.mark.fault(61)
def test_a_pickle_in_the_data_is_never_run(tmp_path: Path, happened: Happened) -> None:
    mark = tmp_path / "run"
    evil = np.array([Evil(mark)] * 3, dtype=object)
    np.savez(tmp_path / "evil.npz", context_sequences=evil, target_vectors=evil, sequence_positions=evil)
    np.save(tmp_path / "evil.npy", evil)
    table = write_table(tmp_path / "table", ROWS)
    (table / "vectors.npy").write_bytes((tmp_path / "evil.npy").read_bytes())
    (tmp_path / "renamed.npz").write_bytes(pickle.dumps(Evil(mark)))
    refused = {"evil.npz": "found 'pickled objects'", "table": "without pickles", "renamed.npz": "without pickles"}
    for path, words in refused.items():
        with pytest.raises(InputError, match=words):
            open_windows(tmp_path / path, 5)
    assert not mark.exists()
    happened("npz, npy of a table, bare pickle: refused by name, nothing ran")


@pytest.mark.fault(62)
@pytest.mark.slow
def test_a_bomb_is_refused_from_its_header(tmp_path: Path, happened: Happened) -> None:
    path = tmp_path / "bomb.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("context_sequences.npy", "w") as member,
    ):
        member.write(write_header("(20, 1048576, 4)"))
        for _ in range(20):
            member.write(bytes(16 * MIB))
    began_s = time.perf_counter()
    with pytest.raises(InputError, match=r"335,544,\d+ bytes in .* shrink less than 100 times"):
        read_arrays(path, ("context_sequences",))
    spent_s = time.perf_counter() - began_s
    assert spent_s < 0.1
    happened(f"320 MiB in {path.stat().st_size / MIB:.1f} MiB refused in {spent_s * 1000:.1f} ms")


@pytest.mark.fault(62)
@pytest.mark.parametrize(
    "content",
    [
        write_header("(1000000000000, 4)") + ROWS.tobytes(),
        write_header("(-1, 4)") + ROWS.tobytes(),
        write_header("(240, 16)", 50 * MIB) + ROWS.tobytes(),
        write_header("(240, 16, 99)") + ROWS.tobytes(),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
        write_header("((((((((((" * 900),
        write_header("__import__('os').system('true')"),
    ],
)
def test_a_header_that_lies_is_refused_before_any_array(content: bytes, tmp_path: Path, happened: Happened) -> None:
    path = write_npz(tmp_path / "lie.npz", content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"lie\.npz: context_sequences\.npy"):
        read_arrays(path, ("context_sequences",))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024
    happened("3.6 TiB, 50 MB header, negative shape, code as shape: refused, < 20 MB")


@pytest.mark.fault(62)
@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "evil\x1b]0;x\x07", "a\nb", "\u202eevil", "..\\evil"])
def test_a_name_that_leads_elsewhere_or_acts_is_refused(name: str, tmp_path: Path) -> None:
    path = write_npz(tmp_path / "names.npz", b"", name)
    with pytest.raises(InputError, match=r"names\.npz: found") as caught:
        list_arrays(path)
    assert str(caught.value).isprintable()


def check(table: Path, *options: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-P", "-m", "checks", "--train", str(table), *options]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=90)


@pytest.mark.fault(63)
@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("nan", "1 rows with nan or inf"),
        ("zero", "1 rows of zeros"),
        ("norms", "mean norm 3.0000"),
        ("float64", "vectors.npy: found 'float64 (240, 16)'"),
        ("flat", "vectors.npy: found 'float32 (3840,)'"),
    ],
)
def test_vectors_that_are_wrong_are_told_by_the_checks(
    what: str, words: str, tmp_path: Path, happened: Happened
) -> None:
    rows: NDArray[Any] = ROWS.copy()
    if what == "nan":
        rows[7] = np.nan
    elif what == "zero":
        rows[7] = 0
    elif what == "norms":
        rows *= 3
    rows = {"float64": rows.astype(np.float64), "flat": rows.ravel()}.get(what, rows)
    asked = check(write_table(tmp_path / "table", rows), "--only", "eval_normalization")
    assert asked.returncode in (2, 3), asked.stdout + asked.stderr
    said = asked.stdout + asked.stderr
    assert words in said
    assert "Traceback" not in said
    happened(f"{what}: {said.split()[0]}")


@pytest.mark.fault(63)
@pytest.mark.slow
def test_a_set_of_another_dimension_is_told(tmp_path: Path, happened: Happened) -> None:
    train, ood = write_table(tmp_path / "train", ROWS), write_table(tmp_path / "ood", ROWS[:, :8])
    asked = check(train, "--ood", str(ood))
    assert asked.returncode in (2, 3)
    assert "ood: found 'vectors of length 8', expected 16 as in" in asked.stdout + asked.stderr
    assert "Traceback" not in asked.stdout + asked.stderr
    happened("another dimension: refused")


@pytest.mark.fault(63)
def test_no_neighbour_minus_one_is_taken_for_the_last_row(tmp_path: Path, happened: Happened) -> None:
    from checks.index import build_index, find
    from checks.oracle_recall import LOST, _find_places
    from checks.ranks import rank_targets
    from checks.registry import keep_silent

    windows = open_windows(write_table(tmp_path / "table", ROWS), 5)
    index = build_index(windows, 10_000, 0, keep_silent)
    queries = windows.read_targets(np.arange(4))
    queries[:] = np.nan
    ids = find(index, queries, len(windows) + 50)  # more than there are
    assert (ids == -1).all()
    last = np.full(4, len(windows) - 1)
    assert (_find_places(ids, last) == LOST).all()
    ranks = rank_targets(windows, queries, last, 1000)
    assert (ranks.rank == LOST).all()
    assert (ranks.first == -1).all()
    happened("a nan query finds -1, which counts as nothing found")


@pytest.mark.fault(64)
@pytest.mark.parametrize("forced", ["", "1"])
def test_a_checkpoint_that_would_run_code_is_refused(
    forced: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happened: Happened
) -> None:
    import torch

    from trainer.warm_start import read_warm_start

    if forced:
        monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", forced)
    mark = tmp_path / "run"
    torch.save({"model_state_dict": {"a": torch.zeros(1)}, "args": Evil(mark)}, tmp_path / "evil.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Evil(mark)))
    (tmp_path / "posing.safetensors").write_bytes(pickle.dumps(Evil(mark)))
    for name in ("evil.pt", "plain.pt", "posing.safetensors"):
        with pytest.raises(InputError, match=name) as caught:
            read_warm_start(tmp_path / name, {"a": torch.zeros(1)})
        assert str(caught.value).isprintable()
    assert not mark.exists()
    happened("3 files refused, with and without the variable; nothing ran")


@pytest.mark.fault(65)
def test_safetensors_that_are_cut_or_lie_are_one_line(tmp_path: Path, happened: Happened) -> None:
    import torch
    from safetensors.torch import save

    from trainer.warm_start import read_warm_start

    whole = save({"a": torch.zeros(64)})
    size = len(whole) - 256
    lies = [whole[: len(whole) * n // 16] for n in range(16)]
    lies += [(2**62).to_bytes(8, "little") + whole[8:], (size + 400).to_bytes(8, "little") + whole[8:], whole + b"x"]
    lies += [whole.replace(b"256", b"999"), whole.replace(b"F32", b"F99"), whole.replace(b"[64]", b"[-4]")]
    lies += [whole.replace(b"[64]", b"[65]"), whole.replace(b'"a"', b'"\x1b"'), whole.replace(b"{", b"[", 1)]
    for lie in lies:
        assert lie != whole
        (tmp_path / "a.safetensors").write_bytes(lie)
        with pytest.raises(InputError, match=r"a\.safetensors") as caught:
            read_warm_start(tmp_path / "a.safetensors", {"a": torch.zeros(64)})
        assert str(caught.value).isprintable()
    happened(f"{len(lies)} cut or lying files: one line each")


@pytest.mark.fault(66)
@pytest.mark.slow
def test_ours_runs_whatever_the_working_directory_holds(tmp_path: Path, happened: Happened) -> None:
    from amn_tui.run.plan_file import find_plan, read_plan
    from amn_tui.run.prepare import prepare_run

    for name in ("trainer", "checks", "amn_tui", "numpy", "torch"):
        (tmp_path / name).mkdir()
        for file in ("__init__.py", "__main__.py"):
            (tmp_path / name / file).write_text("raise SystemExit('the wrong one')")
    prepared = read_plan(prepare_run(read_plan(find_plan("demo")), Path("p"), run_dir=tmp_path / "run").plan).prepared
    assert prepared is not None
    for argv in (prepared.argv[:4], prepared.preflight_argv[:4]):
        asked = subprocess.run([*argv, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
        assert asked.returncode == 0, asked.stderr
        assert "usage: python -m" in asked.stdout
    happened("python -P: ours ran beside trainer/, checks/, torch/ of another")


@pytest.mark.fault(62)
def test_a_table_whose_npy_lies_is_refused(tmp_path: Path) -> None:
    table = write_table(tmp_path / "table", ROWS)
    for content in (write_header("(1000000000, 16)") + ROWS.tobytes(), b"", io.BytesIO().getvalue() + b"x" * 99):
        (table / "vectors.npy").write_bytes(content)
        with pytest.raises(InputError, match=r"vectors\.npy"):
            open_windows(table, 5)
