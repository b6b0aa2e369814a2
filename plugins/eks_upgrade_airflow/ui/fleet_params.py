"""The parameters of the DAG `eks_fleet`; docs/parameters.md describes each."""

from airflow.sdk import Param

from eks_upgrade_airflow.ui.documentation import link
from eks_upgrade_airflow.ui.fields import FIRST, LIMITS, lines, number, text, yes_no


def fleet_params() -> dict[str, Param]:
    """All parameters, in the order of the form; a run by schedule has their defaults."""
    more = f"{link('More', 'parameters', 'the-dag-eks_fleet')}."
    return {
        "only_clusters": lines(
            "Only these clusters",
            "Shell patterns of a name, `account/region/name` or ARN, one a line. Empty: all of the "
            f"fleet file. {more}",
            FIRST,
        ),
        "skip_clusters": lines(
            "Skip these clusters",
            f"Patterns as above: what is left alone in this run. {more}",
            FIRST,
        ),
        "retry_failed": yes_no(
            "Only what failed",
            f"Only the clusters that did not become healthy in the last run. {more}",
            FIRST,
        ),
        "outside_windows": text(
            "Run outside of windows because",
            "A reason lets this run begin whatever the windows say; freezes hold all the same. "
            f"Empty: windows count. {more}",
            FIRST,
        ),
        "resume": yes_no(
            "Resume",
            f"A fleet that is stopped or paused goes on with this run. Needs the reason. {more}",
            FIRST,
        ),
        "resume_reason": text(
            "Resume because",
            f"What was put right; it is kept with the stop. {more}",
            FIRST,
        ),
        "poll_seconds": number(
            30,
            "Time between looks",
            f"Seconds between two looks at a run of `eks_upgrade` or a turn. {more}",
            LIMITS,
            (0.2, 600),
        ),
    }
