"""What `plan` prints: the table of each opening, and what is left to do after the last."""

import json
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Problem, Refused, refusal
from include.eks_upgrade.common.text import first_few, nearest
from include.eks_upgrade.fleet.cluster import FleetCluster, Found
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, FleetPlan
from include.eks_upgrade.fleet.table import table

WIDEST = 100
"""Longer lines are hard to read, however wide the terminal is."""


def columns(asked: int | None) -> int:
    """How wide to print."""
    return asked or min(WIDEST, shutil.get_terminal_size((80, 24)).columns)


def lines_of(plans: Sequence[FleetPlan], width: int) -> Iterator[str]:
    """The lines, a blank and a rule between openings."""
    for number, plan in enumerate(plans, 1):
        yield f"--- Opening {number} of {len(plans)} ".ljust(width, "-")[:width]
        yield from table(plan, width)
        yield ""
    if plans:
        yield from _sentence(_left(plans[-1]), width)


def _left(last: FleetPlan) -> str:
    left = [each.title for each in last.clusters if each.wanted not in {"", _reached(each)}]
    if not left:
        return "After that every cluster is where it should be, if all goes well"
    return (
        f"After that {counted(len(left), 'cluster waits', 'clusters wait')}: {first_few(left, 20)}"
    )


def _reached(cluster: ClusterPlan) -> str:
    """Its minor after the opening."""
    goes = cluster.action is Action.RUN and cluster.promised
    return cluster.to_version if goes else cluster.from_version


def _sentence(text: str, width: int) -> list[str]:
    return textwrap.wrap(f"{text}.", width, subsequent_indent="  ", break_on_hyphens=False)


def read_clusters(path: Path) -> Found:
    """Clusters of a file: what `--save` writes, or a list of `FleetCluster.as_json`.

    Raises:
        Refused: it holds something else.
        OSError: it cannot be read.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(raw, list):
            return Found(tuple(FleetCluster.from_json(each) for each in raw))
        return Found.from_json(raw)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"it holds no clusters: {type(error).__name__}: {error}"
        remedy = "let `plan --save FILE` write it, or give a list of clusters"
        raise refusal("The clusters cannot be read", str(path), what, remedy) from error


def check_profiles(profiles: dict[str, str], file: FleetFile, others: Sequence[str]) -> None:
    """Refuse profiles of accounts that the file does not have.

    Raises:
        Refused: all of them.
    """
    known = [*(account.name for account in file.accounts), *others]
    problems = [_unknown(name, known) for name in profiles if name not in known]
    if problems:
        raise Refused("The profiles cannot be used", problems)


def _unknown(name: str, known: Sequence[str]) -> Problem:
    meant = nearest(name, known)
    remedy = f"write {meant}" if meant else f"there are {first_few(known, 20)}"
    return Problem(f"--profile {name}", "the fleet file has no account of this name", remedy)


def save(found: Found, path: Path) -> None:
    """Write what was found, for `--clusters`."""
    plain: dict[str, Any] = found.as_json()
    path.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
