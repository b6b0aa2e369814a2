"""A cluster by its kubeconfig, for whoever drains without AWS.

Files, users and exec plugins are read by the `kubernetes` package's own loader. What that loader
passes over in silence (impersonation, a proxy, a plugin that fails) is looked at here first, for a
drain must not go on as somebody else. The rules are kubectl's:
https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/

`kubernetes` is imported where it is used: that takes a second, which the triggerer never has.
"""

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.connection.loaded import (
    access_of,
    loader_errors,
    loader_message,
    token_of,
)

log = logging.getLogger(__name__)

Entry = Mapping[str, Any]
"""The body of a context, a cluster or a user, as the file has it."""

KINDS = {"contexts": "context", "clusters": "cluster", "users": "user"}
"""The lists of a kubeconfig, and the key under which each item keeps its body."""


@dataclass(frozen=True)
class Chosen:
    """The one context that is used. `files` as $KUBECONFIG lists them, for messages and loader."""

    files: str
    context: str
    cluster: Entry = field(repr=False)
    user: Entry = field(repr=False)

    @property
    def endpoint(self) -> str:
        """URL of the API server, without a slash at its end."""
        return str(self.cluster.get("server") or "").rstrip("/")

    @property
    def proxy(self) -> str | None:
        """The proxy that the file names; None leaves it to the environment, as kubectl does."""
        return str(self.cluster.get("proxy-url") or "") or None

    def refused(self, what: str, remedy: str) -> Refused:
        """The error for something that is wrong with it."""
        subject = f"context {self.context} of {self.files}"
        return Refused("The kubeconfig cannot be used", [Problem(subject, what, remedy)])


def read_kubeconfig(path: str | None, context: str | None) -> ClusterAccess:
    """How to reach the cluster that a kubeconfig names.

    Credentials are read anew at each call of `token` (an exec plugin is run again, a token file
    read again). Over plain http (`kubectl proxy`) none are sent, as kubectl sends none.

    `insecure-skip-tls-verify` is honoured with a warning: it is the choice of the person whose
    file this is, kubectl honours it, and test clusters often have nothing better. Airflow's way to
    a cluster never comes through this function; there the CA is always checked.

    Args:
        path: the file; None takes $KUBECONFIG (several files with `:` between), then
            ~/.kube/config.
        context: name of the context; None takes the current one.

    Raises:
        Refused: the file, the context or a credential cannot be used; the message names what.
    """
    chosen = choose_context(path, context)
    check_context(chosen)
    _warn_if_unverified(chosen)
    if chosen.endpoint.startswith("http://"):
        return ClusterAccess(chosen.endpoint, "", lambda: "", proxy=chosen.proxy)
    first = _load(chosen)
    # A person's own kubeconfig is followed, as kubectl does, with a warning.
    return access_of(
        first, _tokens(chosen, first), chosen.refused, chosen.proxy, may_skip_verification=True
    )


def choose_context(path: str | None, context: str | None) -> Chosen:
    """The context that is used of these files; arguments and errors as in `read_kubeconfig`."""
    files = path or os.environ.get("KUBECONFIG") or str(Path("~/.kube/config").expanduser())
    paths = [Path(p).expanduser() for p in files.split(os.pathsep) if p]
    existing = [path for path in paths if path.exists()]
    if not existing:
        remedy = "name one that is there (--kubeconfig, $KUBECONFIG, a connection's path)"
        raise Refused("There is no kubeconfig", [Problem(files, "no such file", remedy)])
    return _chosen(files, [_content(str(path), _text(path)) for path in existing], context)


def choose_context_of_text(text: str, title: str, context: str | None) -> Chosen:
    """The context that is used of a kubeconfig's text (YAML or JSON); `title` is for messages."""
    return _chosen(title, [_content(title, text)], context)


def _chosen(files: str, contents: list[Entry], context: str | None) -> Chosen:
    found = _merged(contents)
    name = context or found["current-context"]
    body = found["contexts"].get(name)
    if body is None:
        known = ", ".join(sorted(found["contexts"])) or "none"
        what = f"there is no context {name}" if name else "no context is current"
        remedy = f"name another context (there are: {known})"
        raise Refused("The kubeconfig cannot be used", [Problem(files, what, remedy)])
    chosen = Chosen(files, name, {}, {})
    return Chosen(
        files,
        name,
        _named(chosen, found["clusters"], "cluster", body),
        _named(chosen, found["users"], "user", body) if body.get("user") else {},
    )


def _named(chosen: Chosen, known: Mapping[str, Entry], kind: str, body: Entry) -> Entry:
    name = body.get(kind)
    if name not in known:
        raise chosen.refused(f"it names the {kind} {name}, which is not there", f"add the {kind}")
    return known[str(name)]


def _merged(contents: list[Entry]) -> dict[str, Any]:
    """All files as one; the first that has a name wins. Keys: those of `KINDS`, current-context."""
    merged: dict[str, Any] = {"current-context": "", **{plural: {} for plural in KINDS}}
    for content in contents:
        merged["current-context"] = merged["current-context"] or content.get("current-context", "")
        for plural, key in KINDS.items():
            for item in content.get(plural) or ():
                merged[plural].setdefault(item["name"], item.get(key) or {})
    return merged


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise _unreadable(str(path), f"{type(error).__name__}: {error}") from error


def _content(title: str, text: str) -> Entry:
    """One file, with the shape that the rest relies on."""
    try:
        content = yaml.safe_load(text) or {}
        if not all(
            isinstance(item["name"], str) and isinstance(item.get(key) or {}, dict)
            for plural, key in KINDS.items()
            for item in content.get(plural) or ()
        ):
            raise TypeError("an item has no name or no body")
    except yaml.YAMLError as error:
        # Not its own message, nor as a cause: both quote the lines around, perhaps a token.
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise _unreadable(title, f"it is no YAML{where}") from None
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise _unreadable(title, f"{type(error).__name__}: {error}") from error
    return content if isinstance(content, dict) else {}


def _unreadable(title: str, why: str) -> Refused:
    what = f"it cannot be read as a kubeconfig ({why})"
    problem = Problem(title, what, "compare `kubectl config view`")
    return Refused("The kubeconfig cannot be used", [problem])


def check_context(chosen: Chosen) -> None:
    """Refuse what the loader would pass over in silence.

    Raises:
        Refused: with it a drain would act as somebody else, or cannot act at all.
    """
    cluster, user = chosen.cluster, chosen.user
    if not chosen.endpoint.startswith(("https://", "http://")):
        what = f"its server is {chosen.endpoint or 'missing'}"
        raise chosen.refused(what, "give a URL with https://")
    if any(value for key, value in user.items() if key == "as" or str(key).startswith("as-")):
        raise chosen.refused("impersonation (as, as-groups) is not supported", "use its own user")
    if user.get("username"):
        remedy = "use a token, a client certificate or an exec plugin"
        raise chosen.refused("Kubernetes has no passwords since 1.19", remedy)
    if not cluster.get("insecure-skip-tls-verify") or chosen.endpoint.startswith("http://"):
        return
    if cluster.get("certificate-authority") or cluster.get("certificate-authority-data"):
        what = "it has a certificate authority and insecure-skip-tls-verify"
        raise chosen.refused(what, "remove insecure-skip-tls-verify")


def check_credential(chosen: Chosen, loaded: Any, errors: list[str]) -> None:
    """Refuse a plugin that gave nothing: without it a drain would act as nobody.

    Args:
        chosen: the context.
        loaded: the `kubernetes.client.Configuration` that was made of it.
        errors: what `loader_errors` heard meanwhile.
    """
    maker = next((key for key in ("exec", "auth-provider") if chosen.user.get(key)), "")
    if maker and not token_of(loaded) and not loaded.cert_file:
        command = chosen.user[maker].get("command") or chosen.user[maker].get("name")
        why = "; ".join(errors) or "its words are above"
        raise chosen.refused(
            f"its {maker} {command} gave no credential ({why})",
            "run the command by hand; for `aws` look whether its session has ended",
        )


def _warn_if_unverified(chosen: Chosen) -> None:
    if chosen.cluster.get("insecure-skip-tls-verify") and chosen.endpoint.startswith("https://"):
        log.warning(
            "WARNING: insecure-skip-tls-verify is set for %s: its certificate is NOT checked, and"
            " whoever stands between can read the credentials. Give its certificate-authority"
            " instead",
            chosen.endpoint,
        )


def _load(chosen: Chosen) -> Any:
    """What the package's loader makes of it: a `kubernetes.client.Configuration`."""
    from kubernetes.client import Configuration  # noqa: PLC0415 - see the module's docstring
    from kubernetes.config import ConfigException, load_kube_config  # noqa: PLC0415

    loaded = Configuration()
    try:
        with loader_errors() as errors:
            load_kube_config(chosen.files, chosen.context, client_configuration=loaded)
    except (ConfigException, OSError, ValueError) as error:
        raise chosen.refused(loader_message(error), "compare `kubectl config view`") from None
    check_credential(chosen, loaded, errors)
    return loaded


def _tokens(chosen: Chosen, first: Any) -> Callable[[], str]:
    """The maker of tokens; the one that came with the rest of the file serves the first call."""
    at_hand = [token_of(first)]

    def token() -> str:
        return at_hand.pop() if at_hand else token_of(_load(chosen))

    return token
