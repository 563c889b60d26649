"""The same scenes with other programs: toolong and lnav on the same logs, LEET and tensorboard on the same numbers."""

import statistics
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.terminal import Terminal
from benchmarks.ui_claims import PeerRow
from benchmarks.ui_peers import Peer, list_log_peers, load_events, prepare_environment, write_wandb_run
from benchmarks.ui_scenes import MARK, cost_of_lines, cost_of_quiet, make_log, read_whole, time_appends, time_paints

PER_S = 20
LEET_ROWS = 100_000  # W&B writes a run of a million rows in some ten minutes


def measure_peers(
    place: Path, logs: Mapping[int, Path], folder: Path | None, *, rounds: int, seconds: float
) -> list[PeerRow]:
    """Return a row for every peer; `logs` are keyed by their number of lines, the last line of each is MARK."""
    try:
        programs = prepare_environment(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        programs = None
        print(f"no peers from the registry: {error}")
    rows = [
        _try(peer.name, partial(_measure_log_peer, peer, place, logs, rounds, seconds))
        for peer in list_log_peers(programs)
    ]
    if programs is not None:
        rows.append(_try("W&B LEET", partial(_measure_leet, programs, place, rounds, seconds)))
        rows.append(_try("tensorboard's loader", partial(_measure_loader, programs, place)))
    return rows


def _try(name: str, measure: Callable[[], PeerRow]) -> PeerRow:
    try:
        return measure()
    except (OSError, RuntimeError, TimeoutError, subprocess.CalledProcessError) as error:
        return PeerRow(name, note=f"could not be driven: {str(error).splitlines()[0][:100]}")


def _measure_log_peer(peer: Peer, place: Path, logs: Mapping[int, Path], rounds: int, seconds: float) -> PeerRow:
    empty, small, large = (logs[lines] for lines in sorted(logs))
    commands: dict[str, tuple[Sequence[str], str]] = {
        "empty": (peer.start(empty), peer.ready),
        "small": (peer.start(small), MARK),
        "large": (peer.start(large), MARK),
    }
    paints = time_paints(commands, rounds)
    cpu_s, mb = read_whole(peer.start(large), MARK)
    log = make_log(place / f"log-{peer.name}", 1000)
    with Terminal(peer.start(log)) as terminal:
        terminal.wait_for(MARK)
        quiet = cost_of_quiet(terminal, seconds)
        appended = statistics.median(time_appends(terminal, log, 12))
        steady = cost_of_lines(terminal, log, PER_S, seconds)
    return PeerRow(peer.name, paints["empty"], paints["small"], paints["large"], cpu_s, mb, appended, quiet.cpu_percent,
                   steady.cpu_percent, steady.bytes_per_s / 1000)  # fmt: skip


def _measure_leet(programs: Path, place: Path, rounds: int, seconds: float) -> PeerRow:
    small = write_wandb_run(programs, 10, place / "leet-small")
    large = write_wandb_run(programs, LEET_ROWS, place / "leet-large")
    commands: dict[str, tuple[Sequence[str], str]] = {
        "small": ([str(programs / "wandb"), "leet", "run", str(small)], "cosine"),
        "large": ([str(programs / "wandb"), "leet", "run", str(large)], "cosine"),
    }
    paints = time_paints(commands, rounds)
    with Terminal(commands["large"][0]) as terminal:
        terminal.wait_for("cosine")
        quiet = cost_of_quiet(terminal, seconds)
    note = f"a run of {LEET_ROWS} rows of 2 metrics; none of 1e6, which takes W&B minutes to write"
    return PeerRow("W&B LEET", paints["small"], paints["large"], idle_percent=quiet.cpu_percent, note=note)


def _measure_loader(programs: Path, place: Path) -> PeerRow:
    took_s, _, _ = load_events(programs, 100_000, place / "events-small")
    large_s, cpu_s, mb = load_events(programs, 1_000_000, place / "events-large")
    note = "no screen: an event file of so many rows of 2 scalars, until they can be asked for"
    return PeerRow("tensorboard's loader", None, took_s * 1000, large_s * 1000, cpu_s, mb, note=note)
