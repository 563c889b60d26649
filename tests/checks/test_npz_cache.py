import io
import os
import subprocess
import sys
import zlib
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks import npz, npz_cache
from checks.errors import InputError
from checks.npz import read_arrays

ROWS = np.random.default_rng(0).random((600, 5, 8)).astype(np.float32)
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Count 1 kB as large, and return the folder of the copies."""
    monkeypatch.setattr(npz, "LARGE_BYTES", 1000)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "amn-tui" / "npz"


def save(path: Path, array: Any = ROWS, save: Any = np.savez_compressed) -> Path:
    save(path, a=array)
    return path


def list_copies(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir())


@pytest.mark.parametrize("block", [64, 1 << 22])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "float64"])
@pytest.mark.parametrize("writer", [np.savez_compressed, np.savez])
def test_what_is_large_is_mapped_in_c_order(
    writer: Any, dtype: str, order: Any, block: int, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (npz_cache, sys.modules["checks.npz_member"]):
        monkeypatch.setattr(module, "BLOCK_BYTES", block)
    array = np.asarray(ROWS, dtype=dtype, order=order)
    found = read_arrays(save(tmp_path / "a.npz", array, writer), ("a",))["a"]
    np.testing.assert_array_equal(found, array)
    assert isinstance(found, np.memmap)
    assert found.flags.c_contiguous
    assert found.dtype == dtype
    copied = writer is np.savez_compressed or order == "F"
    assert (len(list_copies(cache)) == 1) if copied else not cache.exists()


def test_a_copy_is_made_once_and_only_its_owner_may_look(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path / "a.npz")
    first = read_arrays(path, ("a",))["a"]
    copy = cache / list_copies(cache)[0]
    assert (cache.stat().st_mode & 0o777, copy.stat().st_mode & 0o777) == (0o700, 0o600)
    monkeypatch.setattr(npz_cache, "read_blocks", None)  # to unpack again would fail
    again = read_arrays(path, ("a",))["a"]
    np.testing.assert_array_equal(again, first)
    assert list_copies(cache) == [copy.name]


@pytest.mark.parametrize("change", ["content", "time", "member"])
def test_another_file_is_not_served_by_an_old_copy(change: str, cache: Path, tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz")
    read_arrays(path, ("a",))
    before, state = list_copies(cache), path.stat()
    expected = ROWS
    if change == "time":
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    else:
        expected = ROWS[::-1]
        save(path, expected)
        if change == "member":  # size and time say nothing: the checksum does
            os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    np.testing.assert_array_equal(read_arrays(path, ("a",))["a"], expected)
    after = list_copies(cache)
    assert len(after) == 1, "the old copy is gone"
    assert after != before


def test_copies_of_other_files_stay(cache: Path, tmp_path: Path) -> None:
    for name, array in (("a.npz", ROWS), ("b.npz", ROWS + 1)):
        np.testing.assert_array_equal(read_arrays(save(tmp_path / name, array), ("a",))["a"], array)
    assert len(list_copies(cache)) == 2
    np.testing.assert_array_equal(read_arrays(tmp_path / "a.npz", ("a",))["a"], ROWS)


@pytest.mark.parametrize("broken", ["cut", "empty", "other shape", "half done"])
def test_a_copy_that_is_not_whole_is_made_again(broken: str, cache: Path, tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz")
    read_arrays(path, ("a",))
    copy = cache / list_copies(cache)[0]
    whole = copy.read_bytes()
    if broken == "half done":
        copy.rename(copy.with_suffix(".part"))
        copy.with_suffix(".part").write_bytes(whole[:300])
    elif broken == "other shape":
        copy.unlink()
        np.save(copy, ROWS[1:])
    else:
        copy.write_bytes(whole[: len(whole) // 2] if broken == "cut" else b"")
    np.testing.assert_array_equal(read_arrays(path, ("a",))["a"], ROWS)
    assert list_copies(cache) == [copy.name]
    assert copy.read_bytes() == whole


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("broken", ["short", "long", "garbled", "interrupted"])
def test_a_broken_member_leaves_nothing_behind(
    broken: str,
    order: Any,
    cache: Path,
    tmp_path: Path,
    forge_npz: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(ROWS, order=order))
    honest = stream.getvalue()
    content = {"short": honest[:-8], "long": honest + bytes(8)}.get(broken, honest)
    crc = zlib.crc32(content[: len(honest)])
    path = forge_npz(tmp_path / "a.npz", content, file_size=len(honest), crc=crc)
    if broken == "garbled":
        raw = path.read_bytes()
        path.write_bytes(raw[:40_000] + bytes(64) + raw[40_064:])
    if broken == "interrupted":

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(npz_cache, "_turn" if order == "F" else "_flush", interrupt)
    with pytest.raises(KeyboardInterrupt if broken == "interrupted" else InputError) as caught:
        read_arrays(path, ("a",))
    assert broken == "interrupted" or "a.npz: a.npy: " in str(caught.value)
    assert list_copies(cache) == []


def test_a_trap_is_refused_before_anything_is_unpacked(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checks.npz_member.SMALL_BYTES", 1000)
    path = save(tmp_path / "a.npz", np.zeros((5000, 50), np.float32))
    with pytest.raises(InputError, match=r"a\.npz: a\.npy: found '1,000,128 bytes in .*shrink less than 100 times"):
        read_arrays(path, ("a",))
    assert not cache.exists()


def test_room_is_asked_for_first(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "a.npz")
    monkeypatch.setattr(npz_cache.shutil, "disk_usage", lambda _: Usage(1 << 30, 0, 5000))
    with pytest.raises(InputError, match=r"a\.npz: a\.npy: found '5,000 bytes free in .*XDG_CACHE_HOME"):
        read_arrays(path, ("a",))
    assert list_copies(cache) == []


def test_a_cache_that_cannot_be_used_is_told(cache: Path, tmp_path: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    with pytest.raises(InputError, match=r"a\.npz: a\.npy: found .*npz: File exists.*XDG_CACHE_HOME"):
        read_arrays(save(tmp_path / "a.npz"), ("a",))


PROBE = """
import pathlib, sys
from checks import npz, npz_member
from checks.windows import open_windows
def peak():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
npz.LARGE_BYTES, npz_member.BLOCK_BYTES = int(sys.argv[2]), 1 << 18
before = peak()
windows = open_windows(pathlib.Path(sys.argv[1]))
print(len(windows), peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_large_array_never_comes_into_memory(tmp_path: Path) -> None:
    rows = np.tile(np.random.default_rng(0).random((20, 6, 768)).astype(np.float32), (50, 1, 1))
    path = tmp_path / "a.npz"
    np.savez_compressed(path, contexts=rows[:, :5], targets=rows[:, 5])
    grown = {}
    for large in (1 << 20, 1 << 30):
        command = [sys.executable, "-c", PROBE, str(path), str(large)]
        environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
        asked = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
        count, grown[large] = map(int, asked.stdout.split())
        assert count == 1000
    assert grown[1 << 20] < 6_000, "kB: a few blocks"
    assert grown[1 << 30] > rows.nbytes / 1024 * 0.9, "the probe sees what is read into memory"
