"""What checks of nodes see: a cluster with one group on a launch template of its own."""

from datetime import UTC, datetime

from include.eks_upgrade.common.reading import Readings
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.planning.preflight.check import Outcome, judge_all
from include.eks_upgrade.planning.preflight.seen import Seen
from tests.eks_upgrade.planning.conftest import cluster, facts, node_group, request
from tests.eks_upgrade.planning.group_room import CLUSTER, TEMPLATE, surge, version


def seen(target="1.35", user_data=None, family="al2023", present="1.34", **more):
    """The group `workers` goes to an image of its own with this user data in its template.

    `data` changes the template, `image=None` lets EKS choose, `group` changes the group,
    `facts` the facts, `readings` are by name.
    """
    templates = {"workers": version(user_data, **more.get("data", {}))} if user_data else {}
    own = {"amiType": "CUSTOM", "launchTemplate": TEMPLATE, **more.get("group", {})}
    groups = {"workers": node_group("workers", own.pop("version", present), **own)}
    image = Image("ami-2", "own", "x86_64", family, target, "asked for")
    return Seen(
        request=more.get("request", request()),
        target=Minor.parse(target),
        facts=facts(
            **{
                "cluster": cluster(present, **CLUSTER),
                "node_groups": groups,
                "surge": surge(templates=templates),
                "kubelets": {"ip-1": (f"v{present}.1-eks-abc", "workers")},
                **more.get("facts", {}),
            }
        ),
        images={"workers": more.get("image", image)},
        readings=Readings(more.get("readings", {})),
        moment=datetime(2026, 11, 26, tzinfo=UTC),
    )


def outcome(check, given) -> Outcome:
    return judge_all([check], given).all[0]


def found(check, given):
    """`(severity, subject, what)` of each finding; what is not known fails the test."""
    result = outcome(check, given)
    assert not result.unknown, result.unknown
    return [(str(one.severity), one.subject, one.what) for one in result.findings]
