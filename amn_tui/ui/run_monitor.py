"""attach: the app around a run, its exit code, and a terminal that is itself again however the app ends."""

import locale
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from amn_tui.run.exit_code import decide_exit_code
from amn_tui.run.folder import RunFolder
from amn_tui.run.model import Run
from amn_tui.run.session import Session
from amn_tui.run.text import sanitize
from amn_tui.ui.allocator import fix_thresholds
from amn_tui.ui.app import MonitorApp
from amn_tui.ui.settings import DEFAULTS, Settings, find_seen
from amn_tui.ui.terminal_driver import TerminalDriver, has_terminal
from amn_tui.ui.terminal_title import RESTORE

# Textual handles none of these; without a handler the terminal would stay raw, on its other screen.
ENDING = (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT, signal.SIGINT)
LAST_RESORT_S = 5.0
LAST_NOTICE_S = 5.0  # what is still to be sent may take so long after the screen is gone


def run_monitor(
    path: Path,
    settings: Settings = DEFAULTS,
    *,
    read_only: bool = False,
    compared: Sequence[Path] = (),
    notify: Sequence[str] = (),
) -> int:
    """Show the run until the person leaves; return the exit code of the run, 0 when it goes on, 128 + n by a signal.

    `compared` are laid over its full chart; `notify` are addresses that are told of an alarm and the end.
    Raises whatever ended the app if that was a fault; the terminal is restored before.
    """
    fix_thresholds()
    path = path.resolve()
    folder = RunFolder(path) if path.is_dir() else None
    session = Session(path, poll=settings.poll, read_only=read_only)
    log = folder.log if folder else path
    seen = find_seen()
    app = MonitorApp(
        session, folder, log, by=session.by, read_only=read_only, steady=time.monotonic, settings=settings,
        notify=notify, hint=seen if settings.hint and not seen.exists() else None, driver=TerminalDriver,
    )  # fmt: skip
    app.monitor.chart.compare(compared)
    _write_what_can_be_shown()
    with _ended_by_signal(app) as received, _faults_of_threads(app):
        try:
            app.run()
        except OSError:
            if not received and has_terminal():
                raise
        finally:
            if app.titled and has_terminal() and sys.__stderr__ is not None:
                sys.__stderr__.write(RESTORE)
                sys.__stderr__.flush()
            app.notifier.stop(LAST_NOTICE_S)
    if received or not has_terminal():
        return 128 + (received[0] if received else signal.SIGHUP)
    if app.failure is not None:
        raise app.failure
    run = app.shown or Run(str(path))
    sys.stdout.write(sanitize(say_goodbye(run)) + "\n")
    return decide_exit_code(run)


def _write_to_nowhere() -> None:
    """Let what is still written go to /dev/null: Python's last flush would fail, and change the exit code.

    And leave in any case, whatever hangs.
    """
    stream = sys.__stderr__
    if stream is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    last = threading.Timer(LAST_RESORT_S, os._exit, (128 + signal.SIGHUP,))
    last.daemon = True
    last.start()


def say_goodbye(run: Run) -> str:
    """Say in one line what the person leaves behind."""
    if run.ended is not None:
        return f"{run.name}: {run.ended.outcome}: {run.ended.words}"
    if run.guard is None:
        return f"{run.name}: {run.phase}"
    return f"{run.name} goes on ({run.phase}); come back with: amn-tui attach {run.path}"


def _write_what_can_be_shown() -> None:
    """A character that the locale cannot encode is written as "?": an exception would end Textual's output thread."""
    stream = sys.__stderr__  # where Textual draws
    if stream is not None and hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding=locale.getencoding(), errors="replace")


@contextmanager
def _ended_by_signal(app: MonitorApp) -> Iterator[list[int]]:
    """Turn signals that end a process into leaving the app; yields a list that the first of them is put in."""
    received: list[int] = []

    def leave(number: int, _frame: FrameType | None) -> None:
        if not received:
            received.append(number)
            app.leave_from_outside()
            if not has_terminal():
                _write_to_nowhere()

    before = {number: signal.signal(number, leave) for number in ENDING}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _faults_of_threads(app: MonitorApp) -> Iterator[None]:
    """Say on the screen when a thread fails; a traceback would be drawn over it and lost."""
    before = threading.excepthook

    def tell(fault: threading.ExceptHookArgs) -> None:
        name = fault.thread.name if fault.thread else "a thread"
        app.reading.tell_problem(name, f"{fault.exc_type.__name__}: {fault.exc_value}")

    threading.excepthook = tell
    try:
        yield
    finally:
        threading.excepthook = before
