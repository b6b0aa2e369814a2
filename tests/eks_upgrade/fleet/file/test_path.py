"""Where the fleet file is looked for."""

from pathlib import Path

import pytest

from include.eks_upgrade.fleet.file.path import PROJECT, fleet_file, shown

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    ("environment", "variable", "expected"),
    [
        pytest.param("", "", ROOT / "include/fleet.yaml", id="the default"),
        pytest.param("conf/a.yaml", "conf/b.yaml", ROOT / "conf/a.yaml", id="environment first"),
        pytest.param("", "conf/b.yaml", ROOT / "conf/b.yaml", id="then Airflow's Variable"),
        pytest.param("  ", " conf/b.yaml\n", ROOT / "conf/b.yaml", id="blanks are nothing"),
        pytest.param("/etc/fleet.yaml", "", Path("/etc/fleet.yaml"), id="an absolute path"),
        pytest.param("~/fleet.yaml", "", Path.home() / "fleet.yaml", id="a home"),
    ],
)
def test_the_environment_wins_over_the_variable_and_that_over_the_default(
    environment: str, variable: str, expected: Path
) -> None:
    assert fleet_file({"EKS_FLEET_FILE": environment, "HOME": "/nowhere"}, variable) == expected


def test_without_the_environments_variable_it_is_as_if_it_were_empty() -> None:
    assert fleet_file({}) == PROJECT / "include/fleet.yaml"


def test_a_path_in_the_project_is_shown_from_its_root() -> None:
    assert shown(PROJECT / "include/fleet.yaml") == "include/fleet.yaml"
    assert shown(Path("/etc/fleet.yaml")) == "/etc/fleet.yaml"
