"""The arguments of bootstrap.sh, sorted as it sorts them. Pure.

Which there are, and what it does without them:
https://github.com/awslabs/amazon-eks-ami, `templates/al2/runtime/bootstrap.sh` (until 2025)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from include.eks_upgrade.nodes.launch_templates.user_data.kubelet_flags import read_flags
from include.eks_upgrade.nodes.launch_templates.user_data.model import (
    AUTHORITY,
    CIDR,
    ENDPOINT,
    NAME,
    Reading,
)

_OF_THE_CLUSTER = {
    "--apiserver-endpoint": ENDPOINT,
    "--b64-cluster-ca": AUTHORITY,
    "--service-ipv4-cidr": CIDR,
    "--service-ipv6-cidr": CIDR,
    "--dns-cluster-ip": "--dns-cluster-ip",
    "--ip-family": "--ip-family",
}
"""Arguments that a new call gives again; the last two are compared as they are."""

_AWS_KNOWS = frozenset({ENDPOINT, AUTHORITY, CIDR})

_WITHOUT_EFFECT = {
    "--container-runtime": ("containerd",),
    "--use-max-pods": ("true",),
    "--enable-docker-bridge": ("false",),
    "--mount-bpf-fs": ("true",),
    "--enable-local-outpost": ("false",),
}
"""What every node has anyway since Kubernetes 1.24, in every family."""

_RETRIES = "--aws-api-retry-attempts"
_KUBELET = "--kubelet-extra-args"
_TAKE_A_VALUE = frozenset(
    {
        *_OF_THE_CLUSTER,
        *_WITHOUT_EFFECT,
        _RETRIES,
        _KUBELET,
        "--cluster-id",
        "--containerd-config-file",
        "--docker-config-json",
        "--local-disks",
        "--pause-container-account",
        "--pause-container-version",
    }
)


@dataclass(frozen=True)
class Unknown:
    """An argument that only a shell knows, as it is written.

    Attributes:
        asked: whether the script asks AWS, the instance or a file for it, and nothing else.
    """

    text: str
    asked: bool


Argument = str | Unknown


def read_arguments(arguments: Sequence[Argument], reading: Reading) -> None:
    """Add what the arguments say to a reading; of one that is given twice, the last counts."""
    names: list[Argument] = []
    options: dict[str, Argument] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if isinstance(word, Unknown) or word not in _TAKE_A_VALUE:
            names.append(word)
        elif not rest:
            reading.extras.append(f"{word} without a value")
        else:
            options[word] = rest.pop(0)
    _read_names(names, reading)
    for option, value in options.items():
        _read_option(option, value, reading)


def _read_names(names: list[Argument], reading: Reading) -> None:
    """The cluster's name, and what bootstrap.sh does not look at."""
    name = names[0] if names else ""
    reading.cluster[NAME] = None if isinstance(name, Unknown) else name
    reading.extras += _only_a_shell_knows("the name of the cluster", name)
    reading.extras += [f"the argument {shown_argument(one)}" for one in names[1:]]


def _read_option(option: str, value: Argument, reading: Reading) -> None:
    fact = _OF_THE_CLUSTER.get(option)
    if option == _KUBELET:
        _read_kubelet_arguments(value, reading)
    elif fact in _AWS_KNOWS:
        # AWS knows these facts, whatever a shell would have made of them.
        reading.cluster[fact] = None if isinstance(value, Unknown) else value
        reading.extras += _only_a_shell_knows(option, value)
    elif isinstance(value, Unknown) or not (
        fact or option == _RETRIES or value in _WITHOUT_EFFECT.get(option, ())
    ):
        reading.extras.append(f"{option} {shown_argument(value)}")
    elif fact:
        reading.cluster[fact] = value.lower()


def _only_a_shell_knows(what: str, value: Argument) -> list[str]:
    if isinstance(value, Unknown) and not value.asked:
        return [f"{what} {shown_argument(value)}"]
    return []


def shown_argument(argument: Argument) -> str:
    """An argument for a message."""
    if isinstance(argument, Unknown):
        return f"{argument.text} (only a shell knows it)"
    return argument or "''"


def _read_kubelet_arguments(value: Argument, reading: Reading) -> None:
    text, before = value.text if isinstance(value, Unknown) else value, len(reading.extras)
    read_flags(text, reading)
    if isinstance(value, Unknown) and len(reading.extras) == before:
        reading.extras.append(f"{_KUBELET} {shown_argument(value)}")
