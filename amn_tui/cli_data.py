"""The commands about data and models: most are carried out by a worker, which has numpy; we never have."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click


def run_worker(command: Sequence[str]) -> int:
    """Run a worker to its end; a Ctrl-C is its to obey, since it has to clean up after itself."""
    import signal
    import subprocess

    with subprocess.Popen([sys.executable, "-P", "-m", *command]) as worker:
        while True:
            try:
                code = worker.wait()
            except KeyboardInterrupt:
                worker.send_signal(signal.SIGINT)  # a terminal has sent it already; twice is as good as once
            else:
                return code if code >= 0 else 128 - code


@click.group()
def data() -> None:
    """Make tables of vectors, and look at them."""


@click.group()
def model() -> None:
    """Look at a model."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A command that a process of its own carries out, which has numpy and reads its flags itself."""

    name: str
    module: str  # with a word that tells which of its commands, where it has several
    about: str  # in one sentence; `more` is what else there is to say
    more: str
    example: str

    def add_to(self, group: click.Group) -> None:
        """Make it a command of a group."""

        @group.command(
            self.name, short_help=self.about, help=f"{self.about} {self.more}(--help lists the flags).",
            epilog=f"Example: amn-tui {group.name} {self.name} {self.example}",
            add_help_option=False, context_settings={"ignore_unknown_options": True},
        )  # fmt: skip
        @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
        def run(arguments: tuple[str, ...]) -> int:
            return run_worker([*self.module.split(), *arguments])


FAILING = "Exit 3 on FAIL "
for worker in (
    Worker("build", "trainer.build", "Turn text into a table of vectors.", "Text, chunks, encoder, table ",
           "--text articles.jsonl --encoder PATH --output table"),
    Worker("convert", "trainer.convert", "Turn an npz of windows into a table.",
           "Or a table into one of another dtype ", "windows.npz table --dtype float16"),
    Worker("inspect", "trainer.tables inspect", "Say what a table of vectors is.", "", "wikipedia"),
    Worker("compare", "trainer.tables compare", "Say how table B differs from A, and what that means.", FAILING,
           "584k 790k"),
    Worker("verify", "trainer.tables verify", "Say whether every vector is a unit vector.", FAILING,
           "wikipedia moby-dick"),
    Worker("filter", "trainer.tables filter", "Write a table without the articles that are junk.", "",
           "wikipedia OUT --dry-run"),
):  # fmt: skip
    worker.add_to(data)
Worker("check", "trainer.forward_check", "Check a model's forward pass on random input.", FAILING,
       "runs/demo-20261122T100411").add_to(model)  # fmt: skip


@click.group(short_help="Keep the statistics of known-good data.")
def baseline() -> None:
    """Keep the statistics of known-good data, to hold new data against."""


@baseline.command(
    short_help="Measure known-good DATA and keep that as NAME.",
    epilog="Example: amn-tui baseline save wiki-2026 wikipedia",
)
@click.argument("name")
@click.argument("path", metavar="DATA")
@click.option("--context", type=click.IntRange(2, 512), default=5, show_default=True, help="Vectors in a context.")
@click.option("--replace", is_flag=True, help="Overwrite a baseline of that name.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: name, path, windows.")
def save(name: str, path: str, context: int, replace: bool, as_json: bool) -> int:
    """Measure DATA, known to be good, and keep its statistics as NAME: then [data] reference = "NAME" in any plan."""
    from amn_tui.baselines import prepare_save

    return run_worker(prepare_save(name, path, context=context, replace=replace, as_json=as_json))


@baseline.command("list", epilog="Example: amn-tui baseline list --json")
@click.option("--json", "as_json", is_flag=True, help="A list of {name, saved, windows, …}.")
def list_all(as_json: bool) -> int:
    """List the baselines that there are, shipped and saved."""
    from amn_tui.baselines import show_all

    return show_all(as_json=as_json)


@baseline.command(epilog="Example: amn-tui baseline show 584k --json")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="The baseline as it is stored.")
def show(name: str, as_json: bool) -> int:
    """Show what a baseline says."""
    from amn_tui.baselines import show_baseline

    return show_baseline(name, as_json=as_json)


@baseline.command(epilog="Example: amn-tui baseline delete wiki-2026")
@click.argument("name")
def delete(name: str) -> int:
    """Delete a baseline that was saved."""
    from amn_tui.baselines import delete_baseline

    return delete_baseline(name)
