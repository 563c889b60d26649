"""HTML pages to plain text, section by section."""

from html.parser import HTMLParser

HEADING_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
SECTION_TAGS = HEADING_TAGS | {"section", "article"}
SECTION_CLASSES = frozenset(("section", "sidebar", "chapter", "preface"))
LINE_TAGS = frozenset(("p", "div", "li", "dt", "dd", "tr", "br", "hr", "table", "ul", "ol", "dl", "blockquote"))
UNREAD_TAGS = frozenset(("script", "style", "pre", "title", "svg"))
UNREAD_CLASSES = frozenset(("docnav", "indexterm", "figure", "url"))
VOID_TAGS = frozenset(("br", "hr", "img", "meta", "link", "input", "col", "wbr"))


class PageReader(HTMLParser):
    """Collects a page's title and sections; code listings and navigation are left out."""

    def __init__(self) -> None:
        """Start with nothing read."""
        super().__init__(convert_charrefs=True)
        self.title = ""
        self._sections: list[list[str]] = [[]]
        self._open: list[tuple[str, bool, bool]] = []  # tag, starts a section, is not read

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter an element."""
        names = set((dict(attrs).get("class") or "").split())
        section = tag in SECTION_TAGS or (tag == "div" and bool(names & SECTION_CLASSES))
        unread = tag in UNREAD_TAGS or bool(names & UNREAD_CLASSES)
        self._break(tag, section)
        if tag not in VOID_TAGS:
            self._open.append((tag, section, unread))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """End a line at an element without content, which is never left again."""
        self._break(tag, section=False)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and those inside it that were never closed."""
        if not any(opened == tag for opened, _, _ in self._open):
            return
        while self._open:
            opened, section, _ = self._open.pop()
            self._break(opened, section and opened not in HEADING_TAGS)
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        """Keep text that a reader of the page reads."""
        if any(tag == "title" for tag, _, _ in self._open):
            self.title += data
        elif not any(unread for _, _, unread in self._open):
            self._sections[-1].append(" ".join(data.split("\n")))

    def read_sections(self) -> tuple[str, ...]:
        """Return the text of the sections seen so far."""
        joined = ("".join(parts).splitlines() for parts in self._sections)
        lines = ([" ".join(line.split()) for line in section] for section in joined)
        return tuple(text for section in lines if (text := "\n".join(line for line in section if line)))

    def _break(self, tag: str, section: bool) -> None:
        if section:
            self._sections.append([])
        elif tag in LINE_TAGS or tag in HEADING_TAGS:
            self._sections[-1].append("\n")


def read_page(markup: str) -> tuple[str, tuple[str, ...]]:
    """Return an HTML page's title and the text of its sections."""
    reader = PageReader()
    reader.feed(markup)
    reader.close()
    return " ".join(reader.title.split()), reader.read_sections()
