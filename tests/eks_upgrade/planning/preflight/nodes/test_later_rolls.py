"""What the nodes that later hops replace would find, judged as if their turn were today."""

from dataclasses import replace

import pytest

from include.eks_upgrade.aws.capacity.quota_codes import NODES_PER_GROUP
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.planning.preflight.nodes.later_rolls import CHECK
from include.eks_upgrade.planning.preflight.rules.later import LaterRoll
from tests.eks_upgrade.planning.group_room import instance_type, subnet, surge
from tests.eks_upgrade.planning.preflight.nodes.seeing import found, outcome, seen

FEW = {NODES_PER_GROUP: 1.0}
WORKERS = {"workers": None}


def later(version: str = "1.36", **given) -> LaterRoll:
    return LaterRoll(version=version, groups=("workers",), **{"images": WORKERS, **given})


def with_later(*rolls: LaterRoll, **given):
    """This run replaces nothing of its own, where `node_groups` names none."""
    return replace(seen(image=None, **given), later_rolls=rolls)


def test_a_quota_that_a_later_roll_would_pass_warns_and_names_its_hop():
    given = with_later(later(surge=surge(quotas=FEW)))
    ((severity, subject, what),) = found(CHECK, given)
    assert severity == "warns"
    assert subject.startswith("hop to 1.36: quota of nodes in a managed node group")
    assert "if it is still so when that hop's turn comes, its run is refused" in what


def test_so_do_addresses_of_its_subnets():
    given = with_later(later(surge=surge(subnets={"subnet-a": subnet(1)})))
    assert any("free addresses" in what for _, _, what in found(CHECK, given))


def test_the_image_of_its_own_version_is_judged():
    none = Problem("node group workers", "there is no image for 1.36", "make one")
    given = with_later(later("1.35", surge=surge()), later(images={"workers": none}))
    ((severity, subject, what),) = found(CHECK, given)
    assert (severity, subject) == ("warns", "hop to 1.36: node group workers")
    assert "there is no image for 1.36" in what


def test_what_this_run_is_told_already_is_not_said_twice():
    given = with_later(later(surge=surge(quotas=FEW)), facts={"surge": surge(quotas=FEW)})
    assert found(CHECK, given) == []


def test_the_same_of_two_later_hops_is_said_once():
    rolls = [later(one, surge=surge(quotas=FEW)) for one in ("1.35", "1.36")]
    ((_, subject, _),) = found(CHECK, with_later(*rolls))
    assert subject.startswith("hop to 1.35")


@pytest.mark.parametrize("rolls", [(), (later(surge=surge()),), (later(),)],
                         ids=["no later roll", "room for all", "nothing read"])  # fmt: skip
def test_otherwise_it_is_silent(rolls):
    assert found(CHECK, with_later(*rolls)) == []


def test_what_could_not_be_read_of_one_hop_is_not_known_and_hides_no_other():
    rolls = later("1.35", unknown="EC2 did not answer"), later(surge=surge(quotas=FEW))
    told = outcome(CHECK, with_later(*rolls))
    assert told.unknown == "hop to 1.35: EC2 did not answer"
    assert [one.subject.partition(":")[0] for one in told.findings] == ["hop to 1.36"]


def test_what_was_not_read_of_a_later_hop_is_not_judged_by_what_this_run_takes():
    """This run's own surge knows no subnet of that group, which is no sign that there is none."""
    given = with_later(later(unknown="no right"), facts={"surge": surge(subnets={})})
    told = outcome(CHECK, given)
    assert [one.subject for one in told.findings] == []
    assert told.unknown == "hop to 1.36: no right"


def test_the_greatest_type_counts_for_quotas_of_cores():
    types = {"m5.large": instance_type("m5.large", 2)}
    given = with_later(later(surge=surge(quotas={"L-1216C47A": 3.0}, instance_types=types)))
    assert any("vCPUs of On-Demand" in subject for _, subject, _ in found(CHECK, given))
