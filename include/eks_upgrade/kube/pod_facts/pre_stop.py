"""How long the containers of a pod wait before they are told to stop: their `preStop` hooks.

https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/. A hook that only sleeps
is the usual way to stay up until load balancers have let go; any other hook takes as long as it
takes, which nothing tells.
"""

import re

from include.eks_upgrade.common.raw import Raw

_SLEEP = re.compile(r"(?:^|[\s;&/])sleep\s+(\d+(?:\.\d+)?)(s?)(?=$|[\s;&])")


def pre_stop_seconds(spec: Raw) -> float:
    """The longest sleep of any container's hook, within the grace period; 0 without one."""
    hooks = (
        ((each.get("lifecycle") or {}).get("preStop") or {})
        for each in spec.get("containers") or ()
    )
    longest = max(map(_sleep, hooks), default=0.0)
    return min(longest, float(spec.get("terminationGracePeriodSeconds", 30)))


def _sleep(hook: Raw) -> float:
    if "sleep" in hook:
        return float((hook["sleep"] or {}).get("seconds") or 0)
    command = " ".join(map(str, (hook.get("exec") or {}).get("command") or ()))
    return sum(float(found[1]) for found in _SLEEP.finditer(command))
