"""Who calls an API that a later version does not serve, as an upgrade insight names them. Pure.

EKS tells of each client its user agent, how often it called in thirty days, and when last; it does
not tell whether the client reads or writes. Of some programs it is known that they only read: what
they show is then incomplete after the upgrade, and nothing that they made is lost.
"""

from collections.abc import Iterator

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.time.moments import moment_text

CALLS = "numberOfRequestsLast30Days"

READERS = ("kube-state-metrics", "prometheus", "metrics-server", "popeye", "kubent")
"""What user agents of programs begin with whose rights, as their makers ship them, are to get, list
and watch."""

_INFORMERS = ("/metadata-informers", "/shared-informers")
"""At the end of user agents of the controller manager's own lists and watches:
https://github.com/kubernetes/kubernetes/blob/master/cmd/kube-controller-manager/app/controllermanager.go
"""


def clients_of(detail: Raw) -> tuple[str, ...]:
    """Each client that has called in the last thirty days, in words; EKS keeps naming some others.

    Args:
        detail: an entry of `deprecationDetails`.
    """
    return tuple(_client(one) for one in detail.get("clientStats") or () if one.get(CALLS, 1) != 0)


def only_reads(user_agent: str) -> bool:
    """Whether a client is known to read and never to write."""
    name = user_agent.lower()
    return name.startswith(READERS) or name.endswith(_INFORMERS)


def _client(stat: Raw) -> str:
    agent = str(stat.get("userAgent"))
    known = "; ".join(_known(stat, agent))
    return f"{agent} ({known})" if known else agent


def _known(stat: Raw, agent: str) -> Iterator[str]:
    if stat.get(CALLS):
        yield f"{counted(int(stat[CALLS]), 'call')} in 30 days"
    last = moment_text(stat.get("lastRequestTime"))
    if last:
        yield f"last at {last}"
    if only_reads(agent):
        yield "it only reads"
