"""Taints as a kubelet, EKS and Bottlerocket write them; unique by key and effect. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.launch_templates.user_data.labels import is_key, is_value

_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}
"""EKS's word for an effect, and Kubernetes' own."""


@dataclass(frozen=True)
class Taint:
    """One taint; two of the same key and effect keep a kubelet from starting."""

    key: str
    value: str
    effect: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}:{self.effect}"

    @classmethod
    def read(cls, text: str) -> "Taint | None":
        """`key=value:Effect` or `key:Effect`, as a kubelet takes it; None when it takes it not."""
        pair, colon, effect = text.rpartition(":")
        key, _, value = pair.partition("=")
        return cls._checked(key, value, effect) if colon else None

    @classmethod
    def read_setting(cls, key: str, text: str) -> "Taint | None":
        """`value:Effect` or `:Effect`, as Bottlerocket has it under the key."""
        value, colon, effect = text.rpartition(":")
        return cls._checked(key, value, effect) if colon else None

    @classmethod
    def _checked(cls, key: str, value: str, effect: str) -> "Taint | None":
        valid = is_key(key) and is_value(value) and effect in _EFFECTS.values()
        return cls(key, value, effect) if valid else None

    @classmethod
    def of_group(cls, taint: Mapping[str, str]) -> "Taint":
        """A node group's taint; an effect unknown to us is passed on as it is."""
        effect = taint["effect"]
        return cls(taint["key"], taint.get("value") or "", _EFFECTS.get(effect, effect))


def merge_taints(
    own: Iterable[Taint], of_group: Iterable[Taint], subject: str
) -> list[Taint] | Problem:
    """Those of the user data and those of the node group, each once.

    Returns:
        The taints; or the Problem that the two give one key and effect two values: which of them
        counts only their owner knows.
    """
    merged: dict[tuple[str, str], Taint] = {}
    for taint in (*own, *of_group):
        other = merged.setdefault((taint.key, taint.effect), taint)
        if other != taint:
            return Problem(
                subject,
                f"it registers the taint {other}, and another place of it or the node group says "
                f"{taint}: a kubelet takes one value for a key and an effect",
                "let the launch template's user data and the node group's taints say the same",
            )
    return list(merged.values())


def taint_settings(taints: Sequence[Taint]) -> dict[str, list[str]]:
    """The taints as Bottlerocket's `node-taints`: by key, a list of `value:Effect`."""
    settings: dict[str, list[str]] = {}
    for taint in taints:
        settings.setdefault(taint.key, []).append(f"{taint.value}:{taint.effect}")
    return settings
