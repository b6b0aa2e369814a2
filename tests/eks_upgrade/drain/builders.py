"""Pods, entries and budgets with defaults, for tests of pure functions."""

from include.eks_upgrade.drain.ledger import Ledger
from include.eks_upgrade.kube.objects import Budget, Pod


def pod(name="web-1", **fields):
    return Pod(**{"namespace": "shop", "name": name, "uid": name, "node": "blue-0", **fields})


def budget(name="web", **fields):
    plain = {
        "allowed": 0,
        "healthy": 2,
        "desired": 2,
        "expected": 3,
        "limit": "minAvailable 2",
        "selector": {"matchLabels": {}},
    }
    return Budget(**{"namespace": "shop", "name": name, **plain, **fields})


def entry(name="web-1", **fields):
    """A pod in a ledger of its own, just seen."""
    return Ledger().see(pod(name, **fields), 0.0)
