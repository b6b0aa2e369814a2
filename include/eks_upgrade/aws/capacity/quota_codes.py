"""Quotas of EKS and EC2 that a new node group meets, by their codes. Pure.

The codes are those of several public tables; AWS has no list of them that can be read without an
account. A family that is not known here has no code, and the plan says so.
"""

import re

GROUPS_PER_CLUSTER = "L-6D54EA21"
NODES_PER_GROUP = "L-BD136A63"

SERVICES = {GROUPS_PER_CLUSTER: "eks", NODES_PER_GROUP: "eks"}
"""The service of a quota; `ec2` of all others."""

_STANDARD = ("L-1216C47A", "L-34B43A08")
_VCPU = {
    **dict.fromkeys("acdhimrtz", _STANDARD),
    "g": ("L-DB2E81BA", "L-3819A6DF"),
    "gr": ("L-DB2E81BA", "L-3819A6DF"),
    "vt": ("L-DB2E81BA", "L-3819A6DF"),
    "p": ("L-417A185B", "L-7212CCBC"),
    "inf": ("L-1945791B", "L-B5D1601B"),
    "trn": ("L-2C3B7624", "L-6B0D517C"),
    "x": ("L-7295265B", "L-E3A00192"),
    "f": ("L-74FC7D96", "L-88CF9481"),
    "dl": ("L-6E869C2A", "L-85EED4F7"),
    "u": ("L-43DA4232", ""),
}
"""Of a family, by the letters before its number: the quotas of On-Demand and of Spot vCPUs."""

_WITHOUT = frozenset({"mac", "hpc"})
_NAMES = {
    GROUPS_PER_CLUSTER: "managed node groups in a cluster",
    NODES_PER_GROUP: "nodes in a managed node group",
    "L-1216C47A": "vCPUs of On-Demand Standard instances",
    "L-34B43A08": "vCPUs of Spot Standard instances",
}


def vcpu_quota(instance_type: str, *, spot: bool) -> str:
    """The code of the quota that an instance's vCPUs count against; '' where it is not known."""
    letters = family_letters(instance_type)
    if letters in _WITHOUT:
        return ""
    codes = _VCPU.get(letters) or _VCPU.get(letters[:1], ("", ""))
    return codes[1 if spot else 0]


def family_letters(instance_type: str) -> str:
    """The letters before the number: `hpc` of `hpc7g.4xlarge`; '' of what has none."""
    found = re.match(r"[a-z]+", instance_type)
    return found.group() if found else ""


def quota_name(code: str) -> str:
    """What a quota counts, with its code, for a message."""
    found = _NAMES.get(code)
    if found is None:
        family = next(
            (
                f"{letters.upper()} instances, {('On-Demand', 'Spot')[codes.index(code)]}"
                for letters, codes in _VCPU.items()
                if code in codes
            ),
            "instances",
        )
        found = f"vCPUs of {family}"
    return f"{found} ({code})"
