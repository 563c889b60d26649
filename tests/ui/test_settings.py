"""config.toml: what it may say, one clear line for what it may not, and a theme that is kept because somebody asked."""

from pathlib import Path

import pytest

from amn_tui.ui.settings import DEFAULTS, Settings, find_config, find_seen, keep_theme, read_settings, remember_seen
from checks.errors import InputError


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none.toml") == DEFAULTS == Settings()


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    path = write(
        tmp_path / "config.toml",
        'theme = "light"\nascii = true\npoll = true\nhint = false\n[keys]\nabort = "x"\nleave = ["q", "ctrl+x"]\n',
    )
    keys = {"abort": ("x",), "leave": ("q", "ctrl+x")}
    assert read_settings(path) == Settings("light", True, True, False, keys)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("theme = 'purple'", "theme: found 'purple', expected one of auto, dark, light, high-contrast, colour-blind"),
        ("poll = 1", "poll: found 1, expected true or false"),
        ("colour = 1", "colour: found 'an unknown key', expected one of theme, ascii, poll, hint, title, keys"),
        ("keys = 3", "keys: found 3, expected a table"),
        ("[keys]\nabort = 3", "keys.abort: found 3, expected a key"),
        ("[keys]\nabort = []", "keys.abort: found [], expected a key"),
        ("theme =", "expected TOML"),
        ("a = [" + "[" * 5000, "expected TOML"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path / "config.toml", text)
    with pytest.raises(InputError) as told:
        read_settings(path)
    assert str(told.value).startswith(f"{path}: ")
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="UTF-8"):
        read_settings(tmp_path / "binary.toml")
    with pytest.raises(InputError, match="a file that can be read"):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'theme = "light"\n'),
        ("# mine\npoll = true\n[keys]\nabort = 'x'\n", "theme = \"light\"\n# mine\npoll = true\n[keys]\nabort = 'x'\n"),
        ("# a\ntheme = 'dark' # b\n\n[keys]\ntheme = 'T'\n", "# a\ntheme = \"light\"\n\n[keys]\ntheme = 'T'\n"),
    ],
)
def test_keeping_a_theme_changes_one_line(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "deep" / "config.toml"
    if before:
        path.parent.mkdir()
        write(path, before)
    assert keep_theme("light", path) == path
    assert path.read_text() == after
    assert read_settings(path).theme == "light"


def test_a_file_that_does_not_fit_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "config.toml", "theme =")
    with pytest.raises(InputError):
        keep_theme("light", path)
    assert path.read_text() == "theme ="


def test_the_files_are_where_xdg_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    assert find_config() == tmp_path / "c/amn-tui/config.toml"
    assert find_seen() == tmp_path / "s/amn-tui/hint-seen"
    remember_seen(find_seen())
    assert find_seen().exists()
    (tmp_path / "file").touch()
    remember_seen(tmp_path / "file" / "below")  # cannot be written: nothing happens
