"""What a node's user data says: how it joins the cluster, and what else it does.

Three ways to join exist: `bootstrap.sh` (Amazon Linux 2, Ubuntu), a NodeConfig for nodeadm
(Amazon Linux 2023), and Bottlerocket's TOML settings. Forms:
https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
"""

import re
import shlex
import tomllib
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message

import yaml

from include.eks_upgrade.nodes.images.image import AL2, AL2023, BOTTLEROCKET, UBUNTU

BOOTSTRAP_SH, NODEADM, SETTINGS = "bootstrap.sh", "nodeadm", "Bottlerocket settings"

_STYLES = {AL2: BOOTSTRAP_SH, UBUNTU: BOOTSTRAP_SH, AL2023: NODEADM, BOTTLEROCKET: SETTINGS}
NODE_CONFIG_TYPE = "application/node.eks.aws"

# bootstrap.sh arguments that the generated user data gives again from DescribeCluster.
_GIVEN_AGAIN = {
    "--apiserver-endpoint",
    "--b64-cluster-ca",
    "--dns-cluster-ip",
    "--ip-family",
    "--service-ipv6-cidr",
}
# Lines of a script that do nothing by themselves.
_IDLE = re.compile(r"^\s*(?:#.*|set\s+[-+].*|exec\s+>.*|exit 0|)$")
_SETTINGS_GIVEN_AGAIN = {
    "api-server",
    "cluster-certificate",
    "cluster-name",
    "cluster-dns-ip",
    "node-labels",
    "node-taints",
}


@dataclass(frozen=True)
class Part:
    """One part of user data; a plain script or TOML is a single part."""

    content_type: str
    text: str


@dataclass
class Reading:
    """What the joining part holds besides the cluster's own facts.

    Attributes:
        labels: node labels it registers.
        taints: `key=value:Effect` it registers.
        extras: everything a generated part would not say again, in its own words.
    """

    labels: dict[str, str] = field(default_factory=dict)
    taints: list[str] = field(default_factory=list)
    extras: list[str] = field(default_factory=list)


def style_of(family: str) -> str:
    """How nodes of a family join: one of the three styles, or '' for another family."""
    return _STYLES.get(family, "")


def is_mime(text: str) -> bool:
    """Whether the text is a MIME multipart message, as cloud-init recognises it."""
    return text.lstrip()[:200].lower().startswith(("mime-version:", "content-type: multipart"))


def parts_of(text: str) -> list[Part]:
    """The parts, decoded; text that is no MIME message is one part."""
    if not is_mime(text):
        return [Part(_plain_type(text), text)]
    message = message_from_string(text.lstrip())
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return [Part(part.get_content_type(), _decoded(part)) for part in leaves]


def _plain_type(text: str) -> str:
    if text.lstrip().startswith("#cloud-config"):
        return "text/cloud-config"
    if "node.eks.aws" in text and not text.lstrip().startswith("#!"):
        return NODE_CONFIG_TYPE
    return "text/x-shellscript"


def _decoded(part: Message) -> str:
    raw = part.get_payload(decode=True)
    return raw.decode("utf-8", errors="replace") if isinstance(raw, bytes) else ""


def joins(part: Part) -> str:
    """The style in which this part makes the node join, or '' when it does not."""
    if part.content_type == NODE_CONFIG_TYPE or re.search(
        r"apiVersion:\s*[\"']?node\.eks\.aws", part.text
    ):
        return NODEADM
    if re.search(r"^[^#\n]*bootstrap\.sh\b", part.text, re.MULTILINE):
        return BOOTSTRAP_SH
    if re.search(r"^\s*(?:cluster-name\s*=|\[settings)", part.text, re.MULTILINE):
        return SETTINGS
    return ""


def read_joining_part(part: Part) -> Reading:
    """Read the part that makes the node join; what is not understood becomes an extra."""
    readers = {
        NODEADM: _read_node_config,
        BOOTSTRAP_SH: _read_script,
        SETTINGS: _read_settings,
    }
    return readers[joins(part)](part.text)


def _read_script(text: str) -> Reading:
    reading = Reading()
    for line in text.replace("\\\n", " ").splitlines():
        if "bootstrap.sh" in line and not line.lstrip().startswith("#"):
            _read_command(line, reading)
        elif not _IDLE.match(line):
            reading.extras.append(line.strip())
    return reading


def _read_command(line: str, reading: Reading) -> None:
    try:
        words = shlex.split(line)
    except ValueError:
        reading.extras.append(line.strip())
        return
    at = next(i for i, word in enumerate(words) if "bootstrap.sh" in word)
    # `sudo` and `bash -x` before it do nothing of their own.
    arguments = words[at + 1 :]
    position = 0
    while position < len(arguments):
        word, _, value = arguments[position].partition("=")
        if not word.startswith("--"):
            position += 1  # the cluster's name
            continue
        if not value:
            position += 1
            value = arguments[position] if position < len(arguments) else ""
        position += 1
        if word == "--kubelet-extra-args":
            _read_kubelet_flags(shlex.split(value), reading)
        elif word not in _GIVEN_AGAIN:
            reading.extras.append(f"{word} {value}".strip())


def _read_kubelet_flags(flags: list[str], reading: Reading) -> None:
    for flag in flags:
        name, _, value = flag.partition("=")
        if name == "--node-labels":
            pairs = (pair.partition("=") for pair in value.split(",") if pair)
            reading.labels |= {key: text for key, _, text in pairs}
        elif name == "--register-with-taints":
            reading.taints += [taint for taint in value.split(",") if taint]
        else:
            reading.extras.append(f"kubelet flag {flag}")


def _read_node_config(text: str) -> Reading:
    reading = Reading()
    try:
        loaded = yaml.safe_load(text)
        spec = dict(loaded["spec"])
        kubelet = dict(spec.pop("kubelet", None) or {})
    except (yaml.YAMLError, TypeError, KeyError, ValueError):
        reading.extras.append("a NodeConfig that cannot be read")
        return reading
    cluster = dict(spec.pop("cluster", None) or {})
    given_again = {"name", "apiServerEndpoint", "certificateAuthority", "cidr"}
    _read_kubelet_flags([str(flag) for flag in kubelet.pop("flags", None) or ()], reading)
    others = {
        "spec": spec,
        "spec.kubelet": kubelet,
        "spec.cluster": {key: value for key, value in cluster.items() if key not in given_again},
    }
    reading.extras += [f"{where}.{key}" for where, what in others.items() for key in what]
    return reading


def _read_settings(text: str) -> Reading:
    reading = Reading()
    try:
        settings = tomllib.loads(text).get("settings", {})
        kubernetes = settings.get("kubernetes", {})
    except (tomllib.TOMLDecodeError, AttributeError):
        reading.extras.append("TOML settings that cannot be read")
        return reading
    reading.labels |= kubernetes.get("node-labels", {})
    for key, values in kubernetes.get("node-taints", {}).items():
        effects = values if isinstance(values, list) else [values]
        reading.taints += [f"{key}={effect}" for effect in effects]
    reading.extras += [f"settings.{key}" for key in settings if key != "kubernetes"]
    reading.extras += [
        f"settings.kubernetes.{key}" for key in kubernetes if key not in _SETTINGS_GIVEN_AGAIN
    ]
    return reading
