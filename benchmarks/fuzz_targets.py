"""What is fed with bytes that nobody would write: each target takes them, and raises only where we have a fault."""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from amn_tui.run.control import CONTROL_EVENTS
from amn_tui.run.fold import fold
from amn_tui.run.formats.detect import DetectedDialect
from amn_tui.run.guard_events import GUARD_EVENTS, GuardState, SystemSampled
from amn_tui.run.model import Logged, Planned, Run
from amn_tui.run.plan_file import SHIPPED, parse_plan, write_plan
from amn_tui.run.tail import LineSplitter
from amn_tui.run.text import decode_log_line
from checks.errors import InputError
from checks.jsonl import decode_line
from checks.npz import list_arrays, read_arrays
from checks.result import PREFLIGHT_EVENTS
from trainer.header import read_state

PLACE = Path("plan.toml")
KINDS = (*CONTROL_EVENTS, *GUARD_EVENTS, *PREFLIGHT_EVENTS, SystemSampled, GuardState)
LOGS = Path(__file__).resolve().parent.parent / "sample_logs"
LONGEST_LINE = 6000
SCRATCH = Path(tempfile.gettempdir())


def feed_log(data: bytes) -> None:
    """Read a log: any bytes are lines that can be shown, any line is an event, any event gives a run."""
    dialect, splitter = DetectedDialect(), LineSplitter()
    middle = len(data) // 2
    raw = [*splitter.feed(data[:middle]), *splitter.feed(data[middle:]), *splitter.feed(b"\n")]
    lines = [decode_log_line(line) for line in raw]
    assert all(not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in line) for line in lines)
    events = [Logged(dialect.read(line)) for line in lines]
    fold(Run("x", plan=PLAN), events)


def feed_record(data: bytes) -> None:
    """Read lines of the run folder's records: each is an event or nothing, and any event gives a run."""
    events = [event for line in data.split(b"\n") if (event := decode_line(line, KINDS)) is not None]
    fold(Run("x", plan=PLAN), (event for event in events if not isinstance(event, GuardState)))


def feed_plan(data: bytes) -> None:
    """Read a plan: it is refused in one line, or what is written of it is the same plan."""
    try:
        plan = parse_plan(data, PLACE)
    except InputError as error:
        check_line(error)
        return
    assert parse_plan(write_plan(plan), PLACE) == plan
    fold(Run("x"), [Planned(plan)])


def feed_npz(data: bytes) -> None:
    """Open an npz: its arrays are no larger than what is in it, or it is refused in one line."""
    with tempfile.NamedTemporaryFile(dir=SCRATCH, suffix=".npz") as file:
        file.write(data)
        file.flush()
        path = Path(file.name)
        try:
            for name in list_arrays(path):
                array = read_arrays(path, (name,))[name]
                assert array.nbytes <= max(1 << 28, 100 * len(data))
                assert array.dtype.hasobject is False
        except InputError as error:
            check_line(error)


def feed_checkpoint(data: bytes) -> None:
    """Look into a checkpoint: it has a state or none, or it is refused in one line."""
    with tempfile.NamedTemporaryFile(dir=SCRATCH, suffix=".safetensors") as file:
        file.write(data)
        file.flush()
        try:
            state = read_state(Path(file.name))
        except InputError as error:
            check_line(error)
        else:
            assert state is None or isinstance(state["version"], int)


def check_line(error: InputError) -> None:
    """Hold what a person is told to one line that a terminal only draws."""
    text = str(error)
    assert text.isprintable(), ascii(text)
    assert len(text) <= LONGEST_LINE
    assert "found" in text
    assert "expected" in text


def list_seeds(name: str) -> list[bytes]:
    """Return sound inputs of a target, to begin with."""
    return {
        "log": lambda: [path.read_bytes()[:4096] for path in sorted(LOGS.glob("*/training.log"))],
        "record": lambda: [path.read_bytes()[:4096] for path in sorted(LOGS.glob("*/*.jsonl"))],
        "plan": lambda: [(SHIPPED / f"{plan}.toml").read_bytes() for plan in ("demo", "amn-790k")] + [MINIMAL],
        "npz": _make_archives,
        "checkpoint": _make_checkpoints,
    }[name]()


def _make_archives() -> list[bytes]:
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    arrays = {"a": rows, "b": np.zeros((0, 4)), "c": np.asfortranarray(np.eye(3))}
    made = []
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, **arrays)
        made.append(stream.getvalue())
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.npy", b"\x93NUMPY\x01\x00\x04\x00{}\n\n")
    return [*made, stream.getvalue()]


def _make_checkpoints() -> list[bytes]:
    entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    states = ({"version": 2, "epoch": 1}, {"version": 99}, [], {"version": "x"})
    headers = [{"__metadata__": {"state": json.dumps(state)}, "a": entry} for state in states] + [{"a": entry}, {}]
    made = []
    for header in headers:
        text = json.dumps(header).encode()
        made.append(len(text).to_bytes(8, "little") + text + bytes(8 if "a" in header else 0))
    return made


MINIMAL = b'[run]\nname = "a"\n[[gates]]\nname = "g"\nmetric = "m"\nfrom = 2\nfor = 3\nfloor = "0.5 * best + 0.1"\n'
PLAN = parse_plan(MINIMAL, PLACE)
TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "log": feed_log, "record": feed_record, "plan": feed_plan, "npz": feed_npz, "checkpoint": feed_checkpoint,
}  # fmt: skip
