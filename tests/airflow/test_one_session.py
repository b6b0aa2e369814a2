"""What the clients of one step share, and what readers of one look share."""

import threading
from typing import Any

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.one_session import OneSession

from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.preflight.reached import ReachedOnce


def test_a_session_is_made_once_for_each_region_also_by_many_threads() -> None:
    sessions, made = OneSession(), list[str]()
    seen: list[Any] = []

    def take(region: str) -> None:
        seen.append(sessions.of(region, lambda: made.append(region) or object()))

    threads = [threading.Thread(target=take, args=(f"r{n % 2}",)) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(made) == ["r0", "r1"]
    assert len({id(one) for one in seen}) == 2


def test_the_clients_of_one_step_have_one_session_and_those_of_prices_their_own_region() -> None:
    address = ClusterAddress("shop", "aws_default", "eu-west-1")
    sessions = OneSession()
    hooks = [address.hook(name, sessions=sessions) for name in ("eks", "ec2", "sts")]
    found = {id(hook.get_session(region_name=hook.region_name)) for hook in hooks}
    assert len(found) == 1
    abroad = ClusterAddress("shop", "aws_default", "us-east-1").hook("pricing", sessions=sessions)
    assert id(abroad.get_session(region_name=abroad.region_name)) not in found


def test_another_step_reads_the_connection_anew() -> None:
    address = ClusterAddress("shop", "aws_default", "eu-west-1")
    one, other = (address.hook("eks", sessions=OneSession()) for _ in range(2))
    assert one.get_session("eu-west-1") is not other.get_session("eu-west-1")


class Counted:
    """A cluster that counts how often it was asked how it is reached."""

    cluster = "shop"

    def __init__(self) -> None:
        self.asked = 0

    def access(self, cluster: dict[str, Any]) -> ClusterAccess:
        self.asked += 1
        return ClusterAccess(
            endpoint=cluster["endpoint"], certificate_authority="", token=lambda: "t"
        )


def test_readers_of_one_look_share_the_way_to_the_cluster() -> None:
    there = Counted()
    reached = ReachedOnce(there)
    assert reached.cluster == "shop"
    first, second = (reached.access({"endpoint": "https://x"}) for _ in range(2))
    assert first is second
    assert there.asked == 1
