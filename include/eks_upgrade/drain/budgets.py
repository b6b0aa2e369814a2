"""Disruption budgets: which cover a pod, and whether they have a say in its eviction.

The rules are the API server's own (pkg/registry/core/pod/storage/eviction.go); every branch
has a recording in tests/recordings/evict-*.json.
"""

from collections.abc import Iterable

from include.eks_upgrade.kube.objects import Budget, Pod


class Budgets:
    """All disruption budgets of a cluster, found by the pods they cover.

    Most selectors name a label and its value: those are looked up, only the others are tried
    one by one. With hundreds of budgets over thousands of pods that decides how long it takes.
    """

    def __init__(self, budgets: Iterable[Budget] = ()) -> None:
        self.by_name: dict[str, Budget] = {}
        self._names: dict[tuple[str, str, str], list[str]] = {}
        for budget in sorted(budgets, key=str):
            self.put(budget)

    def change(self, old: Budget | None, new: Budget | None) -> None:
        """Take in what a budget was and what it is now."""
        if new is not None:
            self.put(new)
        elif old is not None:
            self.drop(old)

    def put(self, budget: Budget) -> None:
        """Take in a budget as it is now."""
        name = str(budget)
        known = self.by_name.get(name)
        self.by_name[name] = budget
        if not covers_others(known, budget):
            return
        if known is not None:
            self._names[_key(known)].remove(name)
        self._names.setdefault(_key(budget), []).append(name)

    def drop(self, budget: Budget) -> None:
        """Forget a budget that is gone."""
        known = self.by_name.pop(str(budget), None)
        if known is not None:
            self._names[_key(known)].remove(str(budget))

    def over(self, pod: Pod) -> list[Budget]:
        """The budgets that count this pod."""
        keys = [(pod.namespace, *label) for label in pod.labels.items()]
        keys.append((pod.namespace, "", ""))
        found = [self.by_name[name] for key in keys for name in self._names.get(key, ())]
        return sorted((budget for budget in found if budget.covers(pod)), key=str)


def covers_others(old: Budget | None, new: Budget | None) -> bool:
    """Whether a budget that has changed may cover other pods than before."""
    return old is None or new is None or old.selector != new.selector


def is_protected(pod: Pod, budget: Budget) -> bool:
    """Whether the budget has a say in this pod's eviction.

    Finished and pending pods go past every budget. A pod that is not Ready goes past one
    that always allows it, and past one whose healthy pods are enough without it.
    """
    if pod.finished or pod.phase == "Pending":
        return False
    if pod.ready:
        return True
    if budget.unhealthy_policy == "AlwaysAllow":
        return False
    return not (budget.healthy >= budget.desired and budget.desired > 0)


def _key(budget: Budget) -> tuple[str, str, str]:
    """Namespace, and one label with the value that the budget asks for; empty without any."""
    exact = (budget.selector or {}).get("matchLabels") or {}
    label, value = min(exact.items(), default=("", ""))
    return budget.namespace, label, value
