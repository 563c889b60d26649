"""`python -m trainer`: exit 0 trained to the end, 2 bad flags or data, 143 stopped on request, 1 anything else."""

import contextlib
import faulthandler
import os
import re
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

from checks.disk import explain
from checks.errors import InputError
from trainer.config import PROGRAM, TrainConfig, parse_args
from trainer.recorder import Recorder, Silence
from trainer.rescorer import Rescorer
from trainer.room import STDOUT, Room, WholeLines
from trainer.stop import CONTROL_VARIABLE, EXIT_STOPPED, StopRequest

EXIT_ERROR, EXIT_USAGE = 1, 2
LOST_PROCESS = re.compile(r"(?i)gloo|nccl|connection (?:closed|reset|refused)|broken pipe|timed out|rendezvous")
OUT_OF_MEMORY = re.compile(r"out of memory|allocate memory")


def main() -> NoReturn:
    """Train as the command line says and leave the process at once: torch takes seconds to be taken down."""
    started_s = time.time()
    faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    control = os.environ.get(CONTROL_VARIABLE)
    stop = StopRequest(Path(control) if control else None, started_s)
    config = parse_args(sys.argv[1:])
    stop.install()
    _leave(run(config, stop))


def run(config: TrainConfig, stop: StopRequest) -> int:
    """Train and return the exit code; what a person can mend is one line on stderr."""
    try:
        # The heavy half, only after the flags are known to be good.
        from trainer.device import choose_device
        from trainer.group import join_group, leave_group
        from trainer.loop import train

        group = join_group(choose_device(config.device))
        rescorer = Rescorer(Path(config.output_dir)) if group.leads and config.rescore == "on" else None
        with rescorer or nullcontext():
            stopped = train(config, open_recorder(config, stop) if group.leads else Silence(), stop, group, rescorer)
            leave_group()
            if rescorer is not None and not stopped:
                stopped = rescorer.finish(stop)
    except InputError as error:
        return _fail(str(error), EXIT_USAGE)
    except OSError as error:
        return _fail(f"{PROGRAM}: {explain(error, Path(config.output_dir))}", EXIT_ERROR)
    except (MemoryError, RuntimeError) as error:  # torch tells of full memory, on any device, as a RuntimeError
        return _fail(f"{PROGRAM}: {_explain(error)}", EXIT_ERROR)
    return EXIT_STOPPED if stopped else 0


def open_recorder(config: TrainConfig, stop: StopRequest) -> Recorder:
    """Make the output folder and return what writes into it and to stdout, and waits while the disk is full."""
    output_dir = Path(config.output_dir)
    output_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    room = Room(stop.check)
    return Recorder(output_dir, WholeLines(STDOUT, room), room=room)


def _explain(error: MemoryError | RuntimeError) -> str:
    """Say what a person can do about it; raises the error anew when that is not known."""
    if isinstance(error, MemoryError) or OUT_OF_MEMORY.search(str(error)):
        return "out of memory: use a smaller --batch-size or less data"
    if "RANK" in os.environ and LOST_PROCESS.search(str(error)):
        return f"process {os.environ['RANK']} lost the others: one of them ended ({str(error).splitlines()[0][:200]})"
    raise error


def _fail(line: str, code: int) -> int:
    with contextlib.suppress(OSError):  # stderr is the log, and the disk may be full: the exit code still says it
        sys.stderr.write(" ".join(line.splitlines()) + "\n")
        sys.stderr.flush()
    return code


def _leave(code: int) -> NoReturn:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        pass
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
