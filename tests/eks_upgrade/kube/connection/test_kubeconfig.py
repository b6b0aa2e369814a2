"""A kubeconfig leads to the cluster, with the credentials kubectl would send, or is refused."""

import base64
import ssl
import subprocess
import sys
import traceback
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from include.eks_upgrade.common.errors import Refused, Unreachable
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.kubeconfig import read_kubeconfig
from include.eks_upgrade.kube.connection.transport import Transport
from include.rehearsal.kube.auth.tls import make_certificates
from tests.connect_proxy import connect_proxy

CERTIFICATES = make_certificates()


def b64(text):
    return base64.b64encode(text.encode()).decode()


CA = {"certificate-authority-data": b64(CERTIFICATES.ca_pem)}


class Door:
    """A server that lists no nodes and remembers who asked."""

    def __init__(self):
        self.asked, self.peers = [], []

    async def open(self, context):
        app = web.Application()
        app.router.add_get("/api/v1/nodes", self.answer)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0, ssl_context=context).start()
        scheme = "https" if context else "http"
        return f"{scheme}://127.0.0.1:{self.runner.addresses[0][1]}"

    async def answer(self, request):
        self.asked.append(request.headers.get("Authorization"))
        self.peers.append(request.get_extra_info("peercert"))
        return web.json_response({"metadata": {"resourceVersion": "1"}, "items": []})


@pytest.fixture
async def door():
    door = Door()
    yield door
    await door.runner.cleanup()


@pytest.fixture
def write(tmp_path):
    """Write a kubeconfig with one context `demo` and tell its path."""

    def write(cluster, user=None, name="kubeconfig", context="demo"):
        content = {
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": user or {}}],
            "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}],
            "current-context": context,
        }
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(content))
        return str(path)

    return write


async def look(path):
    """Ask for the nodes once; tries after a failure do not wait."""
    access = read_kubeconfig(path, None)
    async with KubeClient(access, transport=Transport(access, sleep=no_pause)) as client:
        assert await client.nodes() == []


async def no_pause(seconds):
    pass


def plugin(tmp_path):
    """An exec plugin that makes t1, t2, … and cannot be run by anyone but by the protocol."""
    script = tmp_path / "plugin.py"
    script.write_text(
        "import json, os, pathlib, sys\n"
        "asked = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n"
        "count = pathlib.Path(sys.argv[1]); runs = int(count.read_text() or 0) + 1\n"
        "count.write_text(str(runs))\n"
        "print(json.dumps({'apiVersion': asked['apiVersion'], 'kind': 'ExecCredential',"
        " 'status': {'token': f'{os.environ[\"WHO\"]}{runs}'}}))\n"
    )
    count = tmp_path / "count"
    count.write_text("")
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": sys.executable,
            "args": [str(script), str(count)],
            "env": [{"name": "WHO", "value": "t"}],
        }
    }


async def test_a_token_is_sent_over_tls_that_the_files_ca_vouches_for(door, write):
    url = await door.open(CERTIFICATES.server_context())
    await look(write({"server": url, **CA}, {"token": "secret"}))
    assert door.asked == ["Bearer secret"]


async def test_a_server_that_the_files_ca_does_not_vouch_for_is_not_spoken_to(door, write):
    url = await door.open(CERTIFICATES.server_context())
    other = {"certificate-authority-data": b64(make_certificates().ca_pem)}
    with pytest.raises(Unreachable, match="certificate verify failed"):
        await look(write({"server": url, **other}, {"token": "secret"}))
    assert door.asked == []


async def test_a_server_that_nobody_vouches_for_is_not_spoken_to(door, write):
    url = await door.open(CERTIFICATES.server_context())
    with pytest.raises(Unreachable, match="certificate verify failed"):
        await look(write({"server": url}, {"token": "secret"}))
    assert door.asked == []


async def test_an_unverified_server_is_spoken_to_only_with_a_loud_warning(door, write, caplog):
    url = await door.open(CERTIFICATES.server_context())
    await look(write({"server": url, "insecure-skip-tls-verify": True}, {"token": "secret"}))
    assert door.asked == ["Bearer secret"]
    assert "is NOT checked" in caplog.text


async def test_the_certificate_is_checked_for_the_tls_server_name(door, write):
    url = await door.open(CERTIFICATES.server_context())
    await look(write({"server": url, "tls-server-name": "localhost", **CA}))
    with pytest.raises(Unreachable, match="Hostname mismatch"):
        await look(write({"server": url, "tls-server-name": "other.example", **CA}))


async def test_a_client_certificate_is_shown_to_the_server(door, write, tmp_path):
    certificate, key = a_client_certificate("alice")
    context = CERTIFICATES.server_context()
    context.load_verify_locations(cadata=certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    url = await door.open(context)
    user = {"client-certificate-data": b64(certificate), "client-key-data": b64(key)}
    await look(write({"server": url, **CA}, user))
    assert door.asked == [None]
    assert door.peers[0]["subject"] == ((("commonName", "alice"),),)


async def test_the_files_proxy_carries_what_stays_encrypted(door, write):
    url = await door.open(CERTIFICATES.server_context())
    with connect_proxy() as proxy:
        through = {"server": url, "proxy-url": f"http://ann:hidden@{proxy.host}", **CA}
        await look(write(through, {"token": "secret"}))
        assert proxy.targets == [url.removeprefix("https://")]
        assert proxy.credentials == ["Basic " + b64("ann:hidden")]
    assert door.asked == ["Bearer secret"]


async def test_nothing_secret_goes_over_plain_http(door, write):
    url = await door.open(None)
    await look(write({"server": url}, {"token": "secret"}))
    assert door.asked == [None]


def test_an_exec_plugin_is_run_anew_for_each_token(write, tmp_path):
    path = write({"server": "https://127.0.0.1:1", **CA}, plugin(tmp_path))
    access = read_kubeconfig(path, None)
    assert [access.token() for _ in range(3)] == ["t1", "t2", "t3"]


def test_a_token_file_is_read_anew_for_each_token(write, tmp_path):
    file = tmp_path / "token"
    file.write_text("one\n")
    access = read_kubeconfig(write({"server": "https://127.0.0.1:1"}, {"tokenFile": "token"}), None)
    assert access.token() == "one"
    file.write_text("two\n")
    assert access.token() == "two"


def test_of_several_files_the_first_that_has_a_name_wins(write, tmp_path, monkeypatch):
    first = write({"server": "https://first"}, {"token": "1"}, name="a/config", context="a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/ca.pem").write_text(CERTIFICATES.ca_pem)
    second = {"server": "https://second", "certificate-authority": "ca.pem"}
    file = tmp_path / "b/config"
    file.write_text(
        yaml.safe_dump(
            {
                "clusters": [
                    {"name": "c", "cluster": {"server": "https://never"}},
                    {"name": "c2", "cluster": second},
                ],
                "contexts": [{"name": "b", "context": {"cluster": "c2", "user": "u"}}],
                "current-context": "b",
            }
        )
    )
    monkeypatch.setenv("KUBECONFIG", f"{first}:{file}:{tmp_path / 'missing'}")
    assert read_kubeconfig(None, None).endpoint == "https://first"
    access = read_kubeconfig(None, "b")  # its CA is found beside its own file
    assert (access.endpoint, access.token()) == ("https://second", "1")
    assert len(access.tls().get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("cluster", "user", "words"),
    [
        pytest.param({"server": ""}, {}, "its server is missing", id="no server"),
        pytest.param({"server": "ftp://x"}, {}, "its server is ftp://x", id="no such scheme"),
        pytest.param({"proxy-url": "socks5://p"}, {}, "only http:// is", id="proxy"),
        pytest.param({}, {"as": "root"}, "impersonation", id="impersonation"),
        pytest.param({}, {"as-groups": ["g"]}, "impersonation", id="impersonated groups"),
        pytest.param({}, {"username": "a", "password": "b"}, "no passwords", id="password"),
        pytest.param(
            {"insecure-skip-tls-verify": True, **CA}, {}, "authority and insecure", id="both trusts"
        ),
        pytest.param(
            {"certificate-authority": "no.pem"}, {}, "File does not exist", id="CA file missing"
        ),
        pytest.param(
            {"certificate-authority-data": b64("x")}, {}, "certificate cannot be read", id="no CA"
        ),
        pytest.param(
            {"certificate-authority-data": "abc"}, {}, "Incorrect padding", id="no base64"
        ),
        pytest.param({}, {"tokenFile": "no"}, "No such file", id="token file missing"),
        pytest.param(
            {},
            {"exec": {"apiVersion": "v1", "command": "no-such-plugin"}},
            "its exec no-such-plugin gave no credential .*No such file",
            id="plugin missing",
        ),
        pytest.param(
            {},
            {
                "exec": {
                    "apiVersion": "v1",
                    "command": "sh",
                    "args": ["-c", "echo session has ended >&2; exit 3"],
                }
            },
            "its exec sh gave no credential .*process returned 3. session has ended",
            id="plugin fails",
        ),
        pytest.param(
            {},
            {"auth-provider": {"name": "azure"}},
            "its auth-provider azure gave no credential",
            id="provider of old",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(write, cluster, user, words):
    given = {"server": "https://127.0.0.1:1", **cluster}
    with pytest.raises(Refused, match=words) as caught:
        read_kubeconfig(write(given, user), None)
    assert "context demo" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "no context is current", id="empty"),
        pytest.param("{", "cannot be read as a kubeconfig", id="no YAML"),
        pytest.param("[1]", "cannot be read as a kubeconfig", id="a list"),
        pytest.param(
            "clusters: [{cluster: {}}]", "read as a kubeconfig .*'name'", id="a nameless cluster"
        ),
        pytest.param("current-context: x", "no context x", id="current context missing"),
        pytest.param(
            "{current-context: x, contexts: [{name: x, context: {cluster: gone}}]}",
            "names the cluster gone, which is not there",
            id="cluster missing",
        ),
        pytest.param(
            "{current-context: x, contexts: [{name: x, context: {cluster: c, user: gone}}],"
            " clusters: [{name: c, cluster: {server: 'https://x'}}]}",
            "names the user gone, which is not there",
            id="user missing",
        ),
    ],
)
def test_a_file_with_a_hole_is_refused(tmp_path, text, words):
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(Refused, match=words):
        read_kubeconfig(str(path), None)


def test_the_words_about_a_broken_file_quote_nothing_of_it(tmp_path):
    path = tmp_path / "config"
    path.write_text('users: [{name: u, user: {token: secret"]')
    with pytest.raises(Refused, match="it is no YAML in line 1") as caught:
        read_kubeconfig(str(path), None)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_the_words_of_the_loader_quote_no_credential(write):
    user = {"token": None, "client-key-data": "secret"}
    with pytest.raises(Refused, match="Expected key token") as caught:
        read_kubeconfig(write({"server": "https://x"}, user), None)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_a_missing_file_and_a_missing_context_are_told(write, tmp_path):
    with pytest.raises(Refused, match="no such file"):
        read_kubeconfig(str(tmp_path / "missing"), None)
    with pytest.raises(Refused, match=r"no context other.*there are: demo"):
        read_kubeconfig(write({"server": "https://x"}), "other")


def test_no_credential_is_in_what_an_access_shows(write):
    access = read_kubeconfig(write({"server": "https://x"}, {"token": "secret"}), None)
    assert access.token() == "secret"
    assert "secret" not in repr(access)


def test_importing_it_does_not_import_kubernetes():
    module = "include.eks_upgrade.kube.connection.kubeconfig"
    code = f"import sys, {module}; print('kubernetes' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def a_client_certificate(name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(pem).decode(), private.decode()
