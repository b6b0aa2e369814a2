"""What a drain without options would refuse, in one line for each reason and kind of owner.

Pure. The plan and the drain say it in the same words, because they ask here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.grouping import by_key, owner_kind, pod_groups
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.drain.filters import FilterResult, Objection


@dataclass(frozen=True)
class ObjectionGroup:
    """Objections for the same reason against pods whose owners are of the same kind.

    Attributes:
        objections: at least one, in the order of the pods.
    """

    objections: tuple[Objection, ...]

    @property
    def first(self) -> Objection:
        """Any of them: what is said of the reason holds for all."""
        return self.objections[0]

    @property
    def pods(self) -> str:
        """The pods in one phrase: how many, and of which owners."""
        return pod_groups(objection.pod for objection in self.objections)[0]

    def obstacle(self, *, flags: bool = False) -> Obstacle:
        """They as one obstacle that has been lifted, by the parameter or by kubectl's flag."""
        if len(self.objections) == 1:
            return self.first.as_obstacle(flags=flags)
        return Obstacle(self.first.obstacle_of(self.pods), self.first.lifter(flags=flags))

    def problem(self, *, flags: bool = False) -> Problem:
        """They as one reason to stop, with the parameter or kubectl's flag as the remedy."""
        if len(self.objections) == 1:
            return self.first.problem(flags=flags)
        what = f"each {self.first.what}"
        return Problem(self.pods, what, self.first.remedy(flags=flags, several=True))

    def sentence(self, *, flags: bool = False) -> str:
        """They as a line of a log, for pods that an option lets go."""
        if len(self.objections) == 1:
            return f"a drain without options would refuse {self.first.sentence(flags=flags)}"
        lifted = f"{self.first.lifter(flags=flags)} lifts this"
        return f"a drain without options would refuse {self.pods}: each {self.first.what}; {lifted}"


def grouped(objections: Iterable[Objection]) -> list[ObjectionGroup]:
    """Objections by their reason and the kind of the pod's owner, in order of appearance."""
    keyed = (((one.kind, one.orphan, owner_kind(one.pod)), one) for one in objections)
    return [ObjectionGroup(tuple(found)) for found in by_key(keyed).values()]


def grouped_problems(results: Iterable[FilterResult], *, flags: bool = False) -> list[Problem]:
    """What the options do not allow, as reasons to stop."""
    refused = [reason for result in results for reason in result.refused]
    return [group.problem(flags=flags) for group in grouped(refused)]


def grouped_obstacles(lifted: Iterable[Objection], *, flags: bool = False) -> list[Obstacle]:
    """What the options allow and a drain without any would have refused."""
    return [group.obstacle(flags=flags) for group in grouped(lifted)]


def refuse_if_any(title: str, results: Iterable[FilterResult], *, flags: bool = False) -> None:
    """Stop before anything is evicted when any pod may not be moved.

    Raises:
        Refused: naming, for each reason and kind of owner, the pods or their owners, and the
            parameter that lifts it (kubectl's flag with `flags`).
    """
    problems = grouped_problems(results, flags=flags)
    if problems:
        raise Refused(title, problems)
