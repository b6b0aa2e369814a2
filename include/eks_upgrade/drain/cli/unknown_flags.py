"""Flags that this command line does not have: what to use instead, or which one was meant."""

from collections.abc import Collection, Iterator, Sequence

from include.eks_upgrade.common.text import nearest

_LEAVE_OUT = "leave it out: it changes nothing here"
_CONTEXT = "write it into a kubeconfig, and name that with --kubeconfig and --context"
_OWN_USER = "use the kubeconfig of that user: nobody is impersonated here"

INSTEAD = {
    "--chunk-size": "leave it out: long lists are always read in pages",
    "--skip-wait-for-delete-timeout": "leave it out: a pod whose node is gone is not waited for; "
    "for one that will not stop, give --timeout or --when-blocked slow_to_stop=fail",
    "--delete-local-data": "give --delete-emptydir-data",
    "--ignore-errors": "leave it out: nodes are drained side by side, and one holds up no other",
    "--namespace": "leave it out: a node's pods are those of all namespaces; --pod-selector "
    "chooses among them",
    "--request-timeout": "give --timeout, which bounds the whole drain",
    "--insecure-skip-tls-verify": "write the cluster's certificate authority into a kubeconfig, "
    "and name that with --kubeconfig",
    "--as": _OWN_USER,
    "--as-group": _OWN_USER,
    "--as-uid": _OWN_USER,
    "--as-user-extra": _OWN_USER,
    "--certificate-authority": _CONTEXT,
    "--client-certificate": _CONTEXT,
    "--client-key": _CONTEXT,
    "--cluster": _CONTEXT,
    "--password": _CONTEXT,
    "--proxy-url": _CONTEXT,
    "--server": _CONTEXT,
    "--tls-server-name": _CONTEXT,
    "--token": _CONTEXT,
    "--user": _CONTEXT,
    "--username": _CONTEXT,
    "--cache-dir": _LEAVE_OUT,
    "--disable-compression": _LEAVE_OUT,
    "--kuberc": _LEAVE_OUT,
    "--log-flush-frequency": _LEAVE_OUT,
    "--match-server-version": _LEAVE_OUT,
    "--profile": _LEAVE_OUT,
    "--profile-output": _LEAVE_OUT,
    "--v": "leave it out: what happens is always printed",
    "--vmodule": _LEAVE_OUT,
    "--warnings-as-errors": _LEAVE_OUT,
}
"""By flag of `kubectl drain` that is not known here (those of 1.37, and two older ones)."""

_SHORT = {"-n": "--namespace", "-s": "--server", "-v": "--v"}


def unknown_flags(argv: Sequence[str], known: Collection[str]) -> Iterator[str]:
    """A sentence for each flag that there is none of.

    Args:
        argv: the words of a command line.
        known: the flags there are.
    """
    for word in argv:
        name = word.partition("=")[0]
        name = _SHORT.get(name, name)
        if name.startswith("--") and name not in known:
            yield f"unknown flag {name}: {INSTEAD.get(name) or _meant(name, known)}"


def _meant(name: str, known: Collection[str]) -> str:
    found = nearest(name, [*known, *INSTEAD])
    if not found:
        return "there is none like it; see the list"
    lacking = INSTEAD.get(found)
    return f"if {found} is meant, {lacking}" if lacking else f"is {found} meant?"
