"""Whether Airflow itself runs on nodes that are replaced."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import of_survey
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.airflow_pods import airflows_own_pods


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from of_survey(airflows_own_pods(seen.surveyed))


CHECK = Check(
    "airflow_pods",
    "Does Airflow itself run on nodes that are replaced?",
    "https://airflow.apache.org/docs/helm-chart/stable/",
    _judge,
)
