"""What each part of user data says: how it makes a node join, and what else it does. Pure.

Three ways to join exist: `bootstrap.sh` (Amazon Linux 2, Ubuntu), a NodeConfig for nodeadm
(Amazon Linux 2023), and Bottlerocket's TOML settings. Each is read by the grammar of its own, and
which grammar that is says the type of the part, as it does for cloud-init and nodeadm.
Forms: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
"""

import re
import shlex
from collections.abc import Sequence
from typing import Any

import yaml

from include.eks_upgrade.nodes.launch_templates.user_data.mime import parts_of
from include.eks_upgrade.nodes.launch_templates.user_data.model import (
    BOOTSTRAP_SH,
    NAME,
    NO_PARTS_TYPE,
    NODE_CONFIG_TYPE,
    NODEADM,
    SCRIPT_TYPE,
    SETTINGS_TYPE,
    UNKNOWN_TYPE,
    UNSEEN_TYPE,
    WINDOWS_TYPE,
    Part,
    Reading,
)
from include.eks_upgrade.nodes.launch_templates.user_data.node_config import read_node_config
from include.eks_upgrade.nodes.launch_templates.user_data.script import (
    mentions_a_call,
    read_script,
)
from include.eks_upgrade.nodes.launch_templates.user_data.settings import read_settings

_BOOTHOOK = "text/cloud-boothook"
_SCRIPTS = frozenset(
    {SCRIPT_TYPE, "text/x-shellscript-per-boot", "text/x-shellscript-per-instance",
     "text/x-shellscript-per-once"}
)  # fmt: skip
_CLOUD_CONFIG = "text/cloud-config"
_JINJA = "text/jinja2"
_SHELLS = re.compile(r"#!\s*(?:/usr)?/bin/(?:env\s+)?(ba)?sh(?:\s+-[exuv]+)?\s*")


def read_all(text: str | None) -> list[Reading]:
    """Every part of a launch template's user data, in its order."""
    if not text or not text.strip():
        return []
    parts = parts_of(text)
    read = [read_part(part) for part in parts]
    for number, one in enumerate(read, start=1):
        one.where = f"part {number}" if len(parts) > 1 else ""
    return read


def read_part(part: Part) -> Reading:
    """Read one part; what is not understood becomes an extra of it, by name."""
    if "\ufffd" in part.text:
        return Reading(broken=f"a part {part.content_type} that is not text")
    if part.content_type == NODE_CONFIG_TYPE:
        return read_node_config(part.text)
    if part.content_type == SETTINGS_TYPE:
        return read_settings(part.text)
    if part.content_type in _SCRIPTS:
        return _read_shell(part.text)
    if part.content_type == _BOOTHOOK:
        return _read_shell(part.text.lstrip().removeprefix("#cloud-boothook").lstrip())
    return _read_other(part)


def _read_shell(text: str) -> Reading:
    """A script; cloud-init runs none that does not begin with `#!`."""
    if not text.strip():
        return Reading()
    first = _first_line(text)
    if not text.startswith("#!"):
        return Reading(broken=f"a script that does not begin with #! ({first} …)")
    shell = _SHELLS.fullmatch(first)
    if shell:
        return read_script(text, bash=bool(shell[1]))
    return _by_mention(text, Reading(unreadable=f"a script of another language ({first})"))


_READ_BY_NOBODY = {
    UNKNOWN_TYPE: "text of a kind that no node reads ({} …)",
    NO_PARTS_TYPE: "a MIME message in which no part begins with its boundary",
    UNSEEN_TYPE: "a NodeConfig that nodeadm does not reach: it is nested, or the last boundary is "
    "missing",
    WINDOWS_TYPE: "text for Windows ({} …)",
}


def _read_other(part: Part) -> Reading:
    if part.content_type in _READ_BY_NOBODY:
        why = _READ_BY_NOBODY[part.content_type]
        return Reading(broken=why.format(_first_line(part.text)))
    reading = Reading()
    if part.content_type == _CLOUD_CONFIG:
        reading = _read_cloud_config(part.text)
    elif part.content_type == _JINJA:
        # A template of cloud-init's: what stands under its first line, as it stands there.
        reading = read_script(part.text.partition("\n")[2])
    if part.text.strip():
        reading.extras = [f"a part {part.content_type} ({_first_line(part.text)} …)"]
    return reading if reading.style else _by_mention(part.text, reading)


def _by_mention(text: str, reading: Reading) -> Reading:
    """The same, and that it may make a node join: something in it looks like a call."""
    if mentions_a_call(text):
        reading.style, reading.by_mention = BOOTSTRAP_SH, True
        reading.cluster[NAME] = None
    return reading


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:60]


def _read_cloud_config(text: str) -> Reading:
    """The commands that cloud-init runs for it, of which one may call bootstrap.sh."""
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError:
        return Reading(broken="a cloud-config that cannot be read")
    if not isinstance(loaded, dict):
        return Reading()
    listed = [loaded.get(key) for key in ("bootcmd", "runcmd")]
    lines = [_line(one) for many in listed if isinstance(many, list) for one in many]
    return read_script("\n".join(lines))


def _line(command: Any) -> str:
    return shlex.join(map(str, command)) if isinstance(command, list) else str(command)


def combined(read: Sequence[Reading]) -> Reading:
    """What several parts of one style say together, the later one counting more."""
    together = Reading(style=read[0].style if read else "")
    for one in read:
        together.cluster |= one.cluster
        together.labels |= one.labels
        together.flags += one.flags
        together.gates |= one.gates
        if one.style != NODEADM:
            together.taints += [taint for taint in one.taints if taint not in together.taints]
        elif one.taints_by_flag or (one.taints and not together.taints_by_flag):
            together.taints, together.taints_by_flag = one.taints, one.taints_by_flag
    return together
