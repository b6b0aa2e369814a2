"""`python -m include.eks_upgrade.fleet plan`, offline: which cluster would run when, or why not."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from include.eks_upgrade.fleet.cli.main import main
from include.eks_upgrade.fleet.cli.plan import read_clusters
from include.eks_upgrade.fleet.cli.simulate import moments, plans
from include.eks_upgrade.fleet.cluster import FleetCluster, Found
from include.eks_upgrade.fleet.file.read import read_fleet_file
from tests.eks_upgrade.fleet.file.fleet_text import PATH, text_with

NIGHTS = "[{name: night, start: '0 1 * * *', duration_minutes: 120, zone: Europe/Berlin}]"
OFFERED = ("1.33", "1.34", "1.35", "1.36")


def cluster(name: str, version: str, **more: Any) -> FleetCluster:
    arn = f"arn:aws:eks:eu-west-1:111111111111:cluster/{name}"
    return FleetCluster(
        **{
            "arn": arn,
            "name": name,
            "account": "111111111111",
            "account_name": "payments",
            "region": "eu-west-1",
            "version": version,
            "update_minutes": (80.0,),
            **more,
        }
    )


def found(*clusters: FleetCluster) -> Found:
    return Found(clusters, (), {"eu-west-1": "1.36"}, {"eu-west-1": OFFERED})


@pytest.fixture
def clusters(tmp_path: Path) -> Path:
    path = tmp_path / "clusters.json"
    both = found(cluster("shop", "1.33"), cluster("a-cluster-with-a-rather-long-name", "1.35"))
    path.write_text(json.dumps(both.as_json()))
    return path


def fleet(tmp_path: Path, **keys: str) -> str:
    path = tmp_path / "fleet.yaml"
    path.write_text(text_with(**{"windows": NIGHTS, **keys}))
    return str(path)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_what_one_opening_has_done_the_next_begins_with() -> None:
    file = read_fleet_file(PATH, text_with(windows=NIGHTS))
    steps = list(plans(file, found(cluster("shop", "1.33")), day("2026-11-26"), day("2026-11-29")))
    assert [(one.from_version, one.hops) for plan in steps for one in plan.runs] == [
        ("1.33", ("1.34",)),
        ("1.34", ("1.35",)),
    ]
    assert [one.action for one in steps[2].clusters] == ["done"]


def test_an_opening_that_is_open_already_counts_from_the_beginning() -> None:
    file = read_fleet_file(PATH, text_with(windows=NIGHTS))
    begin = day("2026-11-26T00:30")
    assert moments(file, begin, day("2026-11-27T00:00")) == [begin]
    assert moments(file, begin, day("2026-11-27T00:01")) == [begin, day("2026-11-27T00:00")]


def test_two_windows_that_open_together_are_planned_once() -> None:
    twice = NIGHTS[:-1] + ", {name: other, start: '0 0 * * *', duration_minutes: 300}]"
    file = read_fleet_file(PATH, text_with(windows=twice))
    assert moments(file, day("2026-11-26T12:00"), day("2026-11-27T12:00")) == [day("2026-11-27")]


@pytest.mark.parametrize("width", [100, 80, 60, 40])
def test_every_opening_is_a_table_that_fits_the_width(
    width: int, tmp_path: Path, clusters: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["plan", "--file", fleet(tmp_path), "--clusters", str(clusters), "--width", str(width)]
    assert main([*argv, "--from", "2026-11-26", "--until", "2026-11-29"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert "--- Opening 1 of 3 ---" in text
    assert "payments/eu-west-1/shop" in text
    assert "After that every cluster is where it should be, if all goes well." in text


def test_what_is_left_is_named_at_the_end(
    tmp_path: Path, clusters: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["plan", "--file", fleet(tmp_path), "--clusters", str(clusters)]
    assert main([*argv, "--from", "2026-11-26", "--until", "2026-11-27"]) == 0
    assert "After that 1 cluster waits: payments/eu-west-1/shop." in capsys.readouterr().out


def test_a_frozen_opening_says_why_nothing_runs(
    tmp_path: Path, clusters: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = fleet(tmp_path, freezes="[{first: 2026-11-20, last: 2026-12-20, reason: big sale}]")
    argv = ["plan", "--file", file, "--clusters", str(clusters)]
    assert main([*argv, "--from", "2026-11-26", "--until", "2026-11-27"]) == 0
    printed = capsys.readouterr().out
    assert "0 to upgrade" in printed
    assert "big sale" in printed


def test_without_an_opening_it_says_so(
    tmp_path: Path, clusters: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["plan", "--file", fleet(tmp_path, windows=""), "--clusters", str(clusters)]
    assert main([*argv, "--from", "2026-11-26", "--until", "2026-11-27"]) == 0
    said = "No window opens from 2026-11-26 00:00 until 2026-11-27 00:00 UTC.\n"
    assert capsys.readouterr().out == said


def test_what_is_saved_is_read_again(tmp_path: Path, clusters: Path) -> None:
    again = tmp_path / "again.json"
    argv = ["plan", "--file", fleet(tmp_path), "--clusters", str(clusters), "--save", str(again)]
    assert main(argv) == 0
    assert read_clusters(again) == read_clusters(clusters)


def test_a_plain_list_of_clusters_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps([cluster("shop", "1.33").as_json()]))
    assert read_clusters(path).clusters == (cluster("shop", "1.33"),)


@pytest.mark.parametrize("text", ["", "no json", "7", '{"a": 1}', '[{"name": "x"}]', "[7]", "null"])
def test_a_file_without_clusters_ends_with_2(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    assert main(["plan", "--file", fleet(tmp_path), "--clusters", str(path)]) == 2
    assert f"{path}: it holds no clusters" in capsys.readouterr().err


def test_a_file_of_clusters_that_is_not_there_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--file", fleet(tmp_path), "--clusters", str(tmp_path / "no")]) == 1
    assert "No such file" in capsys.readouterr().err


def test_a_profile_of_an_account_that_is_none_ends_with_2_before_aws_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["plan", "--file", fleet(tmp_path), "--profile", "paymets=prod"]
    assert main(argv) == 2
    error = capsys.readouterr().err
    assert "--profile paymets: the fleet file has no account of this name" in error
    assert "write payments" in error


def test_a_place_that_cannot_be_reached_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    argv = ["plan", "--file", fleet(tmp_path), "--profile", "payments=no-such-profile"]
    assert main(argv) == 1
    error = capsys.readouterr().err
    assert error.startswith("payments eu-west-1: ")
    assert "no-such-profile" in error
    assert "not those of Airflow's connections: --profile ACCOUNT=PROFILE" in error
