"""torchrun around the trainer: the command that starts several processes, and what its report of a failure says."""

import math
import re
import signal
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from amn_tui.run.ending import Exit, say_signal
from amn_tui.run.ladder import GROUP_S, LONGEST_REQUEST_S
from amn_tui.run.plan import RunSection
from amn_tui.run.tail import read_end
from amn_tui.run.text import decode_log_line
from checks.errors import InputError

# --no-python: the ranks' whole command, its -P included, is ours and not torchrun's.
TORCHRUN = (sys.executable, "-P", "-m", "torch.distributed.run")
# The ranks meet on this machine and nowhere else; --nnodes against a PET_NNODES in the environment.
ALONE = ("--standalone", "--nnodes=1", "--local-addr=127.0.0.1")
ABROAD = re.compile(r"--(nnodes|rdzv[-_].*|master[-_].*|local[-_]addr)(=|$)")
FIRST_MACHINE = "--node-rank=0"  # the guard's: rank 0, which writes the log, must be there
OPTION = re.compile(r"--([a-z][a-z_-]*)(=.*)?", re.DOTALL)
OWNED = {
    **dict.fromkeys(("nproc-per-node", "standalone"), "nothing: run.processes says it"),
    **dict.fromkeys(("module", "no-python", "run-path"), "nothing: what the ranks run is our own trainer"),
    "node-rank": "nothing: it is 0 where the guard is, and `amn-tui join --node-rank` elsewhere",
    "max-restarts": "nothing: ranks started anew would begin at the first epoch; `amn-tui launch --resume` goes on",
}
SHUTDOWN_VARIABLE = "TORCH_ELASTIC_SHUTDOWN_TIMEOUT"
SHUTDOWN_S = 30  # torchrun's own default

REPORT_BYTES = 1 << 18  # eight lines for each of a thousand ranks
LONGEST_WORDS = 300
_REPORT_END = b"=" * 60
_ROOT_CAUSE = re.compile(
    rb"^Root Cause \(first observed failure\):\n\[\d+\]:\n(?: +(?:time|host) +: .*\n)*"
    rb" +rank +: (\d+) .*\n +exitcode +: (-?\d+) ",
    re.MULTILINE,
)
_FAILURE = re.compile(
    rb"^ +time +: (\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d)\n(?: +host +: .*\n)? +rank +: (\d+) .*\n +exitcode +: (-?\d+) ",
    re.MULTILINE,
)
LOOKED_S = 1  # torchrun looks at its ranks a few times a second, and writes down whole seconds
_AGENT_LINE = re.compile(rb"^[A-Z]\d{4} .*torch/distributed/elastic/.*\] (?:Sending process|failed) ", re.MULTILINE)


def build_torchrun(run: RunSection, source: Path) -> tuple[str, ...]:
    """Return what stands before the trainer's own command, empty for one process; raises InputError.

    Without an option that says where the ranks meet, they meet on the loopback address.
    """
    if run.processes == 1 and not run.torchrun:
        return ()
    if not run.is_ours:
        key, found = ("processes", run.processes) if run.processes > 1 else ("torchrun", " ".join(run.torchrun))
        expected = "nothing: a run.command of your own starts its processes itself"
        raise InputError(source, f"run.{key}", found, expected)
    for at, option in enumerate(run.torchrun):
        _check_option(option, f"run.torchrun[{at}]", source)
    where = (FIRST_MACHINE,) if any(map(ABROAD.match, run.torchrun)) else ALONE
    return (*TORCHRUN, *where, f"--nproc-per-node={run.processes}", *run.torchrun, "--no-python")


def _check_option(option: str, key: str, source: Path) -> None:
    found = OPTION.fullmatch(option)
    if found is None:
        raise InputError(source, key, option, "an option of torchrun in one word: --name=value")
    name, value = found[1].replace("_", "-"), found[2]
    if name in OWNED:
        raise InputError(source, key, option, OWNED[name])
    if name == "rdzv-backend" and value != "=static":
        # c10d numbers the machines by the alphabet: n10 comes before n9.
        raise InputError(source, key, option, "static: the others may give rank 0 to a machine without the guard")


def renumber(argv: tuple[str, ...], node_rank: int) -> tuple[str, ...]:
    """Return the command for another machine of the run; raises ValueError for a run of one machine."""
    at = argv.index(FIRST_MACHINE, 0, argv.index("--no-python"))
    return (*argv[:at], f"--node-rank={node_rank}", *argv[at + 1 :])


def build_patience(grace_s: float, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that keeps torchrun from killing a rank before the guard's own patience is at its end.

    torchrun gives its ranks 30 s from the moment it has told them to end; the guard's stop takes as long as its rungs.
    """
    if SHUTDOWN_VARIABLE in inherited:
        return {}
    return {SHUTDOWN_VARIABLE: str(max(SHUTDOWN_S, math.ceil(LONGEST_REQUEST_S + grace_s + GROUP_S)))}


def read_failure(log: Path, ended: Exit) -> str:
    """Return which rank failed first, how, and what was last said before; "" when no torchrun reported that."""
    try:
        tail = read_end(log, REPORT_BYTES)
    except OSError:
        return ""
    return describe_failure(tail, oom=ended.oom)


def describe_failure(tail: bytes, *, oom: bool = False) -> str:
    """Return in words what torchrun's report at the end of a log says; `oom`: the kernel has killed somebody."""
    causes = list(_ROOT_CAUSE.finditer(tail))
    if not causes or not tail.rstrip().endswith(_REPORT_END):
        return ""
    report = tail[causes[-2].end() if len(causes) > 1 else 0 :]
    rank, code = (int(part) for part in causes[-1].groups())
    if code >= 0:
        rank, code = _find_killed(report) or (rank, code)
    if code < 0:
        return f"rank {rank} was {say_signal(Exit(signal=-code, oom=oom))}"
    said = _read_last_words(tail[causes[-2].end() if len(causes) > 1 else 0 : causes[-1].start()])
    return f"rank {rank} ended with exit code {code}{f': {said}' if said else ''}"


def _find_killed(report: bytes) -> tuple[int, int] | None:
    """Return rank and code of one that was killed when torchrun saw the first failure, None where none was.

    A rank that ends because another one was killed may have ended, too, by the time torchrun looks, and is then called
    the first. torchrun itself sends SIGTERM, and SIGKILL only much later.
    """
    failures = [(_read_time(found[1]), int(found[2]), int(found[3])) for found in _FAILURE.finditer(report)]
    first_s = failures[-1][0] if failures else math.nan  # the root cause stands last
    killed = [(rank, code) for at_s, rank, code in failures if code < 0 and abs(at_s - first_s) <= LOOKED_S]
    return next((found for found in killed if found[1] != -signal.SIGTERM), None)


def _read_time(stamp: bytes) -> float:
    """Return seconds of torchrun's clock, nan for what is no time: a log may hold anything."""
    try:
        return datetime.strptime(stamp.decode(), "%Y-%m-%d_%H:%M:%S").timestamp()  # noqa: DTZ007 (they are compared)
    except (ValueError, OverflowError):
        return math.nan


def _read_last_words(tail: bytes) -> str:
    """Return the last line before torchrun's own; "" when that cannot be told."""
    first = _AGENT_LINE.search(tail)
    lines = [line for line in tail[: first.start()].splitlines() if line.strip()] if first else []
    line = decode_log_line(lines[-1]) if lines else ""
    return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 1] + "…"
