"""A cluster by its kubeconfig, for whoever drains without Airflow and without AWS.

Files, users and exec plugins are read by the `kubernetes` package's own loader. What that loader
passes over in silence (impersonation, a proxy, a plugin that fails) is looked at here first, for a
drain must not go on as somebody else. The rules are kubectl's:
https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/

`kubernetes` is imported where it is used: that takes a second, which the triggerer never has.
"""

import logging
import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.kube.access import ClusterAccess

log = logging.getLogger(__name__)

Entry = Mapping[str, Any]
"""The body of a context, a cluster or a user, as the file has it."""

KINDS = {"contexts": "context", "clusters": "cluster", "users": "user"}
"""The lists of a kubeconfig, and the key under which each item keeps its body."""


@dataclass(frozen=True)
class _Chosen:
    """The one context that is used. `files` as $KUBECONFIG lists them, for messages and loader."""

    files: str
    context: str
    cluster: Entry = field(repr=False)
    user: Entry = field(repr=False)

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
    a cluster never comes through here; there the CA is always checked.

    Args:
        path: the file; None takes $KUBECONFIG (several files with `:` between), then
            ~/.kube/config.
        context: name of the context; None takes the current one.

    Raises:
        Refused: the file, the context or a credential cannot be used; the message names what.
    """
    chosen = _choose(path, context)
    endpoint = str(chosen.cluster.get("server") or "").rstrip("/")
    _check(chosen, endpoint)
    if endpoint.startswith("http://"):
        return ClusterAccess(endpoint, "", lambda: "")
    first = _load(chosen)
    trust = _trust(chosen, first)
    return ClusterAccess(endpoint, "", _tokens(chosen, first), lambda: trust)


def _choose(path: str | None, context: str | None) -> _Chosen:
    files = path or os.environ.get("KUBECONFIG") or str(Path("~/.kube/config").expanduser())
    found = _merged(files)
    name = context or found["current-context"]
    body = found["contexts"].get(name)
    if body is None:
        known = ", ".join(sorted(found["contexts"])) or "none"
        what = f"there is no context {name}" if name else "no context is current"
        remedy = f"choose one with --context (there are: {known})"
        raise Refused("The kubeconfig cannot be used", [Problem(files, what, remedy)])
    chosen = _Chosen(files, name, {}, {})
    return _Chosen(
        files,
        name,
        _named(chosen, found["clusters"], "cluster", body),
        _named(chosen, found["users"], "user", body) if body.get("user") else {},
    )


def _named(chosen: _Chosen, known: Mapping[str, Entry], kind: str, body: Entry) -> Entry:
    name = body.get(kind)
    if name not in known:
        raise chosen.refused(f"it names the {kind} {name}, which is not there", f"add the {kind}")
    return known[str(name)]


def _merged(files: str) -> dict[str, Any]:
    """All files as one; the first that has a name wins. Keys: those of `KINDS`, current-context."""
    merged: dict[str, Any] = {"current-context": "", **{plural: {} for plural in KINDS}}
    existing = [Path(p).expanduser() for p in files.split(os.pathsep) if p]
    existing = [path for path in existing if path.exists()]
    if not existing:
        remedy = "name one with --kubeconfig or $KUBECONFIG"
        raise Refused("There is no kubeconfig", [Problem(files, "no such file", remedy)])
    for path in existing:
        content = _content(path)
        merged["current-context"] = merged["current-context"] or content.get("current-context", "")
        for plural, key in KINDS.items():
            for item in content.get(plural) or ():
                merged[plural].setdefault(item["name"], item.get(key) or {})
    return merged


def _content(path: Path) -> Entry:
    """One file, with the shape that the rest relies on."""
    try:
        content = yaml.safe_load(path.read_text("utf-8")) or {}
        if not all(
            isinstance(item["name"], str) and isinstance(item.get(key) or {}, dict)
            for plural, key in KINDS.items()
            for item in content.get(plural) or ()
        ):
            raise TypeError("an item has no name or no body")
    except (OSError, ValueError, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        what = f"it cannot be read as a kubeconfig ({type(error).__name__}: {error})"
        remedy = "compare `kubectl config view`"
        raise Refused(
            "The kubeconfig cannot be used", [Problem(str(path), what, remedy)]
        ) from error
    return content if isinstance(content, dict) else {}


def _check(chosen: _Chosen, endpoint: str) -> None:
    """Refuse what would otherwise be passed over in silence."""
    cluster, user = chosen.cluster, chosen.user
    if not endpoint.startswith(("https://", "http://")):
        raise chosen.refused(f"its server is {endpoint or 'missing'}", "give a URL with https://")
    if cluster.get("proxy-url"):
        raise chosen.refused("proxy-url is not supported", "set HTTPS_PROXY instead")
    if any(value for key, value in user.items() if key == "as" or str(key).startswith("as-")):
        raise chosen.refused("impersonation (as, as-groups) is not supported", "use its own user")
    if user.get("username"):
        remedy = "use a token, a client certificate or an exec plugin"
        raise chosen.refused("Kubernetes has no passwords since 1.19", remedy)
    if not cluster.get("insecure-skip-tls-verify") or endpoint.startswith("http://"):
        return
    if cluster.get("certificate-authority") or cluster.get("certificate-authority-data"):
        what = "it has a certificate authority and insecure-skip-tls-verify"
        raise chosen.refused(what, "remove insecure-skip-tls-verify")
    log.warning(
        "WARNING: insecure-skip-tls-verify is set for %s: its certificate is NOT checked, and"
        " whoever stands between can read the credentials. Give its certificate-authority instead",
        endpoint,
    )


def _load(chosen: _Chosen) -> Any:
    """What the package's loader makes of it: a `kubernetes.client.Configuration`."""
    from kubernetes.client import Configuration  # noqa: PLC0415 - see the module's docstring
    from kubernetes.config import ConfigException, load_kube_config  # noqa: PLC0415

    loaded = Configuration()
    try:
        with _loader_errors() as errors:
            load_kube_config(chosen.files, chosen.context, client_configuration=loaded)
    except (ConfigException, OSError, ValueError) as error:
        raise chosen.refused(str(error), "compare `kubectl config view`") from error
    maker = next((key for key in ("exec", "auth-provider") if chosen.user.get(key)), "")
    if maker and not _token_of(loaded) and not loaded.cert_file:
        command = chosen.user[maker].get("command") or chosen.user[maker].get("name")
        why = "; ".join(errors) or "its words are above"
        raise chosen.refused(
            f"its {maker} {command} gave no credential ({why})",
            "run the command by hand; for `aws` look whether its session has ended",
        )
    return loaded


@contextmanager
def _loader_errors() -> Iterator[list[str]]:
    """What the loader logs instead of raising it: the words of an exec plugin that failed."""
    words: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            # On a terminal the plugin's words go there, and the loader trips over their absence.
            if record.module == "kube_config" and "NoneType" not in record.getMessage():
                words.append(record.getMessage())

    listener = Listener(logging.ERROR)
    logging.getLogger().addHandler(listener)
    try:
        yield words
    finally:
        logging.getLogger().removeHandler(listener)


def _token_of(loaded: Any) -> str:
    return str(loaded.api_key.get("BearerToken") or "").removeprefix("Bearer ").strip()


def _tokens(chosen: _Chosen, first: Any) -> Callable[[], str]:
    """The maker of tokens; the one that came with the rest of the file serves the first call."""
    at_hand = [_token_of(first)]

    def token() -> str:
        return at_hand.pop() if at_hand else _token_of(_load(chosen))

    return token


class _Trust(ssl.SSLContext):
    """A TLS context that may ask the server for another name than the URL's, as tunnels need."""

    server_name = ""

    def wrap_bio(  # the one way in which asyncio uses a context
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As the base, with `server_name` (a kubeconfig's tls-server-name) where there is one."""
        name = self.server_name or server_hostname
        return super().wrap_bio(incoming, outgoing, server_side, name, session)


def _trust(chosen: _Chosen, loaded: Any) -> ssl.SSLContext:
    """Trust in the file's CA alone (without one, in the machine's), and the client certificate."""
    trust = _Trust(ssl.PROTOCOL_TLS_CLIENT)
    trust.server_name = loaded.tls_server_name or ""
    try:
        if not loaded.verify_ssl:
            trust.check_hostname = False
            trust.verify_mode = ssl.CERT_NONE
        elif loaded.ssl_ca_cert:
            trust.load_verify_locations(loaded.ssl_ca_cert)
        else:
            trust.load_default_certs()
        if loaded.cert_file:
            trust.load_cert_chain(loaded.cert_file, loaded.key_file)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        remedy = "compare certificate-authority, client-certificate and client-key"
        raise chosen.refused(f"a certificate cannot be read ({error})", remedy) from error
    return trust
