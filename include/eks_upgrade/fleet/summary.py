"""What a plan of the fleet says as a whole, in sentences that table and report share."""

from collections.abc import Iterable, Sequence

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, Expectation, FleetPlan
from include.eks_upgrade.fleet.windows.words import hour_words, moment_words


def headline(plan: FleetPlan) -> str:
    """How many clusters run, are skipped and are where they should be."""
    count = {action: sum(each.action is action for each in plan.clusters) for action in Action}
    late = sum(not each.promised for each in plan.clusters)
    more = f"{late} more if there is time, " if late else ""
    return (
        f"{counted(len(plan.clusters), 'cluster')}: {count[Action.RUN] - late} to upgrade, {more}"
        f"{count[Action.SKIP]} skipped, {count[Action.DONE]} with nothing to do"
    )


def sentences(plan: FleetPlan) -> list[str]:
    """Until when, what waiting costs, when it goes on, and what could not be looked at."""
    zone = zone_of(plan)
    said = [f"Stopped: {plan.stopped}"] if plan.stopped else []
    if plan.closes:
        said.append(f"The opening ends {moment_words(plan.closes, zone)}; what runs is finished.")
    said += _next(plan, zone)
    said += [
        f"Could not be looked at: {_place(each.account_name, each.region)}: {each.why}"
        for each in plan.broken
    ]
    return [*said, *plan.notes]


def waits(plan: FleetPlan) -> list[ClusterPlan]:
    """Clusters that are expected to wait for another opening, and have something to do."""
    late = (each for each in plan.clusters if each.action is Action.SKIP or not each.promised)
    return [each for each in late if each.wanted and each.wanted != each.from_version]


def _next(plan: FleetPlan, zone: str) -> list[str]:
    waiting = waits(plan)
    if not waiting:
        return []
    openings = [each.next_opening for each in waiting if each.next_opening]
    when = "no opening comes after this"
    if openings:
        when = f"the next opening is {moment_words(min(openings), zone)}"
    verb = "waits" if len(waiting) == 1 else "wait"
    costs = sum(each.waiting_costs for each in waiting)
    money = [f"Waiting for it costs {dollars(costs)} of extended support."] if costs else []
    return [f"{len(waiting)} of them {verb} for a later opening; {when}.", *money]


def dollars(costs: float) -> str:
    """`83.92 US dollars`."""
    return f"{costs:,.2f} US dollars"


def zone_of(plan: FleetPlan) -> str:
    """The zone in which people read the plan's times: that of its first opening."""
    return next((each.opening.zone for each in plan.clusters if each.opening), "UTC")


def versions(cluster: ClusterPlan) -> str:
    """`1.32 to 1.33 to 1.34` of a run, `1.33 (wants 1.35)` of one that waits, else its minor."""
    if cluster.action is Action.RUN:
        return " to ".join((cluster.from_version, *cluster.hops))
    if cluster.wanted and cluster.wanted != cluster.from_version:
        return f"{cluster.from_version or '?'} (wants {cluster.wanted})"
    return cluster.from_version or "?"


def what(cluster: ClusterPlan) -> str:
    """The action in a word or two."""
    if cluster.action is Action.RUN:
        return "upgrade" if cluster.promised else "if time"
    return {Action.SKIP: "skip", Action.DONE: "nothing to do"}[cluster.action]


def details(cluster: ClusterPlan) -> list[str]:
    """Why, what presses, how long, from when: one phrase each."""
    said = [cluster.why, cluster.urgent_because]
    if cluster.action is Action.RUN and cluster.expected:
        said.append(_lengths(cluster.each or (cluster.expected,)))
        if cluster.begins and cluster.promised:
            zone = cluster.opening.zone if cluster.opening else "UTC"
            said.append(f"its turn is about {hour_words(cluster.begins, zone)}")
    if cluster.action is Action.SKIP and cluster.waiting_costs:
        said.append(f"waiting costs {dollars(cluster.waiting_costs)} until the next opening")
    return [each for each in said if each]


def _lengths(each: Sequence[Expectation]) -> str:
    """`50 min (why)`, `50 min each (why)`, or of runs that differ the minutes of each."""
    if len({one.minutes for one in each}) > 1:
        reasons = "; ".join(dict.fromkeys(one.source for one in each))
        return f"{' + '.join(f'{one.minutes:.0f}' for one in each)} min ({reasons})"
    times = " each" if len(each) > 1 else ""
    return f"{each[0].minutes:.0f} min{times} ({each[0].source})"


def _place(*words: str) -> str:
    return " ".join(filter(None, words))


def clean(text: str) -> str:
    """One line that no name from outside can break, or colour a terminal with."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))


def cleaned(texts: Iterable[str]) -> list[str]:
    """`clean` for many."""
    return [clean(text) for text in texts]
