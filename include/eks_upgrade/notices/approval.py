"""The notice that a step of an upgrade waits for a person's yes. Pure."""

from collections.abc import Sequence

from include.eks_upgrade.common.text import first_lines
from include.eks_upgrade.common.time.moments import moment_text
from include.eks_upgrade.notices.compose import ANSWER, RUN
from include.eks_upgrade.notices.model import Event, Notice, Subject, made

MAX_LINES = 15
"""Lines of the plan that a notice has; the question itself has all."""


def step_waits(
    about: Subject, title: str, plan: Sequence[str], deadline: float, url: str, *, again: bool
) -> Notice:
    """A step is to be approved.

    Args:
        about: the run.
        title: the question in a line.
        plan: what would be done, in lines.
        deadline: epoch seconds at which the question ends.
        url: where it is answered; empty where that is not known.
        again: nobody has answered yet, and it ends soon.
    """
    end = moment_text(deadline)
    outcome = (
        f"a question ends at {end}, no answer yet" if again else f"waits for a yes until {end}"
    )
    lines = [
        title,
        *first_lines(list(plan), MAX_LINES, "and {} more lines"),
        f"Without an answer until {end} it is not begun, and the run stops there.",
    ]
    links = [(ANSWER, url), (RUN, about.run_url)]
    return made(Event.REMINDER if again else Event.APPROVAL, about, outcome, lines, links)
