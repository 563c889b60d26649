"""Search for inputs that break a reader, guided by which lines of it they reach (atheris).

    python -m benchmarks.fuzz_parsers [--seconds 20] [--target NAME]...

Each target is fed in a process of its own, from sound inputs on. Printed: inputs tried, inputs per second, and
whether any of them was neither answered nor refused in one line; such an input is kept, and its file named.
"""

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NAMES = ("log", "record", "plan", "npz", "checkpoint")
OURS = ["amn_tui", "checks", "trainer", "tomllib", "zipfile"]
LONGEST_BYTES = 16_384
MOST_MEMORY_MB = 2048
SLOWEST_INPUT_S = 10
TRIED = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
RATE = re.compile(r"stat::average_exec_per_sec:\s+(\d+)")
MEMORY = re.compile(r"stat::peak_rss_mb:\s+(\d+)")
KEPT = re.compile(r"Test unit written to (\S+)")


def main(argv: Sequence[str] | None = None) -> int:
    """Feed every target; return 1 when one of them broke, 2 when atheris is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=int, default=20, help="how long each target is fed")
    parser.add_argument("--target", action="append", choices=NAMES, help="only this one; may be repeated")
    parser.add_argument("--feed", choices=NAMES, help=argparse.SUPPRESS)  # one target, in this process
    asked, rest = parser.parse_known_args(argv)
    if importlib.util.find_spec("atheris") is None:
        install = f"{sys.executable} -m pip install -e '.[fuzz]'"
        sys.stderr.write(f"fuzz: atheris is not in this Python; install it with: {install}\n")
        return 2
    if asked.feed:
        feed(asked.feed, rest)
    print(f"{'target':12}{'tried':>12}{'a second':>12}{'memory MB':>12}  result")
    broken = [name for name in asked.target or NAMES if not search(name, asked.seconds)]
    return 1 if broken else 0


def feed(name: str, options: Sequence[str]) -> None:
    """Feed one target in this process, with options of libFuzzer; does not return."""
    import atheris

    with atheris.instrument_imports(include=OURS):
        from benchmarks.fuzz_targets import TARGETS
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


def search(name: str, seconds: int) -> bool:
    """Feed one target for so long; print its line of the table and return whether it held."""
    from benchmarks.fuzz_targets import list_seeds

    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(list_seeds(name)):
            (Path(corpus) / f"seed{number}").write_bytes(seed)
        argv = [
            *(sys.executable, "-m", "benchmarks.fuzz_parsers", "--feed", name, corpus),
            *(f"-max_total_time={seconds}", f"-max_len={LONGEST_BYTES}", f"-rss_limit_mb={MOST_MEMORY_MB}"),
            *(f"-timeout={SLOWEST_INPUT_S}", "-print_final_stats=1", f"-artifact_prefix={tempfile.gettempdir()}/fuzz-"),
        ]
        ended = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False)
    said = ended.stdout + ended.stderr
    tried, rate, memory = (read_number(pattern, said) for pattern in (TRIED, RATE, MEMORY))
    print(f"{name:12}{tried:>12,}{rate:>12,}{memory:>12,}  {say_result(ended.returncode, said)}", flush=True)
    return ended.returncode == 0


def read_number(pattern: re.Pattern[str], text: str) -> int:
    """Return the number that libFuzzer gives at its end, 0 where it gives none."""
    found: Any = pattern.search(text)
    return int(found[1]) if found else 0


def say_result(code: int, said: str) -> str:
    """Say how a target did: what broke it, and where that input is."""
    if code == 0:
        return "holds"
    kept = KEPT.search(said)
    lines = [line for line in said.splitlines() if re.match(r"\w*(Error|Exception)\b|==\d+== ERROR|ERROR:", line)]
    return f"DOES NOT HOLD: {lines[0][:160] if lines else said[-300:]}; input: {kept[1] if kept else 'not kept'}"


if __name__ == "__main__":
    sys.exit(main())
