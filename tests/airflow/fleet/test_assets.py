"""Other DAGs follow the fleet by one asset, and the page shows how."""

import re
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag
from eks_upgrade_airflow.fleet.assets import CLUSTER_UPGRADED

REPO = Path(__file__).parents[3]
PAGE = REPO / "docs" / "fleet.md"


def test_the_example_of_the_page_follows_the_fleets_asset(tmp_path: Path) -> None:
    (source,) = re.findall(r"```python\n(.*?after_upgrade.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "after.py").write_text(source)
    bag = DagBag(str(tmp_path))
    assert bag.import_errors == {}
    condition = bag.dags["after_upgrade"].timetable.asset_condition
    assert list(condition.objects) == [CLUSTER_UPGRADED]


def test_the_task_that_looks_at_the_health_has_it_in_every_ring() -> None:
    dag = DagBag(str(REPO / "dags" / "eks_fleet.py")).dags["eks_fleet"]
    having = {task.task_id for task in dag.tasks if CLUSTER_UPGRADED in task.outlets}
    assert having == {task.task_id for task in dag.tasks if task.task_id.endswith(".health")}
    assert having
