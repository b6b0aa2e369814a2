"""`python -m include.eks_upgrade.fleet check` and `schema`, as a person calls them."""

from pathlib import Path

import pytest

from include.eks_upgrade.fleet.cli.main import main
from include.eks_upgrade.fleet.file.schema import schema_text
from tests.eks_upgrade.fleet.file.fleet_text import text_with


def test_the_example_that_ships_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("include/fleet.yaml is right: 3 accounts, 4 rings, 3 windows")
    assert printed.err == ""


def test_a_wrong_file_ends_with_2_and_all_its_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(text_with(target="{version: 1.30}", rings="[{name: a, at_once: 150%}]"))
    assert main(["check", "--file", str(path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"1. {path}, line 4, target.version: " in printed.err
    assert f"2. {path}, line 6, rings[0].at_once: " in printed.err


def test_a_file_that_is_not_there_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--file", str(tmp_path / "none.yaml")]) == 2
    assert "there is no such file" in capsys.readouterr().err


def test_what_is_over_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(text_with(bypasses="[{clusters: {}, until: 2020-01-01T00:00Z, reason: x}]"))
    assert main(["check", "--file", str(path)]) == 0
    assert "line 8, bypasses[0]: it is over since 2020-01-01" in capsys.readouterr().err


def test_the_environment_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(text_with())
    monkeypatch.setenv("EKS_FLEET_FILE", str(path))
    assert main(["check"]) == 0
    assert capsys.readouterr().out.startswith(f"{path} is right: 1 account, 1 ring")


def test_the_schema_is_written_where_it_is_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "schema.json"
    assert main(["schema", "--out", str(path)]) == 0
    assert path.read_text() == schema_text()
    assert capsys.readouterr().out == f"{path}\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        pytest.param(["chek"], "is check meant?", id="a misspelt command"),
        pytest.param(["check", "--fil", "x"], "is --file meant?", id="a misspelt flag"),
        pytest.param([], "COMMAND", id="nothing"),
        pytest.param(["plan", "--until", "soon"], "'soon' is no day", id="no day"),
        pytest.param(["plan", "--from", "2027-01-02", "--until", "2027-01-01"], "after", id="back"),
        pytest.param(["plan", "--until", "2099-01-01"], "366 days at most", id="a century"),
        pytest.param(["plan", "--from", "0001-01-01"], "'0001-01-01' is too far", id="year 1"),
        pytest.param(["plan", "--profile", "payments"], "ACCOUNT=PROFILE", id="no profile"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_what_was_meant(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(argv)
    assert raised.value.code == 2
    assert said in capsys.readouterr().err
