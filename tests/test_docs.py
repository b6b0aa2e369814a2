"""The documentation against the code: what exists is described, what is described exists."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
PAGES += sorted(DOCS.rglob("*.md"))


@cache
def parameters() -> dict[str, dict[str, Any]]:
    """Schema of each parameter of the DAG, its default among it."""
    from eks_upgrade_airflow.ui.params import upgrade_params

    return {
        name: {**param.schema, "default": param.value} for name, param in upgrade_params().items()
    }


PARAMETER_FIELDS = re.compile(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


def parameter_sections() -> dict[str, str]:
    return dict(PARAMETER_FIELDS.findall((DOCS / "parameters.md").read_text()))


def stated(section: str, field: str) -> str:
    (line,) = re.findall(rf"^- {field}: (.*(?:\n  .*)*)", section, re.MULTILINE)
    return str(line)


def test_every_parameter_has_its_heading_in_the_order_of_the_form() -> None:
    assert list(parameter_sections()) == list(parameters())


@pytest.mark.parametrize("name", sorted(parameter_sections()))
def test_a_parameter_is_described_with_its_true_default_and_bounds(name: str) -> None:
    section, schema = parameter_sections()[name], parameters()[name]
    default, bounds = stated(section, "Default"), stated(section, "Bounds")
    assert stated(section, "Example")
    value = schema["default"]
    if value in (None, "", [], {}):
        assert default.startswith(("empty", "none"))
    elif isinstance(value, bool):
        assert default == f"`{str(value).lower()}`"
    else:
        assert default.startswith(f"`{value}`")
    for key in ("minimum", "maximum", "exclusiveMinimum", "maxLength"):
        if key in schema:
            assert str(schema[key]) in bounds
    for word in filter(None, schema.get("enum") or ()):
        assert f"`{word}`" in bounds


FLEET_PARTS = {
    "FleetFile": "The top of the file",
    "Selector": "A selector",
    "Account": "`accounts`",
    "Organization": "`organization`",
    "Clusters": "`clusters`",
    "Target": "`target`",
    "Ring": "`rings`",
    "Threshold": "`threshold` of a ring",
    "Window": "`windows`",
    "Freeze": "`freezes`",
    "Bypass": "`bypasses`",
    "Override": "`overrides`",
    "Health": "`health`",
    "Probe": "`probes` of `health`",
    "Pod": "`pod` of `health`",
}


def fleet_rows(part: str) -> list[tuple[str, str]]:
    """Key and last column of the table that the page on fleets has for a part of the file."""
    text = (DOCS / "fleet.md").read_text()
    (section,) = re.findall(
        rf"^### {re.escape(FLEET_PARTS[part])}\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL
    )
    return re.findall(r"^\| `(\w+)` \| .* \| ([^|]*) \|$", section, re.MULTILINE)


def test_every_part_of_the_fleet_file_has_its_chapter() -> None:
    from include.eks_upgrade.fleet.file.schema import schema

    assert {"FleetFile", *schema()["$defs"]} == set(FLEET_PARTS)


@pytest.mark.parametrize("part", FLEET_PARTS)
def test_every_key_of_the_fleet_file_is_described_with_its_true_default(part: str) -> None:
    from include.eks_upgrade.fleet.file import model

    fields, rows = getattr(model, part).model_fields, fleet_rows(part)
    assert [key for key, _ in rows] == list(fields)
    for key, without in rows:
        default = fields[key].default
        if fields[key].is_required():
            assert without == "has to be given", key
        elif isinstance(default, bool):
            assert without == f"`{str(default).lower()}`", key
        elif isinstance(default, int | float) or (default and isinstance(default, str)):
            assert without == f"`{default}`", key
        else:
            assert without, key
            assert not without.startswith("has to"), key


def test_the_page_on_fleets_names_every_command_of_its_command_line() -> None:
    from include.eks_upgrade.fleet.cli.main import COMMANDS

    named = re.findall(
        r"^    \.venv/bin/python -m include\.eks_upgrade\.fleet (\w+)",
        (DOCS / "fleet.md").read_text(),
        re.MULTILINE,
    )
    assert set(named) == set(COMMANDS)


def error_classes() -> set[str]:
    tree = ast.parse((ROOT / "include/eks_upgrade/common/errors.py").read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {each.name for each in classes if each.bases}


def test_every_error_has_its_heading_in_the_runbook_and_no_other() -> None:
    text = (DOCS / "runbook.md").read_text().split("## Continue")[0]
    assert set(re.findall(r"^### (\w+)$", text, re.MULTILINE)) == error_classes()


def test_no_error_class_hides_outside_the_tree() -> None:
    known = error_classes()
    for path in (ROOT / "include/eks_upgrade").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and path.name != "errors.py":
                assert not {ast.unparse(base) for base in node.bases} & known, path


def make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text()
    return set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))


def test_the_readme_lists_every_make_target() -> None:
    text = (ROOT / "README.md").read_text()
    assert set(re.findall(r"^\| `make ([a-z-]+)` \|", text, re.MULTILINE)) == make_targets()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"(?:`|^    )make ([a-z-]+)", page.read_text(), re.MULTILINE))
    assert named <= make_targets()


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 150


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each).strip().lower().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target


def test_every_page_of_the_documentation_is_reached_from_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    assert all(f"(docs/{page.name})" in text for page in DOCS.glob("*.md"))


def test_every_decision_is_reached_from_their_index() -> None:
    decisions = {page.name for page in (DOCS / "decisions").glob("*.md")} - {"README.md"}
    index = (DOCS / "decisions/README.md").read_text()
    assert len(decisions) >= 7
    assert set(re.findall(r"^\| \[.+\]\(([\w-]+\.md)\) \|", index, re.MULTILINE)) == decisions


def test_the_report_quotes_a_heading_that_the_runbook_has() -> None:
    quoted = re.findall(
        r'"(Release: [^"]+)"', (ROOT / "include/eks_upgrade/report/standing.py").read_text()
    )
    headings = re.findall(r"^## (.+)$", (DOCS / "runbook.md").read_text(), re.MULTILINE)
    assert quoted
    assert set(quoted) <= set(headings)


def test_the_release_by_hand_names_the_very_marks_the_fence_leaves() -> None:
    from include.eks_upgrade.kube.objects import (
        BUDGETS_PASSED,
        CORDONED_BY,
        EXCLUDED,
        EXCLUDED_AT,
        EXCLUDED_BY,
    )
    from include.eks_upgrade.nodes.managed.marks import EFFECT, KEY, Cap, taint

    text = (DOCS / "runbook.md").read_text()
    assert f"key={KEY},value=VALUE,effect={EFFECT}" in text
    assert f"{KEY}-\n" in text
    assert f"`{taint(Cap(10, 2))['value']}`" in text
    assert f"`{CORDONED_BY}`" in text
    assert f" {CORDONED_BY}- {BUDGETS_PASSED}-\n" in text
    assert f"`{EXCLUDED_BY}`" in text
    assert f" {EXCLUDED}-\n" in text
    assert f" {EXCLUDED_BY}- {EXCLUDED_AT}-\n" in text


def test_every_task_a_page_sends_people_to_exists() -> None:
    from eks_upgrade_airflow.run.stages import STAGES

    pattern = r"`((?:control_plane|node_group)\.(?!py)[\w.]+)`"
    named = {each for page in PAGES for each in re.findall(pattern, page.read_text())}
    assert len(named) >= 4
    assert named <= set(STAGES)


def test_every_stage_the_report_sends_people_to_has_its_task() -> None:
    from eks_upgrade_airflow.run.stages import TASKS

    from include.eks_upgrade.report.advice import REPEATED_FROM

    assert {*REPEATED_FROM, *REPEATED_FROM.values()} <= set(TASKS)


def test_the_example_of_a_stage_in_the_runbook_is_worded_as_the_library_words_it() -> None:
    from eks_upgrade_airflow.run.stages import TASKS

    from include.eks_upgrade.common.stages import Stage

    text = (DOCS / "runbook.md").read_text()
    assert f'"repeat {Stage.DRAIN.title}"' in text
    assert f"clear `{TASKS[Stage.DRAIN]}` with its downstream tasks" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_dag_a_page_names_exists(page: Path) -> None:
    text = page.read_text()
    if page.name == "CHANGELOG.md":  # it also says what was called otherwise before
        text = text.replace("The DAG `eks_upgrade_undo` is now", "")
    named = set(re.findall(r"DAG `(\w+)`|`(eks_upgrade_(?!airflow|plugin)\w+)`", text))
    dags = "".join(file.read_text() for file in (ROOT / "dags").rglob("*.py"))
    known = set(re.findall(r'dag_id="(\w+)"', dags))
    assert {one or other for one, other in named} <= known


LIBRARY, PLUGIN = ROOT / "include/eks_upgrade", ROOT / "plugins/eks_upgrade_airflow"


def rooms_of(package: Path) -> set[Path]:
    """Its own modules and folders."""
    tops = {package / file.relative_to(package).parts[0] for file in package.rglob("*.py")}
    return {path for path in tops if not path.name.startswith("__")}


def named_paths() -> dict[str, list[Path]]:
    """By path as the page on architecture writes it: where that is, seen from each root."""
    text = (DOCS / "architecture.md").read_text()
    written = re.findall(r"`([\w./-]+)`", text)
    return {
        path: [root / path for root in (ROOT, LIBRARY, PLUGIN) if (root / path).exists()]
        for path in written
        if "/" in path or path.endswith((".py", ".toml", ".txt"))
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_a_page_names_by_its_whole_path_exists(page: Path) -> None:
    paths = re.findall(r"`((?:include|plugins|tests|docs|benchmarks)/[\w./-]+)`", page.read_text())
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_path_on_the_page_of_architecture_exists() -> None:
    paths = named_paths()
    assert len(paths) > 60
    assert [path for path, found in paths.items() if not found] == []
    for path, found in paths.items():
        assert all(each.is_dir() == path.endswith("/") for each in found), path


def test_every_room_has_its_line_on_the_page_of_architecture() -> None:
    described = {each.resolve() for found in named_paths().values() for each in found}
    assert {*rooms_of(LIBRARY), *rooms_of(PLUGIN)} - described == set()


@pytest.mark.parametrize("container", ["include.eks_upgrade", "eks_upgrade_airflow"])
def test_the_page_of_architecture_draws_the_layers_that_are_checked(container: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each.get("containers") == [container])
    drawn = "\n".join("    " + "  ".join(re.findall(r"\w+", layer)) for layer in layers)
    assert f"\n\n{drawn}\n\n" in (DOCS / "architecture.md").read_text()


def test_the_words_and_names_on_the_page_of_architecture_are_those_of_the_code() -> None:
    text = (DOCS / "architecture.md").read_text()
    files = [*LIBRARY.rglob("*.py"), *PLUGIN.rglob("*.py")]
    code = "\n".join(file.read_text() for file in files)
    words = set(re.findall(r"\*\*([A-Z][A-Za-z]+)\*\*(?=[:,])", text.split("## Words")[1]))
    names = set(re.findall(r"`([A-Z][a-z]\w+)`", text))
    assert {"Plan", "Problem", "Stage", "StepResult", "Outcome", "Block"} <= words
    for name in (words | names) - {"Fence"}:  # the fence is a function
        assert re.search(rf"^(?:class {name}\b|{name} = )", code, re.MULTILINE), name


def test_every_assumption_says_what_happens_when_it_is_wrong() -> None:
    sections = re.split(r"^## ", (DOCS / "assumptions.md").read_text(), flags=re.MULTILINE)[1:]
    assert len(sections) >= 8
    assert all("**If wrong**" in section for section in sections)
