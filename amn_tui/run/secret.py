"""Secrets on a command line: masked wherever it is written or shown, and handed on to the guard beside the files."""

import json
import os
import re
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any

from checks.errors import InputError

MASK = "***"
COMMAND_VARIABLE = "AMN_COMMAND"  # the whole command, where its plan has a masked one; never the trainer's
_NAME = r"(?:token|secret|passw(?:or)?d|passphrase|(?:api|access|private)[-_]?key|credentials?|webhook(?:[-_]url)?)"
_IS_NAME = re.compile(rf"(?i)(?:^|[-_.]){_NAME}$")
# NAME=VALUE, --name VALUE and NAME: VALUE also within one word, such as the script of sh -c or the query of a URL.
_GIVEN = re.compile(rf"(?i)((?:^|[^A-Za-z0-9])(?:[\w.]+[-_.])?{_NAME}[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s&;\"']+)")
_OPTION = re.compile(rf"(?i)((?:^|\s)--?(?:[\w.]+[-_.])*{_NAME}\s+)(\"[^\"]*\"|'[^']*'|(?!-)\S+)")
_BEARER = re.compile(r"(?i)(\b(?:bearer|basic)\s+)[\w.~+/=-]+")
_LOGIN = re.compile(r"(?<=://)[^/\s@]+(?=@)")
_HOOK = re.compile(r"(?<=://)(hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)/[^\s\"']+")
_SHAPE = re.compile(r"\b(?:hf_|sk-|gh[pousr]_|github_pat_|xox[abeprs]-|glpat-|AKIA)[A-Za-z0-9_-]{12,}")


def mask_text(text: Any) -> Any:
    """Return a text in which what looks like a secret is masked; what is no text as it is."""
    if not isinstance(text, str):
        return text
    for pattern in (_GIVEN, _OPTION, _BEARER):
        text = pattern.sub(rf"\g<1>{MASK}", text)
    text = _LOGIN.sub(MASK, text)
    return _SHAPE.sub(MASK, _HOOK.sub(rf"\g<1>/{MASK}", text))


def mask_argv(argv: Sequence[str]) -> tuple[str, ...]:
    """Return a command line that may be shown: values of --token and its like, logins in URLs, known shapes of keys."""
    masked: list[str] = []
    hide = False
    for part in argv:
        name, equals, _ = part.partition("=")
        if hide and not part.startswith("--"):
            masked.append(MASK)
        elif equals and " " not in name and _IS_NAME.search(name):
            masked.append(f"{name}={MASK}")
        else:
            masked.append(mask_text(part))
        hide = part.startswith("-") and not equals and bool(_IS_NAME.search(part))
    return tuple(masked)


def hand_on_command(argv: Sequence[str], environment: MutableMapping[str, str]) -> None:
    """Let a process with this environment know the command, where the plan that it reads has a masked one."""
    if MASK in " ".join(mask_argv(argv)):
        environment[COMMAND_VARIABLE] = json.dumps(list(argv))


def recall_command(
    argv: tuple[str, ...], source: Path, environment: MutableMapping[str, str] = os.environ
) -> tuple[str, ...]:
    """Return the command whose masked form is `argv`; raises InputError where nobody handed it on."""
    handed = environment.pop(COMMAND_VARIABLE, "")
    if MASK not in " ".join(argv):
        return argv
    try:
        whole = tuple(map(str, json.loads(handed)))
    except ValueError:
        whole = ()
    if mask_argv(whole) != argv:
        refuse_masked(argv, source, "prepared.argv")
    return whole


def refuse_masked(argv: Sequence[str], source: Path, key: str) -> None:
    """Raise InputError for a command whose secrets were left out when it was written down."""
    for number, part in enumerate(argv):
        if MASK in part:
            expected = (
                "the secret itself, which no run folder keeps: give the command again, or the secret by a variable"
            )
            raise InputError(source, f"{key}[{number}]", part, expected)
