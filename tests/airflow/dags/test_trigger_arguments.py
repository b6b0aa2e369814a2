"""What a trigger is given survives the way through the database to the triggerer."""

import importlib
import pkgutil
from dataclasses import fields
from functools import cache
from typing import Any

import eks_upgrade_airflow.fleet.triggers
import eks_upgrade_airflow.triggers
import pytest
from eks_upgrade_airflow.triggers.watch import WatchTrigger, typed_trigger

from tests.airflow.worker import resurrected


@cache
def trigger_classes() -> tuple[type[WatchTrigger], ...]:
    packages = (eks_upgrade_airflow.triggers, eks_upgrade_airflow.fleet.triggers)
    for package in packages:
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    ours = tuple(package.__name__ for package in packages)
    return tuple(
        sorted(
            (one for one in _below(WatchTrigger) if one.__module__.startswith(ours)),
            key=lambda one: one.__name__,
        )
    )


def _below(kind: type[Any]) -> set[type[Any]]:
    return {kind}.union(*(_below(one) for one in kind.__subclasses__()))


def test_all_triggers_are_found() -> None:
    assert len(trigger_classes()) == 18


ARGUMENTS: dict[str, Any] = {
    "cluster_name": "payments",
    "aws_conn_id": None,
    "region_name": "eu-west-1",
    "role_arn": "arn:aws:iam::111111111111:role/eks-fleet",
    "poll_seconds": 2.5,
    "deadline": 2000.0,
    "began": 1000.0,
    "health": {"node_groups": ["workers"], "before": None, "awaited": [], "poll_seconds": 30.0},
    "back": True,
    "cancelled": True,
    "carry": {"text": "done", "data": {"n": 1}},
    "nodegroup_name": "workers",
    "namespace": "default",
    "pod_name": "eks-upgrade-smoke-test-1",
    "old_nodegroup_name": "workers-old",
    "update_id": "u-1",
    "addon_name": "coredns",
    "wanted": 3,
    "to_version": "1.26",
    "stall_minutes": 25.0,
    "title": "payments/eu-west-1/shop",
    "place": 3,
    "latest": 3000.0,
    "failures": 2,
    "upgrade_task_id": "ring_main.upgrade",
    "proves": True,
    "proof_seconds": 5.0,
    "ring": "main",
    "until": 4000.0,
    "seconds": 60.0,
    "asg_name": "eks-workers",
    "before": {"addons": {"coredns": "DEGRADED"}, "node_groups": {}},
    "nodegroup_arn": "arn:aws:eks:eu-west-1:123456789012:nodegroup/payments/workers/1",
    "worse_minutes": 3.0,
    "addon_versions": {"coredns": "v1"},
    "replaced": [{"name": "a", "replacement": "b", "to_version": "1.26"}],
    "options": {"dry_run": True},
    "mark": "manual__1",
    "not_before": 5.0,
    "kubernetes_conn_id": "anywhere",
    "node_selector": "pool=old",
    "groups_before": ["small", "large"],
    "at_once": 2,
    "dag_id": "eks_upgrade",
    "run_id": "manual__1",
    "last_task_id": "node_group.confirm_gone",
    "known": {"version": "1.26", "began": 5.0, "before": {}, "groups": {}, "unwell": {"a/b": 1}},
    "addresses": [{"url": "https://shop.example.com", "status": 200, "seconds": 10.0}],
}


def test_a_trigger_whose_arguments_would_not_survive_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match="Forgetful takes"):

        @typed_trigger
        class Forgetful(WatchTrigger):
            nodegroup_name: str

            def __init__(self, cluster_name: str) -> None:
                self.cluster_name = cluster_name


@pytest.mark.parametrize("kind", trigger_classes(), ids=lambda kind: kind.__name__)
def test_a_trigger_is_the_same_after_the_way_to_the_triggerer(kind: type[WatchTrigger]) -> None:
    trigger = kind(**{each.name: ARGUMENTS[each.name] for each in fields(kind) if each.init})
    again = resurrected(trigger)
    assert type(again) is kind
    assert again.serialize() == trigger.serialize()
    assert again.began == 1000.0
