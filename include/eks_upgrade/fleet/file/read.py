"""From the text of the fleet file to the typed file, or to all that is wrong with it."""

from pathlib import Path

import yaml

from include.eks_upgrade.fleet.file.model import FleetFile


def read_fleet_file(path: Path, text: str | None = None) -> FleetFile:
    """The file at `path`; with `text`, that is read and the path stands in messages only.

    Raises:
        Refused: it cannot be used; every problem is named with its line.
    """
    if text is None:
        text = path.read_text(encoding="utf-8")
    return FleetFile.model_validate(yaml.load(text, yaml.BaseLoader))  # noqa: S506 - only texts
