"""From what the `kubernetes` package's loaders made of a cluster's address to a `ClusterAccess`.

Loaders fill a `kubernetes.client.Configuration`; our own transport needs trust, token and proxy of
it. Here for whoever has one: the command line from a kubeconfig, Airflow from a connection.
"""

import logging
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.kube.connection.access import ClusterAccess


class Refusal(Protocol):
    """Makes the error for something that is wrong with where the cluster's address came from."""

    def __call__(self, what: str, remedy: str) -> Refused: ...


def access_of(
    loaded: Any,
    token: Callable[[], str],
    refused: Refusal,
    proxy: str | None,
    *,
    may_skip_verification: bool = False,
) -> ClusterAccess:
    """How to reach the cluster.

    Args:
        loaded: the `kubernetes.client.Configuration`.
        token: makes a fresh token; the one in `loaded` ages.
        refused: makes the errors.
        proxy: as `ClusterAccess.proxy`.
        may_skip_verification: whether `insecure-skip-tls-verify` is followed instead of refused.

    Raises:
        Refused: a certificate or the proxy cannot be used, or TLS would not be verified.
    """
    trust = _trust(loaded, refused, may_skip_verification=may_skip_verification)
    if proxy:
        _check_proxy(proxy, refused)
    return ClusterAccess(str(loaded.host).rstrip("/"), "", token, lambda: trust, proxy)


def token_of(loaded: Any) -> str:
    """The bearer token; empty where a client certificate alone says who asks."""
    value = str(loaded.api_key.get("BearerToken") or "").strip()
    # The loader of a kubeconfig writes `Bearer`, that of a pod's own account `bearer`.
    return value[7:].strip() if value[:7].lower() == "bearer " else value


def loader_message(error: Exception) -> str:
    """A loader's own words without the entries of the kubeconfig that it quotes, keys and all.

    Whoever shows them raises `from None`: the cause would show the rest.
    """
    return re.sub(r"\{.*\}", "{…}", str(error), flags=re.DOTALL)


@contextmanager
def loader_errors() -> Iterator[list[str]]:
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


def _trust(loaded: Any, refused: Refusal, *, may_skip_verification: bool) -> ssl.SSLContext:
    """Trust in the cluster's CA alone (without one, in the machine's), and who we are."""
    if not loaded.verify_ssl and not may_skip_verification:
        remedy = "give the cluster's certificate authority instead"
        raise refused("it would not verify the cluster", remedy)
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
        raise refused(f"a certificate cannot be read ({error})", remedy) from error
    return trust


def _check_proxy(url: str, refused: Refusal) -> None:
    """Refuse what aiohttp cannot use; the URL is not shown, for it may hold a password."""
    scheme = urlsplit(url).scheme
    if scheme != "http":
        what = f"its proxy is reached by {scheme or 'no scheme'}://, and only http:// is supported"
        raise refused(what, "name a proxy with http:// (what it carries is encrypted all the same)")
