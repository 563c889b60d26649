import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from checks.errors import InputError
from trainer.build import archive
from trainer.build.archive import read_members
from trainer.build.package import PACKAGES, open_package

FILES = {"p/b.txt": b"two", "p/a.txt": b"one", "q/c.bin": b"x"}


def pack_tar(files: dict[str, bytes], prefix: str = "") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo(prefix + "p/link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return stream.getvalue()


def pack_deb(members: dict[str, bytes]) -> bytes:
    parts = [b"!<arch>\n"]
    for name, content in members.items():
        parts.append(f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode())
        parts.append(content + b"\n" * (len(content) % 2))
    return b"".join(parts)


def write_archive(folder: Path, kind: str, files: dict[str, bytes]) -> Path:
    path = folder / f"a{kind}"
    if kind in (".whl", ".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.mkdir("p")
            for name, content in files.items():
                archive.writestr(name, content)
    elif kind in (".tgz", ".tar.gz"):
        path.write_bytes(gzip.compress(pack_tar(files)))
    else:
        data = lzma.compress(pack_tar(files, "./"))
        path.write_bytes(pack_deb({"debian-binary": b"2.0", "control.tar.xz": b"odd", "data.tar.xz": data}))
    return path


@pytest.mark.parametrize("kind", [".whl", ".zip", ".tgz", ".tar.gz", ".deb"])
def test_members_that_match_come_in_the_order_of_the_archive(kind: str, tmp_path: Path) -> None:
    path = write_archive(tmp_path, kind, FILES)
    assert list(read_members(path, "p/*.txt")) == [("p/b.txt", b"two"), ("p/a.txt", b"one")]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [path.name], "nothing is unpacked"


@pytest.mark.parametrize("kind", [".whl", ".tgz", ".deb"])
@pytest.mark.parametrize("name", ["../evil.txt", "p/../../evil.txt", "/etc/evil.txt"])
def test_a_name_that_leads_out_is_refused(kind: str, name: str, tmp_path: Path) -> None:
    path = write_archive(tmp_path, kind, {name: b"x"})
    with pytest.raises(InputError, match="names that stay inside the archive"):
        list(read_members(path, "*.txt"))


@pytest.mark.parametrize("kind", [".whl", ".tgz", ".deb"])
def test_an_archive_cut_short_is_told(kind: str, tmp_path: Path) -> None:
    path = write_archive(tmp_path, kind, {"p/a.txt": bytes(range(256)) * 40})
    path.write_bytes(path.read_bytes()[:-60] if kind != ".deb" else path.read_bytes()[:-120])
    with pytest.raises(InputError, match=rf"a\{kind}: found .*, expected a whole"):
        list(read_members(path, "p/*"))


def test_what_is_no_archive_is_told(tmp_path: Path) -> None:
    rows = [
        ("a.rar", b"x", "expected an archive"),
        ("a.deb", b"not ar at all", "not a .deb"),
        ("b.deb", pack_deb({"debian-binary": b"2.0"}), "no data.tar"),
        ("c.deb", pack_deb({"data.tar.zst": b"x"}), "zstd"),
        ("d.deb", b"!<arch>\n" + b"x" * 60, "expected a whole"),
        ("a.whl", b"x", "expected a whole"),
        ("a.tgz", b"x", "expected a whole"),
    ]
    for name, content, told in rows:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError) as caught:
            list(read_members(tmp_path / name, "*"))
        assert told in str(caught.value)


def test_a_member_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MEMBER_BYTES", 2)
    with pytest.raises(InputError, match="found '3 bytes', expected at most 2"):
        list(read_members(write_archive(tmp_path, ".whl", FILES), "p/*.txt"))


def test_chapters_of_an_npm_package(tmp_path: Path) -> None:
    chapters = {
        f"package/data/chapter_{number}.json": json.dumps({"title": f"On {number}.", "text": "It blew."}).encode()
        for number in (10, 9)
    }
    path = write_archive(tmp_path, ".tgz", chapters)
    nine, ten = open_package("moby-dick", path)
    assert (nine.id, nine.title, nine.sections) == ("chapter_9", "On 9", ("It blew.",))
    assert ten.id == "chapter_10"


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b'{"title": "x"}'])
def test_a_chapter_that_is_wrong_is_told(content: bytes, tmp_path: Path) -> None:
    path = write_archive(tmp_path, ".tgz", {"package/data/chapter_1.json": content})
    with pytest.raises(InputError, match=r"chapter_1\.json: found .*expected a JSON object with title and text"):
        list(open_package("moby-dick", path))


def test_pages_of_a_debian_package(tmp_path: Path) -> None:
    folder = "usr/share/doc/debian-handbook/html/en-US"
    pages = {f"{folder}/{stem}.html": f"<title>{stem}!</title><p>Text.".encode() for stem in ("index", "apt")}
    apt, index = open_package("debian-handbook", write_archive(tmp_path, ".deb", pages))
    assert (apt.id, apt.title, apt.kind, apt.sections) == ("apt", "apt!", "article", ("Text.",))
    assert (index.id, index.kind) == ("index", "list")


def test_the_dump_in_a_wheel(tmp_path: Path) -> None:
    dump = b"<m><page><title>A</title><id>1</id><text>Hi.</text></page></m>"
    name = "gensim/test/test_data/enwiki-latest-pages-articles1.xml-p1p2-shortened.bz2"
    (article,) = open_package("gensim-enwiki", write_archive(tmp_path, ".whl", {name: bz2.compress(dump)}))
    assert (article.id, article.title, article.sections) == ("1", "A", ("Hi.",))
    with pytest.raises(InputError, match="expected a whole MediaWiki dump"):
        list(open_package("gensim-enwiki", write_archive(tmp_path, ".whl", {name: b"not bz2"})))


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_a_package_that_is_not_there_says_how_to_fetch_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fetched with: ") as caught:
        list(open_package(name, tmp_path / "gone.whl"))
    assert PACKAGES[name].fetch in str(caught.value)
    with pytest.raises(InputError, match="no member named"):
        list(open_package(name, write_archive(tmp_path, ".whl", {"other": b""})))
