"""The rules by which an article is junk, their thresholds, and how a command line sets them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from checks.adjacency import LOW_COSINE
from checks.config import suggest
from checks.errors import InputError
from checks.options import Option

# In the order in which they are asked: an article is told under the first that takes it.
RULES: Mapping[str, str] = MappingProxyType(
    {
        "list": "lists, indexes and outlines, by title (List of …) or kind",
        "disambiguation": "disambiguation pages, by title or kind",
        "kind": "whatever else its maker calls something other than an article",
        "stub": "articles of fewer windows than min_windows",
        "repetitive": "neighbours nearly the same (max_adjacency), or rows that repeat earlier rows (max_copies)",
        "incoherent": "neighbours far less alike than in the table's other articles (mads) and low (min_adjacency)",
    }
)


# Chosen on the shipped wikipedia table. Its articles' mean cosine of neighbours: median 0.547, median absolute
# deviation 0.027, most 0.680, least (a disambiguation page) 0.294, and no row twice. Articles under 5 windows are
# Answer, Actrius, Animalia (book), …; from there on they are whole (Agnostida, 5 windows). An incoherent bound of 0.40
# would also take Transport in Angola (a page of figures), but from wikipedia-minilm Politics of Angola, which is prose.
@dataclass(frozen=True, slots=True)
class JunkRules:
    """Which rules are asked, and their thresholds; THRESHOLDS says what each is."""

    enabled: tuple[str, ...] = tuple(RULES)
    min_windows: int = 5
    max_adjacency: float = 0.90
    max_copies: float = 0.30
    mads: float = 4.0
    min_adjacency: float = LOW_COSINE


DEFAULTS = JunkRules()
THRESHOLDS: Mapping[str, Option] = MappingProxyType(
    {
        "min_windows": Option(DEFAULTS.min_windows, "stub: least windows of an article", 1, 1_000_000),
        "max_adjacency": Option(DEFAULTS.max_adjacency, "repetitive: most mean cosine of neighbours", -1.0, 1.0),
        "max_copies": Option(
            DEFAULTS.max_copies, "repetitive: most share of rows that repeat an earlier row", 0.0, 1.0
        ),
        "mads": Option(DEFAULTS.mads, "incoherent: so many median absolute deviations below the median", 0.0, 1e6),
        "min_adjacency": Option(
            DEFAULTS.min_adjacency, "incoherent: and below this mean cosine of neighbours", -1.0, 1.0
        ),
    }
)


def read_rules(names: Sequence[str], assignments: Sequence[str]) -> JunkRules:
    """Return the rules that a command line asks for, all when it names none; raises InputError for a name or value."""
    for name in names:
        if name not in RULES:
            raise InputError("--rule", "", name, suggest(name, list(RULES)))
    rules = JunkRules(enabled=tuple(rule for rule in RULES if rule in names) if names else tuple(RULES))
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if key not in THRESHOLDS or not equals:
            raise InputError("--set", "", assignment, f"THRESHOLD=VALUE with {suggest(key, list(THRESHOLDS))}")
        rules = replace(rules, **{key: _read_value(key, text)})  # type: ignore[arg-type]
    return rules


def _read_value(key: str, text: str) -> float:
    option = THRESHOLDS[key]
    whole = isinstance(option.default, int)
    try:
        value = int(text) if whole else float(text)
    except ValueError as error:
        raise InputError("--set", key, text, "a whole number" if whole else "a number") from error
    if not option.low <= value <= option.high:  # nan is in no range
        raise InputError("--set", key, text, f"{option.low:g} to {option.high:g}")
    return value
