"""Parameters are data: whatever is typed, it is refused or harmless, and never run or rendered."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, Param
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator
from eks_upgrade_airflow.operators.release import EksReleaseLookOperator
from eks_upgrade_airflow.operators.report import EksUpgradeReportOperator
from eks_upgrade_airflow.run.report_store import Form, ReportStore
from eks_upgrade_airflow.ui.params import upgrade_params
from eks_upgrade_airflow.ui.release_params import release_params

from include.eks_upgrade.planning.preflight.rules.options import early_problems
from include.eks_upgrade.request import UpgradeRequest
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.real.outside import World
from tests.airflow.worker import Run, environment, parameters

REPO = Path(__file__).resolve().parents[3]
CLUSTER, REGION = "shop", "eu-west-1"

HOSTILE = {
    "shell": "x; touch pwned #$(touch pwned)`touch pwned`",
    "template": "{{ 7 * 191 }}{% for each in ().__class__.__mro__ %}{{ each }}{% endfor %}",
    "format string": "{version.__class__.__mro__}{0}%s",
    "path": "../../../pwned",
    "absolute path": "/tmp/pwned",
    "another host": "x.example.com/#",
    "new line": "x\r\nHost: example.com\r\n\r\n",
    "very long": "x" * 10_000,
    "unicode": "п\u202eрод\U0001f9e8",
    "markup": "<script>alert(1)</script>|`x`",
}
RENDERED = ("1337", "<class", "uid=")
"""What would stand in a message if something of it had been carried out."""


def texts(params: Mapping[str, Param]) -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Each parameter that takes any text, and how one is put into it."""
    for name, param in params.items():
        kinds = param.schema["type"]
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "enum" not in param.schema and {"string", "array"} & set(kinds):
            items = param.schema.get("items", {}).get("type", "")
            listed = "object" if items == "object" else "array"
            yield name, WAYS[listed if "array" in kinds else "string"]


WAYS: Mapping[str, Callable[[str], Any]] = {
    "string": lambda text: text,
    "array": lambda text: [text],
    "object": lambda text: [dict.fromkeys(("check", "object", "reason", "until"), text)],
}
"""How a text gets into a parameter; the object is a waiver's."""


def table(params: Mapping[str, Param]) -> list[Any]:
    return [
        pytest.param(name, put(value), id=f"{name}: {kind}")
        for name, put in texts(params)
        for kind, value in HOSTILE.items()
    ]


def test_the_text_parameters_are_those() -> None:
    names = [name for name, _ in texts(upgrade_params() | release_params())]
    cluster = "cluster_name region target_version aws_conn_id role_arn node_groups canary_group"
    images = "ami_name_pattern ami_owner ami_id"
    test = "image command namespace service_account"
    tested = [f"smoke_test_{name}" for name in test.split()]
    asks = ["approvals", "approvers"]
    expected = [*cluster.split(), "nodes_at_once", *images.split(), "waivers", *tested, *asks]
    expected.append("lock_holder")
    assert names == expected


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Rehearsal(speed=0.0) as rehearsal, pytest.MonkeyPatch.context() as patch:
        scene = plain(
            rehearsal.world,
            CLUSTER,
            "1.33",
            1,
            PlainOptions(template_family="al2023", addons={}),
        )
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        yield World(rehearsal, scene)
        assert rehearsal.clock.failures == []


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the current one, in which nothing is to appear."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changes(world: World) -> int:
    return sum(each.done for each in world.rehearsal.world.journal.changes())


def told_by(run: Run, kind: type[Any], **arguments: Any) -> str:
    """The refusal, or what was found."""
    try:
        return json.dumps(run.do("task", kind, **arguments))
    except AirflowFailException as refusal:
        return str(refusal)


def given(name: str, value: Any) -> dict[str, Any]:
    """Parameters of a run, with what `name` needs beside it."""
    used = {"ami_name_pattern": "name_pattern", "ami_owner": "name_pattern", "ami_id": "image_id"}
    made: dict[str, Any] = {"cluster_name": CLUSTER, "region": REGION, name: value}
    if name in used:
        made["ami_source"] = used[name]
    if name == "ami_owner":
        made["ami_name_pattern"] = "amazon-eks-*{version}*"
    return parameters(**made)


def refusal(name: str, value: Any) -> str:
    """What the plan says to it before it asks AWS anything."""
    return str(early_problems(UpgradeRequest.from_params(given(name, value))))


def refused_early() -> set[str]:
    """The parameters that are refused whatever of HOSTILE stands in them."""
    rows = [row.values for row in table(upgrade_params())]
    passed = {name for name, value in rows if name not in refusal(name, value)}
    return {name for name, _ in rows} - passed


def rows_for_plans() -> list[Any]:
    """What comes as far as AWS, whole; of what is refused before, a row for each parameter."""
    early = refused_early()
    rows = table(upgrade_params())
    return [row for row in rows if row.values[0] not in early or row.id.endswith(": template")]


def test_most_parameters_are_refused_before_aws_is_asked_and_nothing_is_rendered() -> None:
    rows = [row.values for row in table(upgrade_params())]
    assert not [word for row in rows for word in RENDERED if word in refusal(*row)]
    expected = {"region", "target_version", "role_arn", "ami_id", "smoke_test_image", "approvals"}
    assert expected <= refused_early()


@pytest.mark.parametrize(("name", "value"), rows_for_plans())
def test_the_plan_refuses_it_or_does_as_if_it_was_not_there(
    world: World, here: Path, name: str, value: Any
) -> None:
    before = changes(world)
    # Also where the form would refuse it: runs can be triggered by code.
    run = Run(given(name, value))
    told = told_by(run, EksPlanUpgradeOperator, options=run.params)
    assert "Remedy: " in told
    assert not [word for word in RENDERED if word in told]
    assert changes(world) == before
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(("name", "value"), [p for p in table(release_params()) if "lock" in p.id])
def test_an_undo_takes_it_for_a_name_that_nobody_has(
    world: World, here: Path, name: str, value: Any
) -> None:
    run = Run(parameters(cluster_name=CLUSTER, region=REGION))
    before = changes(world)
    found = json.loads(told_by(run, EksReleaseLookOperator, **{name: value}))
    assert found["data"]["lifts"] == []
    assert changes(world) == before
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_an_undo_refuses_a_node_group_of_that_name(world: World, value: str) -> None:
    run = Run(parameters(cluster_name=CLUSTER, region=REGION))
    assert "correct node_groups" in told_by(run, EksReleaseLookOperator, node_groups=[value])


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_report_stays_in_its_folder_and_shows_it_as_text(
    world: World, here: Path, value: str
) -> None:
    folder = here / "deep" / "reports"
    run = Run(parameters(cluster_name=value, region=REGION), run_id=f"manual__{value}")
    found = run.do("report", EksUpgradeReportOperator, folder=str(folder))
    written = sorted(path for path in here.rglob("*") if path.is_file())
    assert {path.parent.parent for path in written} == {folder}
    # Both forms, and their row in the list of reports.
    row = Path(found["data"]["html"]).with_suffix(".json")
    assert {str(path) for path in written} == {*found["data"].values(), str(row)}
    page = Path(found["data"]["html"]).read_text("utf-8")
    assert "<script>" not in page
    assert "1337" not in page


@pytest.mark.parametrize("name", ["..", ".", "", "/", "a/../../b", "\x00", "CON", "x" * 500])
def test_no_name_leads_a_report_out_of_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "reports"
    ReportStore(str(folder)).write(name, name, Form.HTML, "x")
    (written,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written.resolve().parent.parent == folder.resolve()


# --- rendering ------------------------------------------------------------------------------------


class Pulled:
    """A task instance that answers every pull with the same text, in the form it is wanted in."""

    map_index = 0
    run_id = "manual__1"

    def __init__(self, text: str) -> None:
        self.text = text
        self.group = {
            "nodegroup_name": text,
            "replacement_name": text,
            "to_version": "1.26",
            "planned_image_id": "",
            "before": {},
        }
        self.way_back = {
            **{key: self.group[key] for key in ("nodegroup_name", "replacement_name")},
            "to_version": "1.26",
            "desired_nodes": 2,
        }
        # AWS's own names, and a word of a list: Airflow renders what `expand_kwargs` gives to a
        # mapped task, so nothing that a person may type freely can stand in there.
        self.addon = {
            "addon_name": "vpc-cni",
            "addon_versions": ["v1.19.0-eksbuild.1"],
            "resolve_conflicts": "NONE",
        }

    def xcom_pull(self, task_ids: Any = None, key: str = "return_value", **_: Any) -> Any:
        if key != "return_value":
            return self.text
        if str(task_ids) == "list_node_groups":
            return [self.group]
        if str(task_ids) == "list_ways_back":
            return [self.way_back]
        return [self.addon] if str(task_ids).startswith("list_") else {"schema": 2}

    def get_relevant_upstream_map_indexes(self, **_: Any) -> None:
        return None


@pytest.fixture(scope="module")
def dags() -> dict[str, DAG]:
    found: dict[str, DAG] = DagBag(str(REPO / "dags")).dags
    return found


def typed(value: Any, seen: str) -> bool:
    """Whether a text is somewhere in a value, as it was typed."""
    return seen in json.dumps(value, ensure_ascii=False, default=str)


NAMES = (
    "nodegroup_name",
    "cluster_name",
    "aws_conn_id",
    "region_name",
    "role_arn",
    "node_groups",
    "lock_holder",
)


@pytest.mark.parametrize("dag_id", ["eks_upgrade", "eks_upgrade_release"])
def test_airflow_renders_nothing_that_was_typed(dags: dict[str, DAG], dag_id: str) -> None:
    text = "{{ 7 * 191 }}"
    dag = dags[dag_id]
    # With a pattern Airflow itself refuses it, for mapped tasks once more.
    free = {
        name: put(text)
        for name, put in texts(dag.params)
        if "pattern" not in dag.params.get_param(name).schema
    }
    typed_in = {**dag.params.dump(), **free}
    looked_at = 0
    for task in dag.tasks:
        context: Any = {
            "dag": dag,
            "params": typed_in,
            "ti": Pulled(text),
            "dag_run": Conf(typed_in),
            "expanded_ti_count": 1,
            "run_id": "manual__1",
        }
        task.render_template_fields(context)
        rendered = context.get("task", task)
        fields = {name: getattr(rendered, name) for name in rendered.template_fields}
        assert not typed(fields, "1337"), (task.task_id, fields)
        looked_at += sum(fields.get(name) == text for name in NAMES)
    assert looked_at > len(dag.tasks)


class Conf:
    """The part of a DAG run that parameters are read from."""

    def __init__(self, conf: dict[str, Any]) -> None:
        self.conf = conf
