"""The log in $PAGER, at the line one is at; whatever is in the log, the terminal only sees text."""

import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from amn_tui.run.text import decode_log_line, sanitize

PAGERS = ("less", "more")
_RAW = re.compile(r"-[A-Za-z]*[rR]|--raw-control-chars|--RAW-CONTROL-CHARS")
_OPTIONS = ("LESSOPEN", "LESSCLOSE", "LESS", "MORE")  # they could ask for bytes as they are


def choose_pager(environment: Mapping[str, str]) -> list[str]:
    """Return the command of the pager, without what would let it write bytes as they are; raises ValueError."""
    try:
        words = shlex.split(environment.get("PAGER", ""))
    except ValueError as error:
        raise ValueError(f"PAGER is no command: {error}") from None
    command = words or next(([name] for name in PAGERS if shutil.which(name, path=environment.get("PATH"))), [])
    if not command:
        raise ValueError("there is no pager: neither PAGER nor less nor more")
    if shutil.which(command[0], path=environment.get("PATH")) is None:
        raise ValueError(f"PAGER: {sanitize(command[0])}: no such program")
    return [command[0], *(word for word in command[1:] if not _RAW.match(word))]


def is_less(command: Sequence[str]) -> bool:
    """Tell whether this is less, which shows control characters as text by itself and can go to a place."""
    return Path(command[0]).name == "less"


def open_pager(path: Path, start: int, environment: Mapping[str, str] = os.environ) -> str:
    """Show the log in the pager, at the byte `start` where that is less; return what went wrong, "" for nothing.

    Takes the terminal until the person leaves it. Raises OSError where the file cannot be opened.
    """
    try:
        command = choose_pager(environment)
    except ValueError as error:
        return str(error)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as log, _interrupts_left_to_it():
        allowed = {name: value for name, value in environment.items() if name not in _OPTIONS}
        secure = {**allowed, "LESSSECURE": "1"}
        if is_less(command):
            name = re.sub(r"[^\w-]", lambda found: "\\" + found[0], sanitize(path.name))
            options = ["-f", f"-Ps{name} %pb\\% (q\\: back to the monitor)", f"+{start}P"]
            argv = [*command, *options, f"/dev/fd/{descriptor}"]
            code = subprocess.run(argv, env=secure, pass_fds=[descriptor], check=False).returncode
        else:
            code = _feed(command, log, secure)
    return f"{command[0]} ended with exit code {code}" if code not in (0, -signal.SIGINT, -signal.SIGPIPE) else ""


def _feed(command: Sequence[str], lines: Iterator[bytes], environment: Mapping[str, str]) -> int:
    """Give a pager that may not be asked where to begin the safe text of the lines; it may leave before the end."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as pager:
        with suppress(BrokenPipeError):
            for line in lines:
                if pager.stdin is not None:
                    pager.stdin.write(decode_log_line(line.rstrip(b"\n")).encode() + b"\n")
        with suppress(BrokenPipeError):
            if pager.stdin is not None:
                pager.stdin.close()
        return pager.wait()


@contextmanager
def _interrupts_left_to_it() -> Iterator[None]:
    """Let Ctrl-C reach the pager alone: to it that means something else than leaving."""

    def ignore(_number: int, _frame: FrameType | None) -> None:
        """Do nothing; a signal that is ignored instead would be ignored by the pager too."""

    before = {number: signal.signal(number, ignore) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
