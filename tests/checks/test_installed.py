import importlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checks import installed
from checks.__main__ import main
from checks.config import find_check, parse_assignment, resolve_settings
from checks.errors import InputError
from checks.installed import GROUP, find_installed, forget_installed, list_checks
from checks.registry import CHECKS
from checks.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = (ROOT / "docs" / "adding-a-check.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"```(python|toml)\n(.*?)```", HOW_TO, re.DOTALL))


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Put a package on the path, as pip does: its modules, and a dist-info that names its entry points."""
    site, names = tmp_path / "site", {"my_checks"}

    def put(entries: str, **modules: str) -> None:
        info = site / "my_package-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entries}\n")
        for name, source in modules.items():
            (site / f"{name}.py").write_text(source)
        monkeypatch.syspath_prepend(site)
        names.update(modules)
        forget_installed()

    yield put
    monkeypatch.undo()
    for name in names:
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    forget_installed()


@pytest.fixture
def example(install: Callable[..., None]) -> None:
    """Install the worked example of docs/adding-a-check.md."""
    entry = re.search(r"largest_article = \"(.*)\"", BLOCKS["toml"])
    assert entry
    install(f"largest_article = {entry[1]}", my_checks=BLOCKS["python"])


def run(argv: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    main([*argv, "--json"])
    return {result["check"]: result for result in json.loads(capsys.readouterr().out)}


@pytest.mark.usefixtures("example")
def test_the_worked_example_passes_fails_and_has_a_control(
    tmp_path: Path, lab: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(list_checks())[-1] == "largest_article"
    train = lab.write_table(tmp_path / "train", *lab.make_rows(0))
    argv = ["--train", str(train), "--only", "largest_article"]
    passed = run(argv, capsys)["largest_article"]
    assert passed["verdict"] == "PASS"
    assert passed["control"]["verdict"] == "FAIL"
    assert passed["detail"] == "the largest of 60 has 3%"
    failed = run([*argv, "--set", "largest_article.max_share=0.01"], capsys)["largest_article"]
    assert failed["verdict"] == "FAIL"
    assert failed["expected"] == "at most 1% from one article"


@pytest.mark.usefixtures("example")
def test_a_package_s_check_is_set_overridden_and_explained_like_ours(capsys: pytest.CaptureFixture[str]) -> None:
    assert resolve_settings({"largest_article": {"max_share": 0.2}})["largest_article"]["max_share"] == 0.2
    assert parse_assignment("largest_article.enabled=false") == ("largest_article", "enabled", False)
    assert find_check("largest_article", "--override") == "largest_article"
    with pytest.raises(InputError, match="max_share"):
        resolve_settings({"largest_article": {"max_shar": 0.2}})
    with pytest.raises(InputError, match="largest_article"):
        find_check("largest_articl", "--override")
    assert main(["explain", "largest_article"]) == 0
    assert "A model of one article is no model of the language." in capsys.readouterr().out


@pytest.mark.usefixtures("example")
def test_the_page_of_a_package_s_check_is_in_the_record(tmp_path: Path, lab: Any) -> None:
    output = tmp_path / "preflight.jsonl"
    train = lab.write_table(tmp_path / "train", *lab.make_rows(0))
    main(["--train", str(train), "--only", "largest_article,eval_normalization", "--output", str(output)])
    started = json.loads(output.read_text().splitlines()[0])
    assert list(started["pages"]) == ["largest_article"]
    assert started["pages"]["largest_article"]["remedy"].startswith("Add text")


BROKEN = {
    "a module that is not there": (
        "mine = nowhere_at_all",
        "",
        "No module named 'nowhere_at_all'",
    ),
    "a module that raises": ("mine = my_module", "raise RuntimeError('no\\nlicence')", "RuntimeError: no licence"),
    "an object that is not there": ("mine = my_module:CHECK", "", "has no attribute 'CHECK'"),
    "a page that is none": ("mine = my_module", "page = 'text'", "TypeError: its page is str"),
    "options that are none": ("mine = my_module", "options = {'a': 1}", "TypeError: its options"),
    "a title that is none": ("mine = my_module", "title = 1", "TypeError: its title is int, not str"),
    "functions that are not there": ("mine = my_module", "def measure(data, progress): ...", "no judge, control"),
    "a module to load that is not there": ("mine = my_module", "module = 'nowhere'", "No module named 'nowhere'"),
}


@pytest.mark.parametrize("what", list(BROKEN))
def test_what_cannot_be_loaded_is_an_error_that_names_the_package(
    what: str, install: Callable[..., None], tmp_path: Path, lab: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    entries, source, words = BROKEN[what]
    install(entries, my_module=source)
    train = lab.write_table(tmp_path / "train", *lab.make_rows(0))
    output = tmp_path / "preflight.jsonl"
    assert main(["--train", str(train), "--only", "mine", "--output", str(output)]) == 3
    told = capsys.readouterr()
    line = told.out.splitlines()[0]
    assert line.startswith("ERROR mine")
    assert words in line
    assert "my-package" in line
    assert "Traceback" not in told.out + told.err


@pytest.mark.parametrize("name", ["off_by_one", "Off-By-One"])
def test_a_name_that_is_taken_or_odd_goes_by_its_package_s(
    name: str, install: Callable[..., None], tmp_path: Path, lab: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    install(f"{name} = my_module", my_module="title = 'Mine'")
    assert CHECKS["off_by_one"].title == list_checks()["off_by_one"].title
    found = find_installed(f"my-package:{name}")
    assert found is not None
    assert "is taken" in found.fault
    train = lab.write_table(tmp_path / "train", *lab.make_rows(0))
    results = run(["--train", str(train), "--only", f"my-package:{name}"], capsys)
    assert results[f"my-package:{name}"]["verdict"] == Verdict.ERROR


def test_where_nothing_is_installed_there_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed.metadata, "entry_points", lambda **_: ())
    forget_installed()
    assert list_checks() == dict(CHECKS)
    assert find_installed("mine") is None
    forget_installed()
