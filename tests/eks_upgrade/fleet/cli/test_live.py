"""`plan` against AWS as the rehearsal plays it: roles of two accounts, and one that is none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from include.eks_upgrade.fleet.cli.main import main
from include.eks_upgrade.fleet.cli.plan import read_clusters
from include.local_airflow.demo.scenarios import FLEET_FILE
from include.rehearsal.environment import Rehearsal
from include.rehearsal.fleet.build import build
from include.rehearsal.fleet.members import (
    ACCOUNTS,
    CENTRAL,
    CLOSED,
    MEMBERS,
    profiles,
    role_arn,
)

SHOPS = tuple(each for each in MEMBERS if each.name == "shop")

FILE = f"""\
accounts:
  - {{name: payments, id: "111111111111", role_arn: "{role_arn("payments")}", regions: [{CENTRAL}]}}
  - {{name: search, role_arn: "{role_arn("search")}", regions: [{CENTRAL}]}}
  - {{name: nobody, role_arn: "arn:aws:iam::999999999999:role/eks-fleet", regions: [{CENTRAL}]}}
target: {{newest_minus: 1}}
rings:
  - {{name: main, clusters: {{tags: {{ring: main}}}}}}
  - {{name: late}}
windows:
  - {{name: night, start: "0 1 * * *", duration_minutes: 240}}
"""


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    with Rehearsal() as made:
        build(made.world, SHOPS)
        yield made


def test_the_clusters_of_all_accounts_are_planned_and_a_broken_place_is_told(
    rehearsal: Rehearsal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in rehearsal.environment.items():
        monkeypatch.setenv(name, value)
    path, saved = tmp_path / "fleet.yaml", tmp_path / "found.json"
    path.write_text(FILE)
    dates = ["--from", "2026-11-26", "--until", "2026-11-27", "--width", "100"]
    assert main(["plan", "--file", str(path), "--save", str(saved), *dates]) == 0
    live = capsys.readouterr().out
    assert "payments/eu-central-1/shop" in live
    assert "search/eu-central-1/shop" in live
    assert "Could not be looked at: nobody eu-central-1" in live
    assert {each.title for each in read_clusters(saved).clusters} == {
        "payments/eu-central-1/shop",
        "search/eu-central-1/shop",
    }
    assert main(["plan", "--file", str(path), "--clusters", str(saved), *dates]) == 0
    assert capsys.readouterr().out == live


def test_the_rehearsals_profiles_lead_into_the_accounts_of_its_fleet_file(
    rehearsal: Rehearsal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = tmp_path / "aws-config"
    config.write_text(profiles())
    for name, value in {**rehearsal.environment, "AWS_CONFIG_FILE": str(config)}.items():
        monkeypatch.setenv(name, value)
    named = [word for each in ACCOUNTS | CLOSED for word in ("--profile", f"{each}={each}")]
    assert main(["plan", "--file", str(FLEET_FILE), "--width", "100", *named]) == 0
    told = capsys.readouterr().out
    assert "payments/eu-central-1/shop" in told
    assert "search/eu-central-1/shop" in told
    assert "Could not be looked at: closed eu-west-1" in told
