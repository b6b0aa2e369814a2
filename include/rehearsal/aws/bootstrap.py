"""Does an instance's user data really bootstrap it into this cluster?

A custom image in a managed node group gets no help from EKS: the launch template's user data
must start kubelet (https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html).
"""

import base64
import binascii
import email
import gzip
import shlex
import tomllib
from typing import Any

import yaml

SCRIPT = "/etc/eks/bootstrap.sh"


def bootstrap_problem(user_data: str | None, family: str, cluster: dict[str, Any]) -> str | None:
    """Why an instance with this user data does not join, or None when it does.

    Args:
        user_data: base64, as it stands in the launch template.
        family: the image's family: al2, ubuntu (bootstrap.sh), al2023 (nodeadm), bottlerocket.
        cluster: the cluster as DescribeCluster answers.
    """
    text = decode(user_data)
    if not text.strip():
        return "the launch template has no user data, so nothing starts kubelet"
    if family == "al2023":
        return _node_config_problem(text, cluster)
    if family == "bottlerocket":
        return _settings_problem(text, cluster)
    return _script_problem(text, cluster["name"])


def decode(user_data: str | None) -> str:
    """User data as text; empty when there is none or it is not base64."""
    try:
        raw = base64.b64decode(str(user_data or ""))
        # cloud-init, nodeadm and Bottlerocket undo gzip.
        return (gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw).decode(
            "utf-8", "replace"
        )
    except (binascii.Error, OSError, EOFError):
        return ""


def parts(text: str) -> list[tuple[str, str]]:
    """The (content type, body) parts of MIME user data; plain user data is one part."""
    if "MIME-Version:" not in text and "Content-Type: multipart" not in text:
        return [("text/plain", text)]
    message = email.message_from_string(text.lstrip())
    found = []
    for part in message.walk():
        if part.is_multipart():
            continue
        payload = part.get_payload(decode=True)
        body = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(payload)
        found.append((part.get_content_type(), body))
    return found


def _script_problem(text: str, cluster: str) -> str | None:
    for _, body in parts(text):
        for line in body.replace("\\\n", " ").splitlines():
            if SCRIPT not in line or line.lstrip().startswith("#"):
                continue
            tokens = _tokens(line)
            if any(token.endswith(SCRIPT) for token in tokens) and cluster in tokens:
                return None
            return f"the user data bootstraps another cluster: {line.strip()}"
    return f"the user data does not call {SCRIPT}"


def _tokens(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:  # quotes that do not close: bash would read on in the next line
        return line.split()


def _node_config_problem(text: str, cluster: dict[str, Any]) -> str | None:
    merged: dict[str, Any] = {}
    for _, body in parts(text):
        merged.update(_cluster_of(body))
    if not merged:
        return "the user data holds no NodeConfig with spec.cluster, which nodeadm needs"
    wanted = {
        "name": cluster["name"],
        "apiServerEndpoint": cluster["endpoint"],
        "certificateAuthority": cluster["certificateAuthority"]["data"],
        "cidr": cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"],
    }
    wrong = [key for key, value in wanted.items() if merged.get(key) != value]
    if wrong:
        return f"NodeConfig spec.cluster is wrong or incomplete: {', '.join(wrong)}"
    return None


def _cluster_of(body: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    try:
        documents = list(yaml.safe_load_all(body))
    except yaml.YAMLError:
        return found
    for document in documents:
        if isinstance(document, dict) and document.get("kind") == "NodeConfig":
            found.update((document.get("spec") or {}).get("cluster") or {})
    return found


def _settings_problem(text: str, cluster: dict[str, Any]) -> str | None:
    try:
        settings = tomllib.loads(text).get("settings", {}).get("kubernetes", {})
    except tomllib.TOMLDecodeError as error:
        return f"the user data is not TOML: {error}"
    wanted = {
        "cluster-name": cluster["name"],
        "api-server": cluster["endpoint"],
        "cluster-certificate": cluster["certificateAuthority"]["data"],
    }
    wrong = [key for key, value in wanted.items() if settings.get(key) != value]
    return f"settings.kubernetes is wrong or incomplete: {', '.join(wrong)}" if wrong else None
