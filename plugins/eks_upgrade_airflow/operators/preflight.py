"""The preflight as tasks of its own: it judges a cluster, leaves the verdict, changes nothing."""

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import report_failure
from eks_upgrade_airflow.operators.first_look import given_to, usable_clients
from eks_upgrade_airflow.operators.plan import VERDICT_KEY, EksPlanUpgradeOperator
from eks_upgrade_airflow.operators.report import EksUpgradeReportOperator
from eks_upgrade_airflow.run.addresses import docs_address, reports_address
from eks_upgrade_airflow.run.record import run_url
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.log_lines import WIDTH
from include.eks_upgrade.planning.preflight.agreement import agreed
from include.eks_upgrade.planning.preflight.check import Severity
from include.eks_upgrade.planning.preflight.judged import judged
from include.eks_upgrade.planning.preflight.rules.options import told_together
from include.eks_upgrade.planning.preflight.verdict import Verdict, verdict_of
from include.eks_upgrade.planning.preflight.verdict_table import table
from include.eks_upgrade.preflight.look import look
from include.eks_upgrade.report.preflight import Addresses, render_preflight
from include.eks_upgrade.report.render import Rendered
from include.eks_upgrade.request import UpgradeRequest

if TYPE_CHECKING:
    from airflow.sdk import Context

PREFLIGHT_TASK = "preflight"


class EksPreflightOperator(EksPlanUpgradeOperator):
    """Ask everything that could stop an upgrade, and tell it at once. Changes nothing.

    The XCom, and one under the key `preflight`, is the verdict as JSON, see
    docs/preflight.schema.json; a task that fails leaves the second. It fails with `blocked` where
    something blocks, so that a DAG can use it as a gate.

    Args: as those of `EksPlanUpgradeOperator`.
    """

    def _execute(self, context: "Context") -> dict[str, Any]:
        with report_failure(context):
            request = self._request(context)
            known = self._early_problems(request, given_to(context))
            with told_together(partial(self._refused, request), known):
                verdict = self._judge(request, usable_clients(self, known))
            self._leave(verdict, context)
            blocking = _blocking(verdict)
            if blocking:
                raise self._refused(request, blocking)
        return verdict.as_json()

    def _judge(self, request: UpgradeRequest, clients: AwsClients) -> Verdict:
        seen = look(request, self.address, clients)
        return verdict_of(seen, judged(seen))

    def _leave(self, verdict: Verdict, context: "Context") -> None:
        for line in table(verdict, WIDTH):
            self.log.info("%s", line)
        context["ti"].xcom_push(key=VERDICT_KEY, value=verdict.as_json())

    def _refused(self, request: UpgradeRequest, problems: Collection[Problem]) -> Refused:
        title = f"The preflight of cluster {request.cluster!r}: blocked"
        return Refused(title, agreed(list(problems)))


def _blocking(verdict: Verdict) -> list[Problem]:
    return [finding.problem for _, finding in verdict.findings(Severity.BLOCKS)]


class EksPreflightReportOperator(EksUpgradeReportOperator):
    """Write the verdict as Markdown and HTML, and keep it where the reports of upgrades are.

    Without a verdict, because the cluster could not be asked, the report says that.
    """

    def rendered(self, context: "Context") -> Rendered:
        """The report of this preflight."""
        plain = context["ti"].xcom_pull(task_ids=PREFLIGHT_TASK, key=VERDICT_KEY)
        if not plain:
            return super().rendered(context)
        addresses = Addresses(run_url(context) or "", reports_address(), docs_address())
        return render_preflight(plain, addresses)
