import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks import npz_member
from checks.errors import InputError
from checks.npz import list_arrays, read_arrays

ROWS = np.arange(12, dtype=np.float32).reshape(3, 4)


def encode_npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), allow_pickle=True)
    return stream.getvalue()


def write_zip(path: Path, compression: int = zipfile.ZIP_STORED, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


@pytest.mark.parametrize(
    "array", [ROWS, np.asfortranarray(ROWS), ROWS.astype(np.float16), np.empty((0, 4)), np.int64(3), np.arange(5)]
)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_back_as_they_were_written(array: Any, save: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save(path, first=ROWS, second=array)
    found = read_arrays(path, ("second", "missing", "first"))
    assert list(found) == ["second", "first"]
    np.testing.assert_array_equal(found["second"], array)
    np.testing.assert_array_equal(found["first"], ROWS)
    assert found["second"].dtype == np.asarray(array).dtype
    assert list_arrays(path) == ["first", "second"]


def test_plainly_stored_arrays_are_mapped_and_compressed_ones_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "plain.npz", a=ROWS)
    np.savez_compressed(tmp_path / "small.npz", a=ROWS)
    assert isinstance(read_arrays(tmp_path / "plain.npz", ("a",))["a"], np.memmap)
    assert not isinstance(read_arrays(tmp_path / "small.npz", ("a",))["a"], np.memmap)


def test_a_pickle_is_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    fired = tmp_path / "fired"

    class Evil:
        def __reduce__(self) -> Any:
            return (Path.touch, (fired,))

    path = write_zip(tmp_path / "a.npz", good=encode_npy(ROWS), evil=encode_npy(np.array([Evil()], dtype=object)))
    np.testing.assert_array_equal(read_arrays(path, ("good",))["good"], ROWS)
    with pytest.raises(InputError, match=r"evil\.npy: found 'pickled objects'"):
        read_arrays(path, ("good", "evil"))
    assert not fired.exists()


def test_a_header_that_lies_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    honest = encode_npy(ROWS)
    unreadable = honest.replace(b"(3, 4)", b"(9, 99")
    huge = honest.replace(b"'shape': (3, 4), }" + b" " * 12, b"'shape': (3000000, 4000000), }")
    assert len(unreadable) == len(huge) == len(honest)
    for content in (unreadable, huge, honest[:-1], honest + b"x"):
        with pytest.raises(InputError) as caught:
            read_arrays(write_zip(tmp_path / "a.npz", a=content), ("a",))
        assert "a.npz" in str(caught.value)


@pytest.mark.parametrize("shape", ["(2,)", "(4, 4)", "(3000, 4)", "(-3, 4)"])
def test_another_shape_than_the_bytes_is_refused(shape: str, tmp_path: Path) -> None:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + ROWS.tobytes()
    with pytest.raises(InputError, match=r"a\.npz"):
        read_arrays(write_zip(tmp_path / "a.npz", a=content), ("a",))


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz_member, "SMALL_BYTES", 1000)
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.zeros(1_000_000, np.float32), b=np.zeros(10, np.float32))
    assert read_arrays(path, ("b",))["b"].shape == (10,)
    with pytest.raises(InputError, match=r"4,000,128 bytes in .* shrink less than 100 times"):
        read_arrays(path, ("a",))


@pytest.mark.parametrize(
    "broken", ["empty", "text", "cut", "garbled member", "version", "no magic", "folder", "offset"]
)
def test_what_is_no_npz_is_told(broken: str, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.npz", zipfile.ZIP_DEFLATED, a=encode_npy(np.random.default_rng(0).random(500)))
    whole = path.read_bytes()
    middle = len(whole) // 2
    contents = {"empty": b"", "text": b"hello", "cut": whole[:middle]}
    contents["garbled member"] = whole[:middle] + bytes(64) + whole[middle + 64 :]
    if broken == "folder":
        path.unlink()
        path.mkdir()
    elif broken in ("version", "no magic"):
        start = b"\x93NUMPY\x09\x00" if broken == "version" else b"plain text"
        write_zip(path, a=start + bytes(100))
    elif broken == "offset":
        plain = write_zip(path, a=encode_npy(ROWS)).read_bytes()
        path.write_bytes(plain.replace(b"PK\x03\x04", b"PK\x09\x09", 1))
    else:
        path.write_bytes(contents[broken])
    with pytest.raises(InputError, match=r"a\.npz"):
        read_arrays(path, ("a",))
    if broken in contents and broken != "garbled member":
        with pytest.raises(InputError, match=r"a\.npz"):
            list_arrays(path)


def test_more_than_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill_up(*_: object, **__: object) -> None:
        raise MemoryError

    np.savez_compressed(tmp_path / "a.npz", a=ROWS)
    monkeypatch.setattr(np, "empty", fill_up)
    with pytest.raises(InputError, match="more than fits into memory"):
        read_arrays(tmp_path / "a.npz", ("a",))


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "a/../../evil", "..\\evil", "evil\x1b[31m"])
def test_a_member_whose_name_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.npz", **{"good": encode_npy(ROWS), name: encode_npy(ROWS)})
    for read in (list_arrays, lambda path: read_arrays(path, ("good",))):
        with pytest.raises(InputError, match=r"a\.npz: found .a member named .*evil.*stay inside") as caught:
            read(path)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_numpy_never_writes_is_not_unpacked(compression: int, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.npz", compression, a=encode_npy(ROWS))
    with pytest.raises(InputError, match=r"a\.npz: a\.npy: found .compression method"):
        read_arrays(path, ("a",))


def test_a_header_of_megabytes_is_not_read(tmp_path: Path) -> None:
    header = b"\x93NUMPY\x02\x00" + struct.pack("<I", 50_000_000) + b" " * 50_000
    path = write_zip(tmp_path / "a.npz", zipfile.ZIP_DEFLATED, a=header)
    with pytest.raises(InputError, match=r"a\.npz: a\.npy: .*EOF: reading array header"):
        read_arrays(path, ("a",))


def test_a_stored_member_that_claims_more_than_it_takes_is_refused(
    tmp_path: Path, forge_npz: Callable[..., Path]
) -> None:
    path = forge_npz(tmp_path / "a.npz", encode_npy(ROWS), zipfile.ZIP_STORED, compress_size=20)
    with pytest.raises(InputError, match=r"a\.npz: a\.npy: .*stored as it is, but 176 bytes in 20"):
        read_arrays(path, ("a",))


@pytest.mark.parametrize(("held", "told"), [(-8, "ends 8 bytes before"), (8, "runs past the 176 bytes|Bad CRC")])
def test_a_stream_of_another_length_than_declared_is_refused(
    held: int, told: str, tmp_path: Path, forge_npz: Callable[..., Path]
) -> None:
    honest = encode_npy(ROWS)
    content = honest[:held] if held < 0 else honest + bytes(held)
    crc = zlib.crc32(content[: len(honest)])
    path = forge_npz(tmp_path / "a.npz", content, file_size=len(honest), crc=crc)
    with pytest.raises(InputError, match=rf"a\.npz: a\.npy: .*{told}"):
        read_arrays(path, ("a",))
