"""TLS is verified everywhere, and a redirect takes no token along."""

import ast
import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import web
from kubernetes.client import Configuration

from include.eks_upgrade.common.errors import Problem, Refused, UnexpectedResponse, Unreachable
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.connection.loaded import access_of
from include.eks_upgrade.kube.connection.transport import Transport
from include.eks_upgrade.kube.mirror import Mirror
from include.eks_upgrade.kube.objects import Node
from include.rehearsal.kube.auth.tls import Certificates, make_certificates
from tests.permissions.files import ROOT

PROBES = "include/eks_upgrade/fleet/health/ask.py"
TRANSPORT = "include/eks_upgrade/kube/connection/transport.py"
BY_WISH_OF_A_PERSON = "include/eks_upgrade/kube/connection/loaded.py"
"""The drain's own command follows `insecure-skip-tls-verify` of a person's kubeconfig, as kubectl
does, with a warning. It alone asks for that; operators read kubeconfigs of connections only."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("include/eks_upgrade", "plugins", "dags"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def unverified(tree: ast.Module) -> list[str]:
    """Whatever would make a connection that is not verified."""
    found = []
    for node in ast.walk(tree):
        off = isinstance(node, ast.keyword | ast.Assign) and ast.unparse(node.value) in {
            "False", "0", "None", "ssl.CERT_NONE"
        }  # fmt: skip
        if isinstance(node, ast.keyword) and node.arg in {"verify", "ssl", "use_ssl", "verify_ssl"}:
            found += [ast.unparse(node)] if off else []
        if isinstance(node, ast.Assign) and off:
            name = ast.unparse(node.targets[0]).rpartition(".")[2]
            found += [name] if name in {"check_hostname", "verify_mode", "verify"} else []
        if isinstance(node, ast.Attribute | ast.Name):
            name = ast.unparse(node).rpartition(".")[2]
            found += [name] if name in {"_create_unverified_context", "CERT_NONE"} else []
    return found


def test_no_code_turns_the_verification_off() -> None:
    found = {path: what for path, tree in sources() if (what := unverified(tree))}
    assert set(found) == {BY_WISH_OF_A_PERSON}


BAD = [
    "boto3.client('eks', verify=False)",
    "aiohttp.TCPConnector(ssl=False)",
    "context.check_hostname = False",
    "context.verify_mode = ssl.CERT_NONE",
    "context = ssl._create_unverified_context()",
]


@pytest.mark.parametrize("line", BAD)
def test_code_that_would_is_found(line: str) -> None:
    assert unverified(ast.parse(line))


def test_only_the_drains_own_command_may_skip_the_verification() -> None:
    asks = [path for path, tree in sources() if "may_skip_verification=True" in ast.unparse(tree)]
    assert asks == ["include/eks_upgrade/kube/connection/kubeconfig.py"]


def test_a_kubeconfig_that_skips_the_verification_is_refused_to_everybody_else() -> None:
    loaded = Configuration()
    loaded.host, loaded.verify_ssl = "https://127.0.0.1:6443", False

    def refused(what: str, remedy: str) -> Refused:
        return Refused("no", [Problem("kubeconfig", what, remedy)])

    with pytest.raises(Refused, match="would not verify the cluster"):
        access_of(loaded, lambda: "", refused, None)


def test_of_airflow_only_the_kubernetes_connection_reads_a_kubeconfig() -> None:
    airflow = [
        path for path, tree in sources() if "kube.connection.kubeconfig" in ast.unparse(tree)
    ]
    assert [path for path in airflow if path.startswith(("plugins", "dags"))] == [
        "plugins/eks_upgrade_airflow/connection/kubernetes_hook.py"
    ]


def test_kubernetes_is_spoken_to_in_one_place_only() -> None:
    makers = [path for path, tree in sources() if "ClientSession(" in ast.unparse(tree)]
    # The other asks the addresses that a team gives for its own applications.
    assert makers == [PROBES, TRANSPORT]


class Doors:
    """A door that sends everybody on to a second one, of the same authority."""

    def __init__(self) -> None:
        self.certificates: Certificates = make_certificates()
        self.at_second: list[str | None] = []
        self.runners: list[web.AppRunner] = []
        self.status = 307

    async def open(self) -> None:
        self.second = await self._serve(self._second)
        self.first = await self._serve(self._first)

    async def _serve(self, answer: object) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)  # type: ignore[arg-type]
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self.certificates.server_context())
        await site.start()
        self.runners.append(runner)
        return f"https://127.0.0.1:{runner.addresses[0][1]}"

    async def _first(self, request: web.Request) -> web.Response:
        return web.Response(status=self.status, headers={"Location": self.second + request.path})

    async def _second(self, request: web.Request) -> web.Response:
        self.at_second.append(request.headers.get("Authorization"))
        return web.json_response({"metadata": {}, "items": []})

    def client(self, endpoint: str, *, ca: str = "") -> KubeClient:
        trust = base64.b64encode((ca or self.certificates.ca_pem).encode()).decode()
        access = ClusterAccess(endpoint, trust, lambda: "t")
        return KubeClient(access, transport=Transport(access, sleep=_at_once))


async def _at_once(_: float) -> None:
    """No waiting between tries."""


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    made = Doors()
    await made.open()
    yield made
    for runner in made.runners:
        await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(doors: Doors, status: int) -> None:
    doors.status = status
    async with doors.client(doors.first) as client:
        with pytest.raises(UnexpectedResponse, match=str(status)):
            await client.nodes()
    assert doors.at_second == []


async def test_a_watch_does_not_follow_one_either(doors: Doors) -> None:
    async with doors.client(doors.first) as client:
        with pytest.raises(UnexpectedResponse, match="307"):
            await Mirror(client, "nodes", Node.from_raw, sleep=_at_once).follow()
    assert doors.at_second == []


REQUESTS = [
    pytest.param(lambda client: client.nodes(), id="list"),
    pytest.param(lambda client: client.lease("eks-upgrade"), id="get"),
    pytest.param(lambda client: client.create_lease({"metadata": {"name": "x"}}), id="create"),
    pytest.param(lambda client: client.cordon("n", "us"), id="cordon"),
    pytest.param(lambda client: anext(client.watch("pods", "1")), id="watch"),
]


@pytest.mark.parametrize("request_", REQUESTS)
async def test_a_server_of_another_authority_hears_no_token(doors: Doors, request_: object) -> None:
    async with doors.client(doors.second, ca=make_certificates().ca_pem) as client:
        with pytest.raises(Unreachable, match="certificate verify failed"):
            await request_(client)  # type: ignore[operator]
    assert doors.at_second == []


def test_this_file_looks_at_what_is_there() -> None:
    assert Path(ROOT / TRANSPORT).is_file()
    assert len(list(sources())) > 100
