"""What Bottlerocket's settings say. TOML, whatever way its tables are written. Pure.

Names: https://bottlerocket.dev/en/os/latest/#/api/settings/kubernetes/
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from include.eks_upgrade.nodes.launch_templates.user_data.labels import label_problem
from include.eks_upgrade.nodes.launch_templates.user_data.model import (
    AUTHORITY,
    ENDPOINT,
    NAME,
    SETTINGS,
    Reading,
)
from include.eks_upgrade.nodes.launch_templates.user_data.taints import Taint

_OF_THE_CLUSTER = {
    "cluster-name": NAME,
    "api-server": ENDPOINT,
    "cluster-certificate": AUTHORITY,
    "cluster-dns-ip": "--dns-cluster-ip",
}
NEEDED = (NAME, ENDPOINT, AUTHORITY)
"""What Bottlerocket needs to know of the cluster."""


def is_settings(text: str) -> bool:
    """Whether a text is TOML with settings in it, or means to be: its first table or key is so."""
    try:
        return isinstance(tomllib.loads(text).get("settings"), dict)
    except tomllib.TOMLDecodeError:
        return bool(re.match(r"(?:\s*#[^!\n]*\n|\s)*\[?\s*settings\s*[.\]]", text))


def has_kubernetes_settings(text: str) -> bool:
    """Whether the TOML says anything under `settings.kubernetes`."""
    return "kubernetes" in tomllib.loads(text).get("settings", {})


def with_cluster(text: str, facts: Mapping[str, str]) -> str | None:
    """The TOML with these facts of the cluster in it, where its tables let them stand.

    Args:
        text: TOML that has `settings.kubernetes` already.
        facts: by NAME, ENDPOINT and AUTHORITY: those that it lacks.

    Returns:
        The same text with a few lines more, or None when they cannot be put in.
    """
    wanted = {key: facts[name] for key, name in _OF_THE_CLUSTER.items() if name in facts}
    before = tomllib.loads(text)
    before["settings"]["kubernetes"] |= wanted
    for candidate in _candidates(text, wanted):
        try:
            if tomllib.loads(candidate) == before:
                return candidate
        except tomllib.TOMLDecodeError:
            continue
    return None


def _candidates(text: str, wanted: Mapping[str, str]) -> Iterator[str]:
    """Under the table's header; or, where the keys are dotted, before everything else."""
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in wanted.items())
    header = re.search(r"(?m)^\s*\[\s*settings\s*\.\s*kubernetes\s*\][^\n]*\n", text + "\n")
    if header:
        yield text[: header.end()] + lines + text[header.end() :]
    yield "".join(f"settings.kubernetes.{line}\n" for line in lines.splitlines()) + text


def read_settings(text: str) -> Reading:
    """Read TOML settings."""
    reading = Reading(style=SETTINGS)
    try:
        loaded = tomllib.loads(text)
        settings = dict(loaded.get("settings", {}))
        _read_kubernetes(settings.pop("kubernetes", {}), reading)
    except (tomllib.TOMLDecodeError, AttributeError, TypeError, ValueError):
        return Reading(style=SETTINGS, broken="TOML settings that cannot be read")
    reading.extras += [f"settings.{key}" for key in settings]
    reading.extras += [key for key in loaded if key != "settings"]
    return reading


def _read_kubernetes(kubernetes: Mapping[str, Any], reading: Reading) -> None:
    for key, value in kubernetes.items():
        if key == "node-labels":
            _read_labels(value, reading)
        elif key == "node-taints":
            _read_taints(value, reading)
        elif key not in _OF_THE_CLUSTER:
            reading.extras.append(f"settings.kubernetes.{key}")
        elif value:
            # cluster-dns-ip may be a list of addresses.
            text = ",".join(value) if isinstance(value, list) else str(value)
            reading.cluster[_OF_THE_CLUSTER[key]] = text


def _read_labels(labels: Mapping[str, Any], reading: Reading) -> None:
    for key, value in labels.items():
        if not isinstance(value, str) or label_problem(key, value):
            reading.extras.append(f"the label {key} = {value!r}, which no kubelet takes")
        else:
            reading.labels[key] = value


def _read_taints(taints: Mapping[str, Any], reading: Reading) -> None:
    for key, values in taints.items():
        for text in values if isinstance(values, list) else [values]:
            taint = Taint.read_setting(key, str(text))
            if taint is None:
                reading.extras.append(f"the taint {key} = {text!r}, which no kubelet takes")
            else:
                reading.taints.append(taint)
