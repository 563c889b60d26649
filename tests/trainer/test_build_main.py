import io
import json
import os
import shlex
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.errors import InputError
from checks.table import open_table
from trainer.build import __main__ as program
from trainer.build.arguments import compose_recipe, parse_arguments, read_version
from trainer.build.chunks import ChunkRule
from trainer.build.encoder import EncoderFacts

SENTENCE = "The quick lamp lights the dark coast every night. "


class EvenEncoder:
    facts = EncoderFacts("even", None, "0" * 64, "mean", 4, None, {})

    def encode(self, texts: Any, batch_size: int) -> Any:
        return np.full((len(texts), 4), 0.5, dtype=np.float32)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Put an encoder in the place of a model; the value is what was asked to be loaded."""
    asked: list[tuple[str, dict[str, Any]]] = []

    def load(source: str, **given: Any) -> EvenEncoder:
        asked.append((source, given))
        return EvenEncoder()

    monkeypatch.setattr(program, "load_encoder", load)
    return asked


@pytest.fixture
def text(tmp_path: Path) -> Path:
    folder = tmp_path / "text"
    folder.mkdir()
    (folder / "a.txt").write_text(SENTENCE * 20)
    return folder


def test_text_becomes_a_table(
    text: Path, tmp_path: Path, loaded: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "my table"
    argv = ["--text", str(text), "--encoder", "any", "--output", str(output), "--restart", "--threads", "1"]
    assert program.main(argv) == 0
    table = open_table(output)
    assert capsys.readouterr().out == f"{output}: {table.rows} vectors of 4 from 1 articles\n"
    assert table.manifest["name"] == "my table"
    assert shlex.split(table.manifest["build_command"]) == [
        "amn-tui",
        "data",
        "build",
        *(a for a in argv if a != "--restart"),
    ]
    assert table.manifest["source"] == {"text": "text"}
    assert loaded == [("any", {"name": "", "device": None, "threads": 1})]


def test_a_package_tells_its_licence_and_version(tmp_path: Path, loaded: list[Any]) -> None:
    archive = tmp_path / "stdlib.tgz"
    files = {
        "package/package.json": {"version": "0.2.3"},
        "package/data/chapter_1.json": {"title": "A", "text": SENTENCE},
    }
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in files.items():
            raw = json.dumps(content).encode()
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            tar.addfile(member, io.BytesIO(raw))
    argv = ["--package", "moby-dick", "--from", str(archive), "--encoder", "any", "--output", str(tmp_path / "t")]
    assert program.main(argv) == 0
    manifest = open_table(tmp_path / "t").manifest
    assert manifest["licence"] == "CC0-1.0 OR PDDL-1.0"
    assert "Herman Melville" in manifest["attribution"]
    assert manifest["source"]["version"] == "0.2.3"
    assert manifest["source"]["archive"] == "stdlib.tgz"
    assert len(manifest["source"]["archive_sha256"]) == 64


def test_bad_input_is_one_line_and_2(tmp_path: Path, loaded: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--encoder", "any", "--output", str(tmp_path / "t")]
    for argv in (
        ["--text", str(tmp_path / "gone"), *given],
        ["--package", "moby-dick", "--from", str(tmp_path / "gone.tgz"), *given],
        ["--text", str(tmp_path), "--chunk-min", "700", *given],
    ):
        assert program.main(argv) == 2
        told = capsys.readouterr()
        assert (told.out, told.err.count("\n")) == ("", 1)
        assert told.err.startswith("amn-tui data build: ")
    assert not (tmp_path / "t").exists()


def test_an_interrupt_and_a_full_disk_are_told(
    text: Path, tmp_path: Path, loaded: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ["--text", str(text), "--encoder", "any", "--output", str(tmp_path / "t")]
    for error, code, line in (
        (KeyboardInterrupt(), 130, "interrupted; the same command goes on from here"),
        (OSError(28, "No space left on device", "v.npy"), 1, "v.npy: No space left on device"),
    ):

        def encode(self: Any, texts: Any, batch_size: int, error: BaseException = error) -> Any:
            raise error

        monkeypatch.setattr(EvenEncoder, "encode", encode)
        assert program.main(argv) == code
        assert capsys.readouterr().err.endswith(f"amn-tui data build: {line}\n")


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        ("", "required"),
        ("--text a --package moby-dick --from f", "not allowed with"),
        ("--package moby-dick", "--package and --from go together"),
        ("--text a --from f", "--package and --from go together"),
        ("--package other --from f", "invalid choice"),
        ("--text a --dtype int4", "invalid choice"),
        ("--text a --limit 0", "'0' is not a whole number above 0"),
        ("--text a --batch-size x", "'x' is not a whole number above 0"),
        ("--text a --dty int8", "unrecognized arguments"),
    ],
)
def test_wrong_usage_is_refused(argv: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments([*argv.split(), "--encoder", "e", "--output", "o"])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_every_flag_reaches_the_recipe(tmp_path: Path) -> None:
    argv = shlex.split(
        f"--text {tmp_path} --articles 'a, b,' --limit 5 --chunk-target 100 --chunk-max 200 --chunk-min 10 "
        "--licence MIT --attribution me --encoder e --encoder-name n/e --output o/t --name n "
        "--dtype int8 --batch-size 8 --device cpu"
    )
    arguments = parse_arguments(argv)
    recipe = compose_recipe(arguments, argv)
    assert (recipe.name, recipe.encoder, recipe.encoder_name, recipe.dtype) == ("n", "e", "n/e", "int8")
    assert (recipe.articles, recipe.limit, recipe.rule) == (("a", "b"), 5, ChunkRule(100, 200, 10))
    assert (recipe.licence, recipe.attribution) == ("MIT", "me")
    assert (arguments.batch_size, arguments.device, arguments.threads, arguments.restart) == (8, "cpu", None, False)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("gensim-4.4.0-cp311-cp311-manylinux_2_24_x86_64.whl", "4.4.0"),
        ("debian-handbook_11.20220922_all.deb", "11.20220922"),
        ("text.whl", None),
    ],
)
def test_a_version_is_read_from_a_name(name: str, version: str | None) -> None:
    assert read_version(Path(name)) == version


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"version": 1}'])
def test_a_package_json_without_a_version(content: str, tmp_path: Path) -> None:
    path = tmp_path / "a.tgz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo("package/package.json")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content.encode()))
    assert read_version(path) is None


@pytest.mark.slow
def test_as_a_program_it_starts_without_the_data_extra(tmp_path: Path) -> None:
    (tmp_path / "sentence_transformers.py").write_text("raise ImportError('not here')")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    command = [sys.executable, "-m", "trainer.build", "--text", str(tmp_path), "--encoder", "e", "--output", "t"]
    ended = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "pip install 'amn-tui[data]'" in ended.stderr
    assert ended.stderr.count("\n") == 1
    asked = subprocess.run(
        [*command[:3], "--help"], capture_output=True, text=True, env=environment, timeout=60, check=True
    )
    assert "examples:" in asked.stdout


def test_the_rule_that_cannot_be_met_is_an_input_error() -> None:
    with pytest.raises(InputError):
        compose_recipe(parse_arguments(["--text", "x", "--chunk-min", "999", "--encoder", "e", "--output", "o"]), [])
