"""What a checkpoint says of itself before its tensors: read without torch, so that a mistake is told at once.

A checkpoint is one safetensors file: 8 bytes little-endian length, a JSON header of that length, the tensors. Our
state is JSON text in the header's `__metadata__` under `state`.
"""

import io
import json
from pathlib import Path
from typing import Any, BinaryIO

from checks.errors import InputError

VERSION = 2
STATE_KEY = "state"
FOLDER, LAST, BEST = "checkpoints", "last.safetensors", "best.safetensors"
LARGEST_HEADER_BYTES = 16 * 2**20


def find_checkpoints(path: Path) -> list[Path]:
    """Return the checkpoints to go on from, best choice first: of a run folder, of checkpoints/, or the file itself.

    Raises InputError when there is none.
    """
    if path.is_file():
        return [path]
    found = [folder / name for folder in (path / FOLDER, path) for name in (LAST, BEST) if (folder / name).is_file()]
    if not found:
        raise InputError(path, "", "no checkpoint", f"a run folder with {FOLDER}/{LAST}, or a checkpoint")
    return found


def read_header(path: Path, content: bytes | None = None) -> dict[str, Any]:
    """Return the state that a checkpoint of ours carries; raises InputError when it is damaged, foreign or too new.

    `content` is what was read of the file already: another checkpoint may stand under its name by now.
    """
    state = read_state(path, content)
    if state is None:
        raise InputError(path, "", "no state of a run", "a checkpoint that the trainer wrote")
    return state


def read_state(path: Path, content: bytes | None = None) -> dict[str, Any] | None:
    """Like read_header, but None for a safetensors file that holds no state of ours."""
    try:
        with path.open("rb") if content is None else io.BytesIO(content) as file:
            text = _read_json(file).get("__metadata__", {}).get(STATE_KEY)
        state = None if text is None else json.loads(text)
    except OSError as error:
        raise InputError(path, "", error.strerror or "an error", "a checkpoint") from error
    except (ValueError, AttributeError, TypeError, LookupError, RecursionError) as error:
        size = path.stat().st_size if content is None else len(content)
        raise InputError(path, "", f"a damaged file of {size} bytes", "a whole safetensors checkpoint") from error
    if state is None:
        return None
    if not isinstance(state, dict) or not isinstance(state.get("version"), int):
        raise InputError(path, "", "a state without a version", "a checkpoint that the trainer wrote")
    if state["version"] > VERSION:
        by = f"amn-tui {state['written_by']} or later" if isinstance(state.get("written_by"), str) else "that"
        expected = f"at most {VERSION}: a newer trainer wrote it, install {by}"
        raise InputError(path, "version", state["version"], expected)
    return state


def _read_json(file: BinaryIO) -> dict[str, Any]:
    """Read the header; raises ValueError when the file is too short for its header or its tensors."""
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= LARGEST_HEADER_BYTES:
        raise ValueError("no header")
    header = json.loads(file.read(length))
    ends = [entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"]
    if file.seek(0, io.SEEK_END) != 8 + length + max(ends, default=0):
        raise ValueError("cut short")
    return header  # type: ignore[no-any-return]
