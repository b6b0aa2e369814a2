"""Upgrade a fleet of EKS clusters in its windows, ring by ring.

Find the clusters, plan the window, then for each ring: list, ask where the fleet file wants it,
upgrade with a run of `eks_upgrade` for each minor version, bake, look at the health, judge. A ring
that is broken stops the fleet until a person resumes it. The fleet file says which clusters, when
and how; docs/fleet.md explains it.
"""

from airflow.sdk import DAG
from eks_upgrade_airflow.fleet.overdue import FleetExpectedEnd
from eks_upgrade_airflow.fleet.ring_group import end_fleet_run, open_and_plan, upgrade_ring
from eks_upgrade_airflow.fleet.shape import path_at_parse, ring_shapes
from eks_upgrade_airflow.fleet.timetable import read_schedule
from eks_upgrade_airflow.notices.overdue import told_when_overdue
from eks_upgrade_airflow.run.retry_policy import retry_arguments
from eks_upgrade_airflow.ui.dag_docs import fleet_doc
from eks_upgrade_airflow.ui.dag_values import form_once, param
from eks_upgrade_airflow.ui.fleet_params import fleet_params

path = path_at_parse()
rings = ring_shapes(path)

with DAG(
    dag_id="eks_fleet",
    description="Upgrades a fleet of EKS clusters in its windows, ring by ring.",
    doc_md=fleet_doc(),
    schedule=read_schedule(path),
    catchup=False,
    # It starts by itself once it is unpaused, with whatever the fleet file says.
    is_paused_upon_creation=True,
    deadline=told_when_overdue(FleetExpectedEnd()),
    max_active_runs=1,
    params=fleet_params(),
    default_args=retry_arguments(),
    tags=["eks", "upgrade"],
) as dag:
    form_once(dag)
    values = {name: param(dag, name) for name in dag.params}

    before = open_and_plan(rings, values)
    for place, ring in enumerate(rings):
        first, last = upgrade_ring(ring, [each.name for each in rings[:place]], values)
        before >> first
        before = last
    end_fleet_run(before, rings)
