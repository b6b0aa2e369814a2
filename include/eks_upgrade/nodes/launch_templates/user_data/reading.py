"""What each part of user data says: how it makes a node join, and what else it does. Pure.

Three ways to join exist: `bootstrap.sh` (Amazon Linux 2, Ubuntu), a NodeConfig for nodeadm
(Amazon Linux 2023), and Bottlerocket's TOML settings. Each is read by the grammar of its own.
Forms: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
"""

import re
from typing import Any

import yaml

from include.eks_upgrade.nodes.launch_templates.user_data.model import (
    NODE_CONFIG_TYPE,
    SCRIPT_TYPE,
    Part,
    Reading,
)
from include.eks_upgrade.nodes.launch_templates.user_data.node_config import (
    is_node_config,
    read_node_config,
)
from include.eks_upgrade.nodes.launch_templates.user_data.script import read_script
from include.eks_upgrade.nodes.launch_templates.user_data.settings import (
    is_settings,
    read_settings,
)

_SCRIPTS = frozenset({SCRIPT_TYPE, "text/x-sh", "text/cloud-boothook"})
_CLOUD_CONFIG = "text/cloud-config"
_JINJA = "text/jinja2"


def read_part(part: Part) -> Reading:
    """Read one part; what is not understood becomes an extra of it, by name."""
    if part.content_type == NODE_CONFIG_TYPE or is_node_config(part.text):
        return read_node_config(part.text)
    if is_settings(part.text) or _is_meant_as_settings(part.text):
        return read_settings(part.text)
    if part.content_type == _JINJA:
        return _read_jinja(part)
    if part.content_type in _SCRIPTS:
        return read_script(part.text)
    reading = _read_cloud_config(part.text) if part.content_type == _CLOUD_CONFIG else Reading()
    if part.text.strip():
        reading.extras = [f"a part {part.content_type} ({_first_line(part.text)} …)"]
    return reading


def _is_meant_as_settings(text: str) -> bool:
    """Whether its first table or key is Bottlerocket's, though it may be broken TOML."""
    return bool(re.match(r"(?:\s*#[^!\n]*\n|\s)*\[?\s*settings\s*[.\]]", text))


def _read_jinja(part: Part) -> Reading:
    """A template of cloud-init's: what stands under its first line, as it stands there."""
    _, _, rest = part.text.partition("\n")
    reading = read_script(rest)
    reading.extras.append(f"a part {_JINJA} ({_first_line(rest)} …)")
    return reading


def joins(part: Part) -> str:
    """The style in which this part makes the node join, or '' when it does not."""
    return read_part(part).style


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:60]


def _read_cloud_config(text: str) -> Reading:
    """The commands that cloud-init runs for it, of which one may call bootstrap.sh."""
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError:
        return Reading()
    if not isinstance(loaded, dict):
        return Reading()
    listed = [loaded.get(key) for key in ("bootcmd", "runcmd")]
    lines = [_line(one) for many in listed if isinstance(many, list) for one in many]
    return read_script("\n".join(lines))


def _line(command: Any) -> str:
    return " ".join(str(word) for word in command) if isinstance(command, list) else str(command)
