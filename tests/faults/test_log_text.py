"""No byte of a log acts: not on the terminal, not as markup, not on the patience of whoever waits for an expression."""

import ast
import importlib
import pkgutil
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import amn_tui
import checks
import trainer
from amn_tui.run.folder import RunFolder
from amn_tui.run.formats.detect import DetectedDialect
from amn_tui.run.tail import Tail
from amn_tui.run.text import LINE_BYTES, TRUNCATED, decode_log_line, sanitize
from amn_tui.ui.log_line import tone_line
from tests.real import AMN_TUI
from tests.ui import conftest as ui

Happened = Callable[[str], None]
OpenTerminal = Callable[..., Any]
HEAVY = ("torch", "numpy", "faiss", "safetensors", "sentence_transformers")
OURS = Path(amn_tui.__file__).parent
PAYLOADS = (
    b"\x1b]0;owned\x07", b"\x1b]2;owned\x1b\\", b"\x1b]8;;file:///etc\x1b\\x\x1b]8;;\x1b\\", b"\x1b]52;c;b3duZWQ=\x07",
    b"\x1bP+q544e\x1b\\", b"\x1b[2J", b"\x1b[5n", b"\x1bc", b"\x1b_owned\x1b\\", b"\x1bkowned\x1b\\", b"\xc2\x9b2J",
    b"\xc2\x9d0;owned\xc2\x9c", b"\x05", b"\x0e", b"\xe2\x80\xaegnp.exe", b"\x1b[?1049l", b"\x1b#8", b"\x1b[1000b",
)  # fmt: skip


def list_patterns() -> Iterator[tuple[str, str]]:
    """Yield every expression that a module of ours has compiled, with its name."""
    for package in (amn_tui, checks, trainer):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            source = Path(found.module_finder.find_spec(found.name).origin).read_text()  # type: ignore[union-attr]
            if found.name.endswith("__main__") or "re.compile" not in source:
                continue
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern):
                    text = value.pattern.decode() if isinstance(value.pattern, bytes) else value.pattern
                    yield f"{found.name}.{name}", text


@pytest.mark.fault(34)
def test_no_expression_begins_with_anything(happened: Happened) -> None:
    patterns = dict(list_patterns())
    assert len(patterns) > 15
    for name, pattern in patterns.items():
        assert not re.match(r"\^?(?:\\s\*)?\(?(?:\?P<\w+>|\?:)?\.[*+]", pattern), name
    happened(f"{len(patterns)} expressions, none of which begins with .*")


OURS_AT = "2026-11-22T10:24:40Z "
MOST = 65_000  # what is written three times is longer than what is kept of a line
HOSTILE_LINES = (
    "Epoch 1 " * 9000, "Epoch " + "1" * MOST, "Epoch 1/2" + " " * MOST + "x", " Batch 1/2 | " + "a: 1 | " * 9000 + "x",
    "Epoch 1/2: " + "Val Loss: " * 6000, " " * MOST, "val_cosine=" * 5900, OURS_AT + "config" + ' a="' * 16000,
    OURS_AT + "config" + " a" * 32000, OURS_AT + 'config a="' + "\\" * MOST, "Train Loss: " + "1" * MOST + "x",
    OURS_AT + "Epoch 1/2 done" + " a=1" * 16000 + " x", "\x1b[" * 32000, "\x1b]" * 32000, "\x1b[" + "0" * MOST,
    " 50%|" + "|" * MOST, "%|" * 32000, "5%|" * 20000, " 50%|#| 5/10 [" + "[" * MOST, "1%|| [" * 10000,
    "\r" * MOST, "a\rb" * 20000, "| a:" * 16000, "|" + " " * MOST + "a: 1",
)  # fmt: skip


@pytest.mark.fault(34)
@pytest.mark.timeout(60)
def test_hostile_lines_are_capped_before_anything_looks_for_something_in_them(
    tmp_path: Path, happened: Happened
) -> None:
    """The naive expression took 98 s for one of 120 kB; here the whole test has 60 s, and takes well below one."""
    path = tmp_path / "training.log"
    path.write_bytes(b"\n".join((line * 3).encode() for line in HOSTILE_LINES) + b"\nend\n")
    tail, lines = Tail(path), list[str]()
    while (news := tail.read()).lines or news.more:
        lines += news.lines
    tail.close()
    assert len(lines) == len(HOSTILE_LINES) + 1
    assert max(map(len, lines)) == LINE_BYTES + len(TRUNCATED)
    for first in ("", "Epoch 1/2", f"{OURS_AT}Epoch 1/2 done val_cosine=0.5"):
        dialect = DetectedDialect()
        dialect.read(first)  # unknown, the original trainer's, ours
        for line in (*lines, *HOSTILE_LINES):
            dialect.read(line)
            tone_line(line)
            sanitize(line)
    happened(
        f"{len(HOSTILE_LINES)} hostile lines of 64 KiB and three times that: cut to 64 KiB, then read by 3 dialects"
    )


def infest(path: Path) -> None:
    """Write a run folder whose log holds every payload, and epochs around them."""
    ui.write_folder(path, ui.completed())
    lines = (path / "training.log").read_bytes().splitlines()
    mixed = [part for number, line in enumerate(lines) for part in (PAYLOADS[number % len(PAYLOADS)] + b"x", line)]
    (path / "training.log").write_bytes(b"\n".join([*mixed, *PAYLOADS, b"the last line"]) + b"\n")


@pytest.mark.slow
@pytest.mark.fault(37)
def test_no_payload_reaches_a_real_terminal(tmp_path: Path, open_terminal: OpenTerminal, happened: Happened) -> None:
    infest(tmp_path / "run")
    terminal = open_terminal("attach", "run")
    terminal.wait_for("the last line")
    terminal.press("\x1b[H")  # the home key: the first lines
    terminal.wait_for(lambda: "Epoch 1/20" in terminal.text and "COMPLETED" in terminal.text)
    terminal.press("q")
    terminal.wait_for_exit()
    shown, left = terminal.raw.rsplit(b"\x1b[?1049l", 1)  # our own last act is one of the payloads
    for payload in PAYLOADS:
        assert payload not in shown, payload
        assert payload not in left, payload
    happened(f"{len(PAYLOADS)} payloads in a log: none among {len(terminal.raw)} bytes that the terminal got")


@pytest.mark.slow
@pytest.mark.fault(37)
def test_the_title_of_a_tmux_pane_is_never_the_logs(
    tmp_path: Path, happened: Happened, wait_until: Callable[..., None]
) -> None:
    infest(tmp_path / "run")
    server = ["tmux", "-L", f"amn-{uuid4().hex[:8]}", "-f", "/dev/null"]

    def ask(*words: str) -> str:
        return subprocess.run([*server, *words], capture_output=True, text=True, check=False).stdout

    try:
        ask("new-session", "-d", "-x", "100", "-y", "30", "-c", str(tmp_path))
        ask("set-option", "-g", "set-clipboard", "on")
        for options, title in ((["--no-title"], "mine"), ([], "COMPLETED 20/20")):
            ask("select-pane", "-T", "mine")
            ask("respawn-pane", "-k", "-c", str(tmp_path), *AMN_TUI, "attach", *options, "run")
            wait_until(lambda: "the last line" in ask("capture-pane", "-p"))
            ask("send-keys", "Home")
            wait_until(lambda: "Epoch 1/20" in ask("capture-pane", "-p"))
            assert title in ask("display-message", "-p", "#{pane_title}")
            assert "owned" not in ask("display-message", "-p", "#{window_name} #{pane_title}")
            assert ask("show-buffer") == ""
    finally:
        ask("kill-server")
    happened("tmux: the pane's title is ours or stays, never the log's; window name and clipboard untouched")


@pytest.mark.slow
@pytest.mark.fault(37)
def test_lines_for_pipes_are_clean_too(tmp_path: Path, happened: Happened) -> None:
    infest(tmp_path / "run")
    said = subprocess.run([*AMN_TUI, "attach", str(tmp_path / "run")], capture_output=True, check=False)
    assert b"epoch 20/20" in said.stdout
    assert not [payload for payload in PAYLOADS if payload in said.stdout + said.stderr]
    assert all(byte >= 32 or byte == 10 for byte in said.stdout)
    happened("line mode: all epochs told, no control byte but the line ends")


@pytest.mark.slow
@pytest.mark.fault(38)
async def test_markup_is_shown_as_it_is_and_does_nothing(folder: RunFolder, happened: Happened) -> None:
    lines = (
        "loss[/red]",
        "[@click=app.leave]leave[/]",
        "[@click=app.abort]abort[/]",
        "[bold red]x[/]",
        "$error {x!r}\\[",
    )
    folder.log.write_text("\n".join(lines) + "\n")
    app, _ = ui.make_app(folder, ui.healthy())
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        screen = ui.read_screen(app)
        assert all(line in screen for line in lines)
        rows = [row for row, text in enumerate(screen.splitlines()) if "@click" in text]
        for row in rows:
            for column in range(2, 30, 3):
                await pilot.click(offset=(column, row))
        assert app.return_code is None
        assert len(app.screen_stack) == 1
        assert not folder.control.exists()
    happened(f"{len(lines)} strings shown literally; 20 clicks on two @click lines: nothing happened")


MARKUP_WIDGETS = {
    "Static",
    "Label",
    "RichLog",
    "Log",
    "Markdown",
    "DataTable",
    "Button",
    "from_markup",
    "render_markup",
}


def find_markup(tree: ast.AST) -> Iterator[str]:
    """Yield what in a module could read foreign text as markup."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (name.name for name in node.names if name.name in MARKUP_WIDGETS)
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in MARKUP_WIDGETS:
            yield called
        markup = [word.value for word in node.keywords if word.arg == "markup"]
        ours = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value).endswith(("self", "app"))
        if (
            called == "notify"
            and ours
            and not (markup and isinstance(markup[0], ast.Constant) and markup[0].value is False)
        ):
            yield "notify with markup"


@pytest.mark.fault(38)
def test_nothing_on_the_screen_reads_markup(happened: Happened) -> None:
    files = sorted((OURS / "ui").rglob("*.py"))
    assert {file.name: found for file in files if (found := list(find_markup(ast.parse(file.read_text()))))} == {}
    assert list(find_markup(ast.parse("Static(x); self.notify('a')"))) == ["Static", "notify with markup"]
    assert decode_log_line(b"[/red] [@click=app.abort]x[/]") == "[/red] [@click=app.abort]x[/]"
    happened(f"{len(files)} files of the screen: no widget that reads markup, every notice with markup=False")
