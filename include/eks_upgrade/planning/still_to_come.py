"""What a run that was one hop of several leaves to the next ones, in a sentence. Pure."""

from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.planning.plan import Plan


def still_to_come(plan: Plan) -> str:
    """Where the way goes on, and until when nodes stay by plan; empty where it ends here."""
    if not plan.goes_on:
        return ""
    goes_on = f"On the way to {plan.final_version}, the next run goes to {_next(plan)}."
    later = next((hop for hop in plan.hops[1:] if hop.rolled), None)
    if later is None:
        return goes_on
    word = "node group" if len(later.rolled) == 1 else "node groups"
    names = first_few(later.rolled)
    return f"{goes_on} Nodes of {word} {names} stay as they are until {later.to_version}."


def _next(plan: Plan) -> str:
    return str(Minor.parse(plan.to_version).next())
