"""The tasks of the DAG `eks_rollback` with the arguments that it gives them, without Airflow."""

from eks_upgrade_airflow.operators.addons import EksUpdateAddonOperator
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator
from eks_upgrade_airflow.operators.plan import arguments
from eks_upgrade_airflow.operators.rollback import (
    EksPlanRollbackOperator,
    EksRollBackClusterVersionOperator,
)
from eks_upgrade_airflow.sensors.update import EksClusterUpdateSensor
from eks_upgrade_airflow.sensors.verification import EksClusterVerifiedSensor

from include.eks_upgrade.planning.plan import Plan
from tests.airflow.upgrade import QUICK
from tests.airflow.worker import Run


class Back:
    """The tasks of one run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.cancel = run.params["cancel"]

    def plan(self) -> Plan:
        options = {"cancel": self.cancel, "auto_mode_minutes": self.run.params["auto_mode_minutes"]}
        self.run.do("plan", EksPlanRollbackOperator, options=self.run.params, **options)
        return Plan.from_json(self.run.done["plan"])

    def go(self) -> None:
        self.plan()
        self.act()

    def act(self) -> None:
        """Everything behind the plan."""
        self.start()
        self.finish()

    def start(self) -> None:
        """Until EKS is at work."""
        plan, do = Plan.from_json(self.run.done["plan"]), self.run.do
        do("lock", EksLockClusterOperator)
        for step in arguments(plan, "addons_before"):
            do(step["addon_name"], EksUpdateAddonOperator, **step, back=True, **QUICK)
        force = self.run.params["override_insights"]
        do(
            "start_update",
            EksRollBackClusterVersionOperator,
            kubernetes_version=plan.to_version,
            force=force,
            cancel=self.cancel,
        )

    def finish(self) -> None:
        """Wait for it, and look at the cluster."""
        plan, do = Plan.from_json(self.run.done["plan"]), self.run.do
        update_id = self.run.done["start_update"]["data"]["update_id"] or ""
        do(
            "await_update",
            EksClusterUpdateSensor,
            update_id=update_id,
            cancelled=self.cancel,
            **QUICK,
        )
        do(
            "verify_cluster",
            EksClusterVerifiedSensor,
            to_version=plan.to_version,
            addon_versions=plan.addon_versions,
            replaced=[],
            back=True,
            **QUICK,
        )
