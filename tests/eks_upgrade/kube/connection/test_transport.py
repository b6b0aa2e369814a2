"""Token, patience and trust, against a door that answers what the test lays out."""

import base64
import ssl

import pytest
from aiohttp import web

from include.eks_upgrade.common.errors import Refused, Unreachable
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.connection.transport import TOKEN_SECONDS, Transport, trusting
from include.eks_upgrade.kube.mirror import Mirror
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.kube.rights.ask import Asked, ask_rights
from include.eks_upgrade.kube.rights.right import Right
from include.rehearsal.kube.auth.tls import make_certificates


class Door:
    """An HTTPS server that answers requests from a list and remembers them."""

    def __init__(self):
        self.replies, self.seen, self.slept = [], [], []
        self.now, self.tokens = 0.0, 0
        self.certificates = make_certificates()

    async def open(self):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(
            self.runner, "127.0.0.1", 0, ssl_context=self.certificates.server_context()
        )
        await site.start()
        self.port = self.runner.addresses[0][1]

    async def answer(self, request):
        self.seen.append((request.headers["Authorization"], dict(request.query)))
        status, body = self.replies.pop(0)
        if isinstance(body, str):
            kind = "text/html" if body.startswith("<html") else "text/plain"
            return web.Response(status=status, text=body, content_type=kind)
        return web.json_response(body, status=status)

    def token(self):
        self.tokens += 1
        return f"t{self.tokens}"

    async def sleep(self, seconds):
        self.slept.append(seconds)

    def client(self, *, ca=None):
        trust = base64.b64encode((ca or self.certificates.ca_pem).encode()).decode()
        access = ClusterAccess(f"https://127.0.0.1:{self.port}", trust, self.token)
        transport = Transport(access, sleep=self.sleep, now=lambda: self.now)
        return KubeClient(access, transport=transport)


@pytest.fixture
async def door():
    door = Door()
    await door.open()
    yield door
    await door.runner.cleanup()


def nodes(*names, more=""):
    meta = {"resourceVersion": "7", **({"continue": more} if more else {})}
    return 200, {"metadata": meta, "items": [{"metadata": {"name": n, "uid": n}} for n in names]}


async def test_reads_every_page_of_a_list(door):
    door.replies = [nodes("a", "b", more="next"), nodes("c")]
    async with door.client() as client:
        assert [node.name for node in await client.nodes()] == ["a", "b", "c"]
    assert door.seen[1][1] == {"limit": "100", "continue": "next"}


async def test_begins_a_list_anew_when_its_snapshot_has_expired(door):
    door.replies = [nodes("a", more="next"), (410, {"reason": "Expired"}), nodes("a", "b")]
    async with door.client() as client:
        assert [node.name for node in await client.nodes()] == ["a", "b"]


PAGE = "<html><head><title>Login required</title></head><body>...</body></html>"


@pytest.mark.parametrize("status", [302, 401, 403, 404, 407, 409])
async def test_a_proxys_page_is_no_answer_of_kubernetes(door, status):
    door.replies = [(status, PAGE)] * 10
    async with door.client() as client:
        with pytest.raises(Refused) as raised:
            await client.nodes()
    told = str(raised.value)
    assert "`list nodes` does not reach Kubernetes" in told
    assert f"HTTP {status} and an HTML page titled 'Login required'" in told
    assert "let the proxy" in told
    assert "<" not in told


async def test_a_pod_does_not_count_as_gone_because_a_proxy_has_no_such_page(door):
    door.replies = [(404, PAGE)]
    async with door.client() as client:
        with pytest.raises(Refused, match="does not reach Kubernetes"):
            await client.lease("eks-upgrade-lock")


@pytest.mark.parametrize("status", [200, 502, 503])
async def test_a_proxys_page_that_may_be_gone_soon_is_tried_again(door, status):
    door.replies = [(status, PAGE), nodes("a")]
    async with door.client() as client:
        assert [node.name for node in await client.nodes()] == ["a"]


@pytest.mark.parametrize("status", [200, 502])
async def test_a_proxys_page_that_stays_is_named_and_not_shown(door, status):
    door.replies = [(status, PAGE)] * 10
    async with door.client() as client:
        with pytest.raises(Unreachable, match="an HTML page titled 'Login required'") as raised:
            await client.nodes()
    assert "<" not in str(raised.value)


async def test_renews_the_token_before_it_ends(door):
    door.replies = [nodes(), nodes(), nodes()]
    async with door.client() as client:
        for door.now in (0.0, TOKEN_SECONDS - 1, TOKEN_SECONDS):
            await client.nodes()
    assert [token for token, _ in door.seen] == ["Bearer t1", "Bearer t1", "Bearer t2"]


async def test_each_try_after_a_401_has_a_token_of_its_own(door):
    door.replies = [(401, {"message": "Unauthorized"})] * 7 + [nodes("a")]
    async with door.client() as client:
        assert len(await client.nodes()) == 1
    tokens = [token for token, _ in door.seen]
    assert len(set(tokens)) == len(tokens) == door.tokens
    assert door.slept == [0.5, 1.0, 2.0]


async def test_a_401_that_stays_is_refused_after_all_tries(door):
    door.replies = [(401, {"message": "Unauthorized"})] * 10
    async with door.client() as client:
        with pytest.raises(Refused, match="access entry"):
            await client.nodes()
    assert door.replies == []


async def test_a_write_is_tried_again_while_etcd_changes_its_leader(door):
    node = {"metadata": {"name": "a", "uid": "a"}, "spec": {}}
    door.replies = [(200, node), (500, {"message": "etcdserver: leader changed"}), (200, node)]
    async with door.client() as client:
        assert await client.cordon("a", "us")


async def test_a_missing_right_is_told_at_the_first_try(door):
    words = 'nodes is forbidden: User "x" cannot list resource "nodes"'
    door.replies = [(403, {"message": words})]
    async with door.client() as client:
        with pytest.raises(Refused, match="cannot list"):
            await client.nodes()
    assert door.slept == []


async def test_tries_again_while_the_server_asks_for_patience(door):
    door.replies = [(429, {}), (503, "busy"), nodes("a")]
    async with door.client() as client:
        assert len(await client.nodes()) == 1
    assert door.slept == [0.5, 1.0]


async def test_a_server_that_never_answers_is_unreachable(door):
    await door.runner.cleanup()
    async with door.client() as client:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
            await client.nodes()
    assert len(door.slept) == 4


async def test_a_server_with_another_ca_is_not_spoken_to(door):
    async with door.client(ca=make_certificates().ca_pem) as client:
        with pytest.raises(Unreachable, match="certificate verify failed"):
            await client.nodes()
    assert door.seen == []


async def test_cordons_only_when_needed(door):
    door.replies = [(200, {"metadata": {"name": "a"}, "spec": {"unschedulable": True}})]
    async with door.client() as client:
        assert await client.cordon("a", "us") is False


async def test_a_watch_that_is_too_old_is_listed_anew(door):
    gone = '{"type":"ERROR","object":{"code":410}}\n'
    added = '{"type":"ADDED","object":{"metadata":{"name":"b","uid":"b","resourceVersion":"9"}}}\n'
    mark = '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"12"}}}\n'
    door.replies = [nodes("a"), (200, gone), nodes("a"), (200, added + mark), (403, {})]

    async with door.client() as client:
        mirror = Mirror(client, "nodes", Node.from_raw, sleep=door.sleep)
        with pytest.raises(Refused, match="watch nodes"):
            await mirror.follow()
    assert sorted(mirror.objects) == ["a", "b"]
    assert [query.get("resourceVersion") for _, query in door.seen] == [None, "7", None, "7", "12"]


def test_trusts_the_given_ca_alone_and_checks_names():
    pem = make_certificates().ca_pem
    context = trusting(base64.b64encode(pem.encode()).decode())
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) == 1


def test_a_ca_that_is_no_certificate_is_refused():
    with pytest.raises(Refused, match="certificateAuthority"):
        trusting("bm90IGEgY2VydA==")


RIGHT = Right(verb="list", group="", resource="pods")
UNANSWERED = {
    "not served": [(404, {"message": "the server could not find it", "reason": "NotFound"})],
    "refused": [(403, {"message": 'User "u" cannot create it', "reason": "Forbidden"})],
    "never answered": [(500, {"message": "no words"})] * 5,
    "not by one who is known": [(401, {"message": "Unauthorized"})] * 2,
    "not by what it should be": [(200, {"kind": "Other"})],
}


@pytest.mark.parametrize("replies", UNANSWERED.values(), ids=UNANSWERED)
async def test_a_review_without_an_answer_is_told_in_a_sentence(door, replies):
    door.replies += replies
    async with door.client() as client:
        asked = await ask_rights(client, [RIGHT])
    assert asked.missing == ()
    (sentence,) = asked.unknown
    assert "1 of the rights that this run needs in the cluster could not be asked" in sentence
    assert door.replies == []


async def test_a_review_that_is_answered_with_500_is_asked_again(door):
    door.replies += [(500, {}), (201, {"status": {"allowed": False}})]
    async with door.client() as client:
        assert await ask_rights(client, [RIGHT]) == Asked((RIGHT,))
