"""Starting: `amn-tui --help` and the monitor, against an empty interpreter, Textual and torch in the same run.

python -m benchmarks.start_up
"""

import importlib.util
import statistics
import subprocess
import sys
import time

ROUNDS = 5
STATEMENTS = {
    "python": "pass",
    "amn-tui --help": "from amn_tui.cli import cli; cli.main(['--help'], standalone_mode=False)",
    "import textual.app": "import textual.app",
    "import the monitor": "import amn_tui.ui.app, amn_tui.run.session",
    "import the guard": "import amn_tui.run.guard",
    "import torch": "import torch",
}


def time_statement(statement: str) -> float:
    """Return the median wall seconds of a fresh interpreter that runs the statement."""
    seconds = []
    for _ in range(ROUNDS):
        began_s = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], stdout=subprocess.DEVNULL, check=True)
        seconds.append(time.perf_counter() - began_s)
    return statistics.median(seconds)


def main() -> None:
    """Print each, and how many times an empty interpreter it takes."""
    measured = {
        name: time_statement(statement)
        for name, statement in STATEMENTS.items()
        if name != "import torch" or importlib.util.find_spec("torch")
    }
    for name, seconds in measured.items():
        print(f"{name:22}{seconds * 1000:8.0f} ms{seconds / measured['python']:8.1f} x python")


if __name__ == "__main__":
    main()
