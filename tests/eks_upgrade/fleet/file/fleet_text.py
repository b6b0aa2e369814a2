"""A small fleet file as text, and what is said of a text."""

from pathlib import Path

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.fleet.file.path import PROJECT
from include.eks_upgrade.fleet.file.read import read_fleet_file

PATH = PROJECT / "include" / "fleet.yaml"

BASE = {
    "accounts": "- {name: payments, id: '111111111111', regions: [eu-west-1]}",
    "target": "{newest_minus: 1}",
    "rings": "- {name: canary}",
}


def text_with(**keys: str) -> str:
    """The smallest right file with other or further keys; an empty value leaves a key out."""
    chosen = {key: value for key, value in {**BASE, **keys}.items() if value}
    return "".join(f"{key}:\n  {value}\n" for key, value in chosen.items())


def problems_of(text: str, path: Path = PATH) -> tuple[Problem, ...]:
    """All that is wrong with a text."""
    try:
        read_fleet_file(path, text)
    except Refused as error:
        return error.problems
    return ()


def said(text: str) -> str:
    """The same as lines."""
    return "\n".join(map(str, problems_of(text)))
