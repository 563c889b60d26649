"""The commands; nothing heavy is imported before the command is known."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amn_tui import __version__
from amn_tui.errors import run_reported

if TYPE_CHECKING:
    from amn_tui.ui.settings import Settings

NOTIFY_VARIABLE = "AMN_TUI_NOTIFY"  # addresses, apart by spaces
COMMAND_KEY = "amn_tui.command"
MOST_COMPARED = 8


class CommandWithTail(click.Command):
    """A command that takes another command after `--`, kept apart from its own arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Cut the arguments at the first `--`."""
        if "--" in args:
            cut = args.index("--")
            args, ctx.meta[COMMAND_KEY] = args[:cut], tuple(args[cut + 1 :])
            if not ctx.meta[COMMAND_KEY]:
                raise click.UsageError("expected a command after --", ctx)
        return super().parse_args(ctx, args)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="amn-tui")
def cli() -> None:
    """Launch, guard, watch and stop model training.

    \b
    Example:
      amn-tui launch                        train the demo under guard and watch it
      amn-tui attach runs/demo-…            come back to it from anywhere
      amn-tui launch -- python train.py     guard any command that writes a log
    """


def _add_look(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say what the screen looks like."""
    command = click.option("--ascii", "ascii_only", is_flag=True, help="No character beyond ASCII.")(command)
    command = click.option("--no-title", is_flag=True, help="Leave the terminal's title as it is.")(command)
    names = click.Choice(("auto", "dark", "light", "high-contrast", "colour-blind"))
    return click.option("--theme", type=names, help="How it looks; the default is in config.toml.")(command)


def _add_telling(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say how a run is told of where there is no screen, or nobody before it."""
    command = click.option("--notify", multiple=True, metavar="URL", envvar=NOTIFY_VARIABLE, show_envvar=True,
                           help="Tell of an alarm and the end: desktop, or an address of apprise.")(
        command
    )  # fmt: skip
    return click.option("--inline", is_flag=True, help="Lines, and beneath them one that is kept up to date.")(command)


@cli.command(cls=CommandWithTail, epilog="Example: amn-tui launch demo --set train.epochs=5")
@click.argument("plan", required=False)
@click.option("--run-dir", type=click.Path(path_type=Path), help="The new run folder; default: ROOT/NAME-TIME.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a value of the plan.")
@click.option("--override", "reasons", multiple=True, metavar="CHECK=REASON", help="Go on although a check fails.")
@click.option("--resume", "resumed", type=click.Path(path_type=Path), help="Go on with a run that was stopped.")
@click.option("--headless", is_flag=True, help="No screen: print lines; an alarm has no countdown.")
@click.option("--plain", is_flag=True, help="Lines instead of the screen, for pipes and plain terminals.")
@_add_telling
@_add_look
@click.pass_context
def launch(ctx: click.Context, /, **options: Any) -> int:
    """Check the data, start training under guard, and show it.

    PLAN is a file or a shipped name (demo, amn-790k); the default is demo. After -- comes any other command to guard.
    """
    from amn_tui.launching import launch_run

    headless, plain = options.pop("headless"), options.pop("plain")
    look = {name: options.pop(name) for name in ("theme", "ascii_only", "no_title")}
    telling = _check_telling(inline=options.pop("inline"), notify=options.pop("notify"))
    since_s = time.time()
    lines = plain or headless or telling["inline"] or not _has_screen()
    settings = None if lines else _settle(**look)
    path = launch_run(command=ctx.meta.get(COMMAND_KEY, ()), **options)
    click.echo(f"run folder: {path}", err=True)
    if settings is None:
        return _watch(path, settings, read_only=headless, since_s=since_s, **telling)
    with _first_picture(path):
        return _watch(path, settings, read_only=headless, since_s=since_s, **telling)


@cli.command(epilog="Example: amn-tui attach runs/demo-20261122T100411")
@click.argument("path", type=click.Path(path_type=Path, readable=False))
@click.option("--read-only", is_flag=True, help="Look, but neither stop nor waive.")
@click.option("--plain", is_flag=True, help="Lines instead of the screen, for pipes and plain terminals.")
@click.option("--poll", is_flag=True, help="Look for changes by the clock, where the file system tells of none.")
@click.option("--compare", "compared", multiple=True, type=click.Path(path_type=Path, readable=False), metavar="PATH",
              help="Lay another run over the full chart, key c: a run folder or a log.")  # fmt: skip
@_add_telling
@_add_look
def attach(
    path: Path, compared: Sequence[Path], *,
    read_only: bool, plain: bool, poll: bool, inline: bool, notify: Sequence[str], **look: Any,
) -> int:  # fmt: skip
    """Show a run, live or finished: PATH is a run folder or a bare log file."""
    from amn_tui.run.folder import check_readable

    if len(compared) > MOST_COMPARED:
        raise click.UsageError(f"--compare: found {len(compared)} runs, expected at most {MOST_COMPARED}")
    for run in (path, *compared):
        check_readable(run)
    telling = _check_telling(inline=inline, notify=notify)
    on_screen = not plain and not inline and _has_screen()
    with _first_picture(path) if on_screen else nullcontext():
        settings = _settle(poll=poll, **look) if on_screen else None
        if path.is_dir():
            from amn_tui.coming_back import come_back

            come_back(path.absolute(), read_only=read_only, on_screen=on_screen)
        return _watch(path, settings, read_only=read_only, poll=poll, compared=compared, **telling)


@cli.command(epilog="Example: amn-tui config --json")
@click.option("--json", "as_json", is_flag=True, help="{path, exists, hint_seen, theme, ascii, poll, hint, keys}.")
def config(as_json: bool) -> int:
    """Say where config.toml is, and what theme, keys and defaults come to; exit 2 when it does not fit."""
    from amn_tui.settling import show_settings

    return show_settings(as_json=as_json)


@cli.command(epilog="Example: amn-tui serve runs/demo-20261122T100411")
@click.argument("path", type=click.Path(path_type=Path, readable=False))
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; only this machine by default.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; default: one that is free.")
@click.option("--allow-abort", is_flag=True, help="Let whoever has the address stop the run and waive alarms.")
@click.option("--expose", is_flag=True, help="Listen on a host that others can reach, unencrypted.")
def serve(path: Path, host: str, port: int, *, allow_abort: bool, expose: bool) -> int:
    """Show a run in the browser; prints the address, which has a token in it, and runs until Ctrl-C."""
    from amn_tui.serving import serve_run_checked

    return serve_run_checked(path, host=host, port=port, allow_abort=allow_abort, expose=expose)


@cli.command(epilog="Example: amn-tui preflight demo --json")
@click.argument("plan", default="demo")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a value of the plan.")
@click.option("--json", "as_json", is_flag=True, help="A list of {check, verdict, control, measured, …}.")
@click.option("--full", is_flag=True, help="Measure everything and no sample: hours, on a large set.")
@click.option("--no-cache", is_flag=True, help="Measure anew what was measured of the same data before.")
@click.option("--explain", "explained", metavar="CHECK", help="Print the page of a check (or of all) and run nothing.")
def preflight(plan: str, overrides: Sequence[str], explained: str | None, **flags: bool) -> int:
    """Run the checks of a plan and nothing else; exit 3 when one of them does not pass."""
    if explained is not None:
        from checks.config import find_check
        from checks.handbook import write_pages

        click.echo(write_pages([] if explained == "all" else [find_check(explained, "--explain")]), nl=False)
        return 0
    from amn_tui.launching import run_preflight

    given = (f"--{name.removeprefix('as_').replace('_', '-')}" for name, asked in flags.items() if asked)
    return run_preflight(plan, overrides, list(given))


@cli.command(epilog="Example: amn-tui abort runs/demo-20261122T100411 --reason 'wrong data'")
@click.argument("run_dir", type=click.Path(path_type=Path, exists=True, file_okay=False, readable=False))
@click.option("--reason", default="", help="Why; it is recorded.")
def abort(run_dir: Path, reason: str) -> int:
    """Stop a run, as key `a` does, and wait until nothing of it is left."""
    from amn_tui.aborting import abort_run

    return abort_run(run_dir, reason)


@cli.command(epilog="Example: amn-tui diagnose runs/demo-20261122T100411")
@click.argument("run_dir", type=click.Path(path_type=Path, readable=False))
@click.option("--quick", is_flag=True, help="Only read the run; do not look at data and model anew.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: tree, findings, alternatives, actions.")
@click.option("--timeout", "patience_s", type=click.FloatRange(min=0.1), default=300.0, show_default=True,
              metavar="SECONDS", help="How long each look at data and model may take.")  # fmt: skip
def diagnose(run_dir: Path, quick: bool, as_json: bool, patience_s: float) -> int:
    """Say why a run is where it is, most likely cause first, each with the next command to type.

    RUN_DIR is a run folder or a bare log. Exit 3 when something is wrong.
    """
    from amn_tui.diagnosing import diagnose_run

    return diagnose_run(run_dir, quick=quick, as_json=as_json, patience_s=patience_s)


@cli.command(epilog="Example: amn-tui join runs/wikipedia-4711 --node-rank 1")
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option("--node-rank", type=click.IntRange(1), required=True, help="Which machine this is; 0 is the guard's.")
@click.option("--wait", "wait_s", type=click.FloatRange(min=0), default=600.0, show_default=True, metavar="SECONDS",
              help="How long to wait for a sign of life of the guard.")  # fmt: skip
def join(run_dir: Path, node_rank: int, wait_s: float) -> int:
    """Run the ranks of this machine in a run that is launched and guarded on another one.

    Both see RUN_DIR; the plan's run.torchrun says where they meet.
    """
    from amn_tui.joining import join_run

    return join_run(run_dir, node_rank, wait_s)


@cli.group()
def data() -> None:
    """Make tables of vectors, and look at them."""


@cli.group()
def model() -> None:
    """Look at a model."""


def _add_worker(group: click.Group, name: str, module: str, about: str, example: str) -> None:
    """Add a command that a worker of its own carries out, which has numpy and reads its flags itself."""

    @group.command(
        name, help=f"{about} (--help lists the flags).", epilog=f"Example: amn-tui {group.name} {name} {example}",
        add_help_option=False, context_settings={"ignore_unknown_options": True},
    )  # fmt: skip
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def run(arguments: tuple[str, ...]) -> int:
        return _run_worker([*module.split(), *arguments])


for words in (
    ("build", "trainer.build", "Turn text into a table of vectors: text, chunks, encoder, table",
     "--text articles.jsonl --encoder PATH --output table"),
    ("convert", "trainer.convert", "Turn the original's npz, or a table of another dtype, into a table",
     "windows.npz table --dtype float16"),
    ("inspect", "trainer.tables inspect", "Say what a table of vectors is", "wikipedia"),
    ("compare", "trainer.tables compare", "Say how table B differs from A, and what that means; exit 3 on FAIL",
     "584k 790k"),
    ("verify", "trainer.tables verify", "Say whether every vector is a unit vector; exit 3 on FAIL",
     "wikipedia moby-dick"),
    ("filter", "trainer.tables filter", "Write a table without the articles that are junk", "wikipedia OUT --dry-run"),
):  # fmt: skip
    _add_worker(data, *words)
_add_worker(model, "check", "trainer.forward_check", "Check a model's forward pass on random input; exit 3 on FAIL",
            "runs/demo-20261122T100411")  # fmt: skip


@cli.group()
def baseline() -> None:
    """Keep the statistics of known-good data, to hold new data against."""


@baseline.command(epilog="Example: amn-tui baseline save wiki-2026 wikipedia")
@click.argument("name")
@click.argument("path", metavar="DATA")
@click.option("--context", type=click.IntRange(2, 512), default=5, show_default=True, help="Vectors in a context.")
@click.option("--replace", is_flag=True, help="Overwrite a baseline of that name.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: name, path, windows.")
def save(name: str, path: str, context: int, replace: bool, as_json: bool) -> int:
    """Measure DATA, known to be good, and keep its statistics as NAME: then [data] reference = "NAME" in any plan."""
    from amn_tui.baselines import prepare_save

    return _run_worker(prepare_save(name, path, context=context, replace=replace, as_json=as_json))


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


def _run_worker(command: Sequence[str]) -> int:
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


def _settle(**look: Any) -> "Settings":
    """Read what the person has settled before anything is started: a mistake in it is told at once."""
    from amn_tui.settling import settle

    return settle(**look)


def _first_picture(path: Path) -> AbstractContextManager[None]:
    """Show something while the rest is imported, and let no memory be tidied up until the screen is there."""
    import gc

    from amn_tui.ui.splash import splash

    gc.disable()
    return splash(path.resolve())


def _check_telling(*, inline: bool, notify: Sequence[str]) -> dict[str, Any]:
    """Check before anything is started; raises InputError."""
    if notify:
        from amn_tui.ui.notice import check_targets

        check_targets(notify)
    os.environ.pop(NOTIFY_VARIABLE, None)  # an address may hold a secret: no trainer is to have it
    return {"inline": inline, "notify": notify}


def _watch(
    path: Path,
    settings: "Settings | None",
    *,
    read_only: bool,
    poll: bool = False,
    compared: Sequence[Path] = (),
    since_s: float | None = None,
    inline: bool = False,
    notify: Sequence[str] = (),
) -> int:
    """Show a run on the screen, or as lines where there are no `settings` for a screen."""
    if settings is None:
        from amn_tui.ui.plain import run_plain

        return run_plain(path, since_s=since_s, poll=poll, inline=inline, notify=notify)
    from amn_tui.ui.run_monitor import run_monitor

    return run_monitor(path, settings, read_only=read_only, compared=compared, notify=notify)


def _has_screen() -> bool:
    """Tell whether a full-screen program can run: Textual itself would run for ever without a terminal."""
    streams = (sys.stdin, sys.stdout)  # None where the descriptor is closed
    there = all(stream is not None and stream.isatty() for stream in streams)
    return there and os.environ.get("TERM", "dumb") not in ("", "dumb", "unknown")


def _write_what_can_be_written() -> None:
    """Let nothing fail for a stream that is closed, as under cron, nor for a character that its encoding lacks."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 (to the end)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def main() -> None:
    """Run the command line and exit with its code (documented in the README)."""
    _write_what_can_be_written()
    sys.exit(run_reported(lambda: int(cli.main(standalone_mode=False) or 0)))
