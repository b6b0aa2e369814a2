"""What is counted of a fleet's run, and that page and dashboard name exactly that."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import airflow
import pytest
import yaml

from include.eks_upgrade.fleet.file.model import Threshold
from include.eks_upgrade.fleet.judge_ring import ClusterResult, Outcome, judge_ring
from include.eks_upgrade.fleet.metrics import GAUGES, Metric, plan_samples, ring_samples
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, FleetPlan, RingPlan

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "metrics.md").read_text(encoding="utf-8")
BOARD = json.loads((DOCS / "fleet.grafana.json").read_text(encoding="utf-8"))
AIRFLOWS = Path(airflow.__file__).parent / "_shared/observability/metrics/metrics_template.yaml"
HERE = {"ring": "early", "account": "payments", "region": "eu-west-1"}


def planned(name, action):
    return ClusterPlan(
        arn=name, title=name, ring="early", action=action, why="", from_version="1.34"
    )


def result(title, outcome):
    return ClusterResult(arn=title, title=title, outcome=outcome)


def told(samples):
    return [(each.metric, each.value, dict(each.tags)) for each in samples]


def test_a_plan_counts_what_runs_and_what_is_left_out_by_ring_and_place():
    ring = RingPlan(
        name="early",
        at_once=1,
        clusters=(
            planned("payments/eu-west-1/a", Action.RUN),
            planned("payments/eu-west-1/b", Action.RUN),
            planned("payments/eu-west-1/c", Action.SKIP),
            planned("payments/eu-west-1/d", Action.DONE),
        ),
    )
    plan = FleetPlan(made_at=datetime.now(UTC), closes=None, rings=(ring,))
    assert told(plan_samples(plan)) == [(Metric.PLANNED, 2, HERE), (Metric.SKIPPED, 1, HERE)]


def test_a_verdict_counts_what_became_of_the_clusters_and_of_the_ring():
    results = [
        result("payments/eu-west-1/a", Outcome.HEALTHY),
        result("payments/eu-west-1/b", Outcome.FAILED),
        result("payments/eu-west-1/c", Outcome.UNHEALTHY),
        result("payments/eu-west-1/d", Outcome.LEFT),
        result("payments/eu-west-1/e", Outcome.NOTHING_TO_DO),
    ]
    samples = ring_samples("early", results, judge_ring(Threshold(), results))
    early = {"ring": "early"}
    assert told(samples) == [
        (Metric.FAILED, 2, HERE),
        (Metric.SKIPPED, 1, HERE),
        (Metric.UPGRADED, 1, HERE),
        (Metric.RING_BROKEN, 1, early),
        (Metric.RING_HEALTHY, 1, early),
        (Metric.RING_UNHEALTHY, 2, early),
    ]


def test_a_title_without_a_place_is_counted_all_the_same():
    samples = ring_samples("early", [result("odd", Outcome.HEALTHY)], judge_ring(Threshold(), []))
    assert told(samples)[0] == (Metric.UPGRADED, 1, {"ring": "early"})


@pytest.mark.parametrize("metric", list(Metric))
def test_the_page_names_every_metric_with_its_kind(metric):
    assert f"| `{metric}` | {'gauge' if metric in GAUGES else 'counter'} |" in PAGE


def test_the_page_names_no_metric_that_there_is_not():
    assert set(re.findall(r"`(eks_fleet\.[a-z.]+)`", PAGE)) == {str(each) for each in Metric}


def airflows_on_the_page():
    table = PAGE.partition("## Airflow's own")[2].partition("## Dashboard")[0]
    return {name for name in re.findall(r"`([a-z_.]+)`", table) if not name.startswith("[")}


def test_what_the_page_says_of_airflow_is_in_the_installed_airflow():
    known = {each["name"] for each in yaml.safe_load(AIRFLOWS.read_text())["metrics"]}
    assert airflows_on_the_page() <= known


def test_the_dashboard_asks_for_exactly_these_names():
    asked = {
        name
        for panel in BOARD["panels"]
        for target in panel["targets"]
        for name in re.findall(r"airflow_([a-z_]+)", target["expr"])
    }
    ours = {str(each).replace(".", "_") for each in Metric}
    theirs = {name.replace(".", "_") for name in airflows_on_the_page()}
    assert ours <= asked
    assert asked <= ours | theirs
