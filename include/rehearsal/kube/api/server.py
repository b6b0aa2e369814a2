"""The API servers of all rehearsal clusters, and what can be made to go wrong with them.

Cluster `demo` lives below `/k8s/demo`. Every request first lets happen what is due in
simulated time and is handled under the clock's lock.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from include.rehearsal.clock import SimClock
from include.rehearsal.faults.holds import Holds
from include.rehearsal.journal import Journal
from include.rehearsal.kube.api.exchange import RequestHandler, Rules
from include.rehearsal.kube.api.server_thread import ServerThread
from include.rehearsal.kube.auth.access import EVERY_CLUSTER, Access
from include.rehearsal.kube.auth.tls import Certificates, make_certificates
from include.rehearsal.kube.auth.tokens import caller
from include.rehearsal.kube.faults import Aim, Fault, KubeFaults
from include.rehearsal.kube.http.calls import Cluster
from include.rehearsal.kube.objects.resources import RESOURCES
from include.rehearsal.kube.watch.watchers import Watchers
from include.rehearsal.places import name_of


class KubeServer:
    """The API servers of all rehearsal clusters.

    Args:
        world_clusters: the clusters by key; looked up at each request.
        clock: the simulated clock.
        credentials: secret access keys by access key id, against which tokens are checked; or a
            function that gives those that the cluster with a key knows.
        allowed_hosts: hosts a token's URL may name (`host` or `host:port`).
        journal: where answered requests are written down; one of its own by default.
        holds: requests to be held; one of its own by default.

    Attributes:
        access: rights and refused tokens.
        faults: what is to go wrong with requests (`reset`, `slow`, `throttle`, `fail`, ...).
        journal: what was asked and answered.
        holds: where requests can be held.
        failures: tracebacks of requests that ended as 500 for a fault of this server.
    """

    def __init__(
        self,
        world_clusters: Mapping[str, Cluster],
        clock: SimClock,
        *,
        credentials: Mapping[str, str] | Callable[[str], Mapping[str, str]],
        allowed_hosts: Collection[str],
        journal: Journal | None = None,
        holds: Holds | None = None,
    ) -> None:
        self.journal = journal or Journal(clock.now)
        self.holds = holds or Holds()
        rules = Rules(
            self.journal,
            self.holds,
            lambda token, key: caller(
                token,
                name_of(key),
                credentials(key) if callable(credentials) else credentials,
                allowed_hosts,
            ),
        )
        self.access: Access = rules.access
        self.faults: KubeFaults = rules.faults
        self.failures: list[str] = rules.failures
        self._clusters, self._clock = world_clusters, clock
        self._certificates: Certificates = make_certificates()
        self._watchers = Watchers()
        handler = RequestHandler(world_clusters.get, clock, rules, self._watchers)
        self._thread = ServerThread(handler.respond, clock, self._certificates.server_context)

    @property
    def ca_pem(self) -> str:
        """The certificate of the authority that signed this server's, as PEM."""
        return self._certificates.ca_pem

    def url(self, cluster: str) -> str:
        """The endpoint of a cluster, as DescribeCluster returns it."""
        return f"https://127.0.0.1:{self._thread.port}/k8s/{cluster}"

    def counts(self, cluster: str | None = None) -> Counter[tuple[str, int]]:
        """How many of the requests the journal keeps there are of each (operation, status)."""
        return Counter(
            (each.operation, each.status)
            for each in self.journal.entries(side="kube", cluster=cluster)
        )

    def forbid(self, verb: str, resource: str) -> None:
        """Answer 403 to this verb on this resource (`pods/eviction` for a subresource)."""
        self.access.forbidden.add((verb, resource))

    def allow_all(self) -> None:
        """Forget every `forbid` and every `grant`."""
        self.access.forbidden.clear()
        self.access.grants.clear()

    def grant(
        self, documents: Iterable[Mapping[str, Any]], *, cluster: str = EVERY_CLUSTER
    ) -> None:
        """Give callers what the manifests bind to their groups; all else is refused from now on.

        Args:
            documents: parsed manifests: roles, cluster roles and their bindings.
            cluster: where they are applied; everywhere by default.

        Raises:
            ValueError: a binding refers to a role that is not among them.
        """
        self.access.grant(documents, cluster)

    def put_in_groups(self, key_id: str, groups: Iterable[str]) -> None:
        """The groups of an access key's owner; by default all that any binding names."""
        self.access.groups[key_id] = frozenset(groups)

    def groups_of(self, key_id: str, cluster: str = EVERY_CLUSTER) -> frozenset[str]:
        """The groups in which the owner of an access key is."""
        return self.access.rights(cluster, key_id).groups

    def refuse_tokens(self, times: int) -> None:
        """Answer 401 to the next `times` requests, as when a token expired."""
        self.access.tokens_refused = times

    def forget_roles(self, times: int) -> None:
        """Forbid the next `times` requests, as a server that has not read the roles yet."""
        self.access.roles_unread = times

    def refuse_evictions(
        self,
        message: str = "",
        *,
        namespace: str = "",
        name_prefix: str = "",
        code: int = 403,
        as_webhook: str = "guard.example.com",
    ) -> Fault:
        """Let a validating webhook deny evictions, until the returned fault is lifted.

        Args:
            message: the webhook's message; with 500 what went wrong when it was called.
            namespace: only of pods there.
            name_prefix: only of pods whose name begins so.
            code: 403, 400, ... as the webhook chose; 500 when it could not be called.
            as_webhook: its name.
        """
        aim = Aim("create pods/eviction", namespace=namespace, name_prefix=name_prefix)
        return self.faults.deny(aim, message, code=code, webhook=as_webhook)

    def drop_watches(self, plural: str | None = None, *, cluster: str | None = None) -> int:
        """Break off open watches (of a kind, of a cluster) in the middle of a line; how many."""
        return self._watchers.end(plural, cluster, drop=True)

    def end_watches(self, plural: str | None = None, *, cluster: str | None = None) -> int:
        """End open watches as when their time is up; how many."""
        return self._watchers.end(plural, cluster, drop=False)

    def expire_versions(
        self, plural: str | None = None, *, cluster: str | None = None, plainly: bool = False
    ) -> None:
        """Forget the past: watches and continued lists from before now are answered 410.

        Open watches go on; `drop_watches` or `end_watches` makes their clients come back.

        Args:
            plural: the kind; None for all.
            cluster: its cluster; None for all.
            plainly: see `WatchCache.expire`.
        """
        with self._clock.lock:
            for name in [cluster] if cluster else list(self._clusters):
                cache = self._watchers.cache(name, self._clusters[name])
                for each in [plural] if plural else RESOURCES:
                    cache.expire(each, plainly=plainly)

    def stop_kubelet(self, cluster: str, node: str) -> None:
        """A node's kubelet stops reporting; see `KubeCluster.stop_kubelet`.

        Raises:
            KeyError: no such cluster.
            ApiError: 404 when there is no such node.
        """
        with self._clock.lock:
            self._clusters[cluster].stop_kubelet(node)

    def start_kubelet(self, cluster: str, node: str) -> None:
        """A node's kubelet reports again; see `KubeCluster.start_kubelet`.

        Raises:
            KeyError: no such cluster.
            ApiError: 404 when there is no such node.
        """
        with self._clock.lock:
            self._clusters[cluster].start_kubelet(node)

    def pause(self, seconds: float | None = None, *, wait: bool = True) -> None:
        """Be unreachable: connections are reset, new ones refused, until `resume`.

        Args:
            seconds: resume after so many simulated seconds.
            wait: return when it is so; not for callers that hold the clock's lock.

        Raises:
            RuntimeError: the server was not started.
        """
        if seconds is not None:
            self._clock.later(seconds, lambda: self.resume(wait=False))
        self._thread.close_port(wait=wait)

    def resume(self, *, wait: bool = True) -> None:
        """Be reachable again on the same port; harmless when it is.

        Raises:
            RuntimeError: the server was not started.
        """
        self._thread.open_port(wait=wait)

    def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; returns when connections are accepted.

        Args:
            port: 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        self._thread.start(port)

    def stop(self) -> None:
        """End every watch and connection and the thread; harmless when not started."""
        if not self._thread.is_running:
            return
        # Held requests and open watches first: the thread ends only when every answer has.
        self.holds.drop_all()
        self._watchers.close()
        self._thread.stop()
