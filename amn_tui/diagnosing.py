"""diagnose: read a run, run the debug actions beside each other, say what is wrong and what to type next."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from amn_tui.run.claim import say_incomplete
from amn_tui.run.diagnosis.actions import ActionRun, DebugAction, list_actions
from amn_tui.run.diagnosis.evidence import ActionResult, Evidence, read_evidence
from amn_tui.run.diagnosis.page import print_diagnosis, shape_diagnosis
from amn_tui.run.diagnosis.ranking import add_action, diagnose
from amn_tui.run.folder import RunFolder, check_readable
from amn_tui.run.session import read_run
from checks.errors import InputError

HEALTHY, WRONG = 0, 3


def diagnose_run(path: Path, *, quick: bool, as_json: bool, patience_s: float) -> int:
    """Print the diagnosis of a run; return 0 when nothing is wrong, else 3. Raises InputError for what is no run."""
    check_readable(path)
    path = path.absolute()
    if words := say_incomplete(RunFolder(path)):
        raise InputError(path, "", words, "a run")
    run = read_run(path)
    evidence = read_evidence(run)
    actions = list_actions(evidence)
    if not quick:
        evidence = run_actions(evidence, actions, patience_s)
    found = diagnose(run, evidence)
    if as_json:
        sys.stdout.write(json.dumps(shape_diagnosis(found), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in print_diagnosis(found, actions)))
    return WRONG if found.problems else HEALTHY


def run_actions(evidence: Evidence, actions: tuple[DebugAction, ...], patience_s: float) -> Evidence:
    """Run all actions at once, and add what they found in their own order; Ctrl-C ends every child."""
    runs = [ActionRun(action) for action in actions]
    with ThreadPoolExecutor(len(runs)) as pool:
        try:
            results: list[ActionResult] = list(pool.map(lambda run: run.finish(patience_s), runs))
        except BaseException:
            for run in runs:
                run.cancel()
            raise
    for result in results:
        evidence = add_action(evidence, result)
    return evidence
