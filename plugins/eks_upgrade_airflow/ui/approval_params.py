"""The parameters that let a person decide before a step, and go back after it."""

from airflow.sdk import Param

from eks_upgrade_airflow.ui.fields import (
    APPROVAL,
    WAY_BACK,
    choice,
    lines,
    minutes,
    number,
    some_of,
)
from include.eks_upgrade.nodes.managed.keep_at import SIZE, ZERO
from include.eks_upgrade.planning.approval.points import APPROVAL_MINUTES, MEANINGS


def approval_params() -> dict[str, Param]:
    """Where somebody is asked, who, and for how long."""
    return {
        "approvals": some_of(
            "Ask before",
            "A person is asked, with the plan in view, before these. **Without an answer the run "
            "stops there.** Empty: nobody is asked.",
            APPROVAL,
            {str(point): f"before {meaning}" for point, meaning in MEANINGS.items()},
        ),
        "approvers": lines(
            "Who may answer",
            "Airflow's users, one a line: the id, and a name behind it if you like, for example "
            "`7 Ada Lovelace`. Empty: whoever may answer in Airflow.",
            APPROVAL,
        ),
        "approval_minutes": minutes(
            int(APPROVAL_MINUTES),
            "Time to answer",
            "How long an answer is awaited.",
            APPROVAL,
        ),
    }


def keep_params() -> dict[str, Param]:
    """How long an old node group stays after its drain."""
    return {
        "keep_old_group_minutes": number(
            0,
            "Keep the old group for",
            "After its drain an old node group is kept so long, fenced, while the workloads are "
            "looked at; then it is deleted. Until then its nodes can be gone back to. Minutes.",
            WAY_BACK,
            (0, 10080),
        ),
        "keep_old_group_at": choice(
            SIZE,
            "Keep it",
            "With its nodes it can be gone back to at once, and is paid for; without them only "
            "when new ones are there.",
            WAY_BACK,
            {SIZE: "size: with its nodes", ZERO: "zero: without its nodes"},
        ),
    }
