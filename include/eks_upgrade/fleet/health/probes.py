"""Addresses that have to answer well once a cluster is upgraded. Pure."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from include.eks_upgrade.fleet.file.model import Probe


@dataclass(frozen=True, kw_only=True)
class Address:
    """One address to be asked; `status` is the good one, `seconds` how long it may take."""

    url: str
    status: int = 200
    seconds: float = 10.0

    @property
    def shown(self) -> str:
        """For people and logs: what stands behind `?`, and a password, may be a secret."""
        split = urlsplit(self.url)
        host = split.netloc.rpartition("@")[2]
        return f"{split.scheme}://{host}{split.path}"

    def as_json(self) -> dict[str, Any]:
        """For the arguments of a trigger."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What came of asking: the status and the seconds it took; or why there was no answer."""

    status: int = 0
    seconds: float = 0.0
    failure: str = ""
    leads_to: str = ""


def addresses(
    probes: Iterable[Probe], *, cluster: str, region: str, account: str
) -> tuple[Address, ...]:
    """The probes of a cluster, with its names filled in.

    Args:
        probes: of the fleet file.
        cluster: its name.
        region: where it is.
        account: its name in the fleet file.
    """
    names = {"{cluster}": cluster, "{region}": region, "{account}": account}
    return tuple(
        Address(url=_filled(each.url, names), status=each.status, seconds=each.seconds)
        for each in probes
    )


def probe_problem(address: Address, answer: Answered) -> str:
    """What is wrong with an answer; empty when it is as it should be."""
    if answer.failure:
        return f"{address.shown} gives no answer: {answer.failure}"
    if answer.status != address.status:
        leads = f" and leads to {answer.leads_to}" if answer.leads_to else ""
        took = f" after {answer.seconds:.1f} s"
        return f"{address.shown} answers {answer.status}{leads}{took}, not {address.status}"
    return ""


def _filled(url: str, names: dict[str, str]) -> str:
    for mark, name in names.items():
        url = url.replace(mark, quote(name, safe=""))
    return url
