"""The commands; nothing heavy is imported before the command is known."""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from amn_tui import __version__
from amn_tui.cli_data import baseline, data, model
from amn_tui.errors import run_reported
from amn_tui.watching import add_look, add_telling, check_telling, first_picture, has_screen, settle_look, watch

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


@cli.command(cls=CommandWithTail, epilog="Example: amn-tui launch demo --set train.epochs=5")
@click.argument("plan", required=False)
@click.option("--run-dir", type=click.Path(path_type=Path), help="The new run folder; default: ROOT/NAME-TIME.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a value of the plan.")
@click.option("--override", "reasons", multiple=True, metavar="CHECK=REASON", help="Go on although a check fails.")
@click.option("--resume", "resumed", type=click.Path(path_type=Path), help="Go on with a run that was stopped.")
@click.option("--headless", is_flag=True, help="No screen: print lines; an alarm has no countdown.")
@click.option("--plain", is_flag=True, help="Lines instead of the screen, for pipes and plain terminals.")
@add_telling
@add_look
@click.pass_context
def launch(ctx: click.Context, /, **options: Any) -> int:
    """Check the data, start training under guard, and show it.

    PLAN is a file or a shipped name (demo, amn-790k); the default is demo. After -- comes any other command to guard.
    """
    from amn_tui.launching import launch_run

    headless, plain = options.pop("headless"), options.pop("plain")
    look = {name: options.pop(name) for name in ("theme", "ascii_only", "no_title")}
    telling = check_telling(inline=options.pop("inline"), notify=options.pop("notify"))
    since_s = time.time()
    lines = plain or headless or telling["inline"] or not has_screen()
    settings = None if lines else settle_look(**look)
    path = launch_run(command=ctx.meta.get(COMMAND_KEY, ()), **options)
    click.echo(f"run folder: {path}", err=True)
    if settings is None:
        return watch(path, settings, read_only=headless, since_s=since_s, **telling)
    with first_picture(path):
        return watch(path, settings, read_only=headless, since_s=since_s, **telling)


@cli.command(
    short_help="Show a run or a bare log, live or finished.", epilog="Example: amn-tui attach runs/demo-20261122T100411"
)
@click.argument("path", type=click.Path(path_type=Path, readable=False))
@click.option("--read-only", is_flag=True, help="Look, but neither stop nor waive.")
@click.option("--plain", is_flag=True, help="Lines instead of the screen, for pipes and plain terminals.")
@click.option("--poll", is_flag=True, help="Look for changes by the clock, where the file system tells of none.")
@click.option("--compare", "compared", multiple=True, type=click.Path(path_type=Path, readable=False), metavar="PATH",
              help="Lay another run over the full chart, key c: a run folder or a log.")  # fmt: skip
@add_telling
@add_look
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
    telling = check_telling(inline=inline, notify=notify)
    on_screen = not plain and not inline and has_screen()
    with first_picture(path) if on_screen else nullcontext():
        settings = settle_look(poll=poll, **look) if on_screen else None
        if path.is_dir():
            from amn_tui.coming_back import come_back

            come_back(path.absolute(), read_only=read_only, on_screen=on_screen)
        return watch(path, settings, read_only=read_only, poll=poll, compared=compared, **telling)


@cli.command(short_help="Say where config.toml is, and what it comes to.", epilog="Example: amn-tui config --json")
@click.option("--json", "as_json", is_flag=True, help="{path, exists, hint_seen, theme, ascii, poll, hint, keys}.")
def config(as_json: bool) -> int:
    """Say where config.toml is, and what theme, keys and defaults come to; exit 2 when it does not fit."""
    from amn_tui.settling import show_settings

    return show_settings(as_json=as_json)


@cli.command(short_help="Show a run in the browser.", epilog="Example: amn-tui serve runs/demo-20261122T100411")
@click.argument("path", type=click.Path(path_type=Path, readable=False))
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; only this machine by default.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; default: one that is free.")
@click.option("--allow-abort", is_flag=True, help="Let whoever has the address stop the run and waive alarms.")
@click.option("--expose", is_flag=True, help="Listen on a host that others can reach, unencrypted.")
def serve(path: Path, host: str, port: int, *, allow_abort: bool, expose: bool) -> int:
    """Show a run in the browser; prints the address, which has a token in it, and runs until Ctrl-C."""
    from amn_tui.serving import serve_run_checked

    return serve_run_checked(path, host=host, port=port, allow_abort=allow_abort, expose=expose)


@cli.command(short_help="Run the checks of a plan and nothing else.", epilog="Example: amn-tui preflight demo --json")
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


@cli.command(
    short_help="Stop a run, and wait until nothing of it is left.",
    epilog="Example: amn-tui abort runs/demo-20261122T100411 --reason 'wrong data'",
)
@click.argument("run_dir", type=click.Path(path_type=Path, exists=True, file_okay=False, readable=False))
@click.option("--reason", default="", help="Why; it is recorded.")
def abort(run_dir: Path, reason: str) -> int:
    """Stop a run, as key `a` does, and wait until nothing of it is left."""
    from amn_tui.aborting import abort_run

    return abort_run(run_dir, reason)


@cli.command(
    short_help="Say why a run is where it is, and what to type next.",
    epilog="Example: amn-tui diagnose runs/demo-20261122T100411",
)
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


@cli.command(
    short_help="Run the ranks of this machine in a run guarded elsewhere.",
    epilog="Example: amn-tui join runs/wikipedia-4711 --node-rank 1",
)
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


for group in (data, model, baseline):
    cli.add_command(group)


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
