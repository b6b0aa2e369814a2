"""A copy of this project with no more than production gets: its folders, and its pinned packages.

The folders are those that docker-compose.yaml mounts. The packages are those of
requirements-runtime.txt, in a virtual environment of links to the installed files: made in a
second, without a network, and whatever is not pinned there cannot be imported or discovered.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
SITE = Path(sysconfig.get_path("purelib"))
IN_THE_IMAGE = "/opt/airflow"


@dataclass(frozen=True)
class ProductionCopy:
    """The copy, and how to run something in it.

    Attributes:
        folder: the root of the copied project.
        python: the interpreter that has production's packages alone.
        settings: the whole environment of its processes.
    """

    folder: Path
    python: Path
    settings: dict[str, str]

    @property
    def database(self) -> Path:
        """The SQLite file; there once `airflow db migrate` has run."""
        return self.folder / "airflow.db"

    def run(self, *arguments: str, seconds: float = 60) -> str:
        """Run Python with these arguments; AssertionError with its last words when it fails."""
        done = subprocess.run(
            [str(self.python), *arguments],
            cwd=self.folder,
            env=self.settings,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        return done.stdout


def requirements(name: str) -> list[Requirement]:
    """The requirements in a file, without comments and without lines like `-r other.in`."""
    lines = (line.strip() for line in (ROOT / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


def pinned(name: str) -> dict[str, Requirement]:
    """What a file pins for this interpreter and platform, by canonical name."""
    return {
        canonicalize_name(each.name): each
        for each in requirements(name)
        if each.marker is None or each.marker.evaluate()
    }


def make_copy(home: Path) -> ProductionCopy:
    """Copy the code and link the packages below `home`."""
    folder = home / "airflow"
    for source in mounted_code():
        copy_code(ROOT / source, folder / source)
    environment = home / "venv"
    venv.create(environment, symlinks=True)
    (site,) = environment.glob("lib/python*/site-packages")
    link_packages(site, pinned("requirements-runtime.txt"))
    return ProductionCopy(folder, environment / "bin" / "python", settings_in(folder))


def mounted_code() -> list[str]:
    """What docker-compose.yaml mounts read-only, relative to the project's root."""
    mounts = (mount.split(":") for mount in triggerer()["volumes"])
    return [source.removeprefix("./") for source, *rest in mounts if rest[-1] == "ro"]


def triggerer() -> dict[str, Any]:
    """One component of docker-compose.yaml: all mount the same and see the same settings."""
    text = (ROOT / "docker-compose.yaml").read_text()
    service: dict[str, Any] = yaml.safe_load(text)["services"]["triggerer"]
    return service


def copy_code(source: Path, target: Path) -> None:
    """Copy a file, or a folder without what Python left in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def settings_in(folder: Path) -> dict[str, str]:
    """The compose file's own paths, in the copy; SQLite instead of services that are not here."""
    names = ("PYTHONPATH", "AIRFLOW__CORE__DAGS_FOLDER", "AIRFLOW__CORE__PLUGINS_FOLDER")
    composed = triggerer()["environment"]
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow.db'}",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **{name: composed[name].replace(IN_THE_IMAGE, str(folder)) for name in names},
    }


def link_packages(target: Path, pins: dict[str, Requirement]) -> None:
    """Link the installed files of these packages, and of no others, into a `site-packages`.

    A folder that belongs to them alone is one link; one that others share, such as
    `airflow/providers`, is made anew and looked into.

    Raises:
        AssertionError: one of them is not installed, or not at its pinned version.
    """
    installed = {canonicalize_name(each.name): each for each in distributions(path=[str(SITE)])}
    assert set(pins) <= set(installed), f"not installed: {sorted(set(pins) - set(installed))}"
    for name, pin in pins.items():
        assert installed[name].version in pin.specifier, f"another version than {pin}"
    owners: dict[Path, set[str]] = defaultdict(set)
    for name, distribution in installed.items():
        for file in files_of(distribution):
            for path in (file, *file.parents):
                owners[path].add(name)
    link_folder(Path(), target, owners, set(pins))


def files_of(distribution: Distribution) -> Iterator[Path]:
    """Its files in `site-packages`, not the commands in `bin`."""
    for file in distribution.files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts:
            yield Path(file)


def link_folder(folder: Path, target: Path, owners: dict[Path, set[str]], names: set[str]) -> None:
    """Link what is in one folder of `site-packages`, given who owns each path."""
    for entry in sorted((SITE / folder).iterdir()):
        path = folder / entry.name
        if not owners.get(path, set()) & names:
            continue
        if owners[path] <= names or entry.is_file():
            (target / path).symlink_to(entry)
        else:
            (target / path).mkdir()
            link_folder(path, target, owners, names)
    link_compiled(folder, target)


def link_compiled(folder: Path, target: Path) -> None:
    """Link what is compiled already: compiling the files of a shared folder takes a minute."""
    for entry in (SITE / folder / "__pycache__").glob(f"*.{sys.implementation.cache_tag}.pyc"):
        if (target / folder / f"{entry.name.split('.')[0]}.py").is_symlink():
            cache = target / folder / "__pycache__"
            cache.mkdir(exist_ok=True)
            (cache / entry.name).symlink_to(entry)
