import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.eks_upgrade.common.shorten import MAX_WORD, Piece, abbreviations, pieces, shortened

UUID = "7ec3c1e5-5b6a-4f6e-9d7f-0a1b2c3d4e5f"
ACCOUNT = "111122223333"
SHORT = {
    "a cluster": (f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/very-long", "cluster/very-long"),
    "of China": (f"arn:aws-cn:eks:cn-north-1:{ACCOUNT}:cluster/shop", "cluster/shop"),
    "of GovCloud": (f"arn:aws-us-gov:eks:us-gov-west-1:{ACCOUNT}:cluster/shop", "cluster/shop"),
    "a node group": (
        f"arn:aws:eks:eu-west-1:{ACCOUNT}:nodegroup/shop/workers/{UUID}",
        "nodegroup/shop/workers",
    ),
    "an Auto Scaling group": (
        f"arn:aws:autoscaling:eu-west-1:{ACCOUNT}:autoScalingGroup:{UUID}:"
        "autoScalingGroupName/eks-workers",
        "autoScalingGroupName/eks-workers",
    ),
    "a role": (f"arn:aws:iam::{ACCOUNT}:role/node", "role/node"),
    "a role with a path": (
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/eks-nodegroup.amazonaws.com/AWSServiceRole",
        "role/…/AWSServiceRole",
    ),
    "a policy of AWS": ("arn:aws:iam::aws:policy/EKS_CNI_Policy", "policy/EKS_CNI_Policy"),
    "a topic": (f"arn:aws:sns:eu-west-1:{ACCOUNT}:alarms", "sns:alarms"),
    "a bucket": ("arn:aws:s3:::reports/a/b", "s3:reports/a/b"),
    "a node": ("ip-10-0-12-34.eu-central-1.compute.internal", "ip-10-0-12-34"),
    "a node in Virginia": ("ip-10-0-12-34.ec2.internal", "ip-10-0-12-34"),
    "a node in a domain of one's own": ("ip-10-0-12-34.corp.example.com", "ip-10-0-12-34"),
    "a node named by its instance": (
        "i-0123456789abcdef0.eu-west-1.compute.internal",
        "i-0123456789abcdef0",
    ),
    "a long pod": (
        "payments/checkout-service-frontend-5d4f8c9b7d-x2x4z",
        "payments/checkout-service-frontend-…-x2x4z",
    ),
    "a launch template": ("lt-0123456789abcdef0", "lt-0123…def0"),
    "a group of EKS": (f"eks-workers-{UUID}", "eks-workers-7ec3c1e5…"),
    "any long word": ("x" * 50 + "y" * 50, "x" * 40 + "…" + "y" * 20),
}
KEPT = {
    "nothing": "",
    "a short pod": "shop/web-5d4f8c9b7d-x2x4z",
    "a DaemonSet's pod": "kube-system/amazon-cloudwatch-observability-agent-x2x4z",
    "an instance": "i-0123456789abcdef0",
    "an image": "ami-0123456789abcdef0",
    "a short node": "ip-10-0-12-34",
    "an address": f"see https://docs.example.com/{'x' * 80}#and-more",
    "a command": "run `kubectl drain ip-10-0-12-34.eu-central-1.compute.internal`",
    "no ARN": "arn:aws: is how they begin",
    "ordinary words": "Moved 5 pods. Nothing was lost; e.g. v1.26.15-eks-36485ac.",
}


@pytest.mark.parametrize(("full", "short"), SHORT.values(), ids=SHORT)
def test_a_long_name_is_shown_short_wherever_it_stands(full: str, short: str) -> None:
    assert shortened(full) == short
    assert shortened(f"before {full}, after ({full}).") == f"before {short}, after ({short})."
    assert abbreviations([f"of {full}: x"]) == {full: short}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_is_short_enough_or_to_be_typed_stays_as_it_is(text: str) -> None:
    assert shortened(text) == text
    assert abbreviations([text]) == {}


def test_two_names_that_would_look_alike_are_both_kept_whole() -> None:
    one, other = (f"arn:aws:iam::{number * 12}:role/node" for number in "12")
    names = abbreviations([f"{one} is not {other}", "ip-10-0-0-1.ec2.internal"])
    assert names == {"ip-10-0-0-1.ec2.internal": "ip-10-0-0-1"}
    assert shortened(f"{one} is not {other}") == f"{one} is not {other}"
    assert shortened(one, names) == one


def test_the_whole_name_stays_beside_the_short_one() -> None:
    text = "pods of ip-10-0-0-1.ec2.internal wait"
    assert pieces(text, abbreviations([text])) == [
        Piece("pods of "),
        Piece("ip-10-0-0-1", "ip-10-0-0-1.ec2.internal"),
        Piece(" wait"),
    ]


@given(st.text(max_size=300))
def test_no_text_is_lost_or_grows(text: str) -> None:
    names = abbreviations([text])
    parts = pieces(text, names)
    assert "".join(part.full or part.shown for part in parts) == text
    assert all(len(short) < len(full) for full, short in names.items())
    assert all(len(short) <= MAX_WORD for short in names.values())


def test_a_huge_text_takes_no_time() -> None:
    shortened("a-b-c-" * 50_000)
    shortened("arn:aws:" * 50_000)
    shortened("ip-1-2-3-4." * 50_000)
