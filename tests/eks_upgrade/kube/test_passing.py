"""What of an API server's refusals passes by itself, and for how long it is tried."""

import pickle

import pytest

from include.eks_upgrade.common.errors import Refused, UnexpectedResponse, Unreachable
from include.eks_upgrade.common.failure import FailureClass, pause_seconds, worth_another_try
from include.eks_upgrade.kube.errors import Answer, error_of, may_retry
from include.eks_upgrade.kube.eviction import Denied, Overloaded, read_eviction
from include.eks_upgrade.retrying import classify

FORBIDDEN = (
    'nodes is forbidden: User "arn:aws:sts::1:assumed-role/a/b" cannot list resource "nodes" in'
    ' API group "" at the cluster scope'
)
ROLE = 'clusterrole.rbac.authorization.k8s.io "eks-upgrade" not found'

STARTING = [
    pytest.param(500, "etcdserver: leader changed", id="etcd changes its leader"),
    pytest.param(500, "etcdserver: no leader", id="etcd has no leader"),
    pytest.param(500, "etcdserver: request timed out", id="etcd is slow"),
    pytest.param(
        500,
        "rpc error: code = Unavailable desc = etcdserver: request timed out, possibly due to"
        " previous leader failure",
        id="etcd's leader failed",
    ),
    pytest.param(
        500,
        "rpc error: code = Unavailable desc = transport is closing",
        id="the way to etcd is closed",
    ),
    pytest.param(503, "apiserver is shutting down", id="the server ends"),
    pytest.param(429, "storage is (re)initializing", id="the server's cache begins"),
    pytest.param(
        403, 'pods "web" is forbidden: not yet ready to handle request', id="admission begins"
    ),
]


@pytest.mark.parametrize("what", ["list nodes", "patch nodes", "update leases", "create leases"])
@pytest.mark.parametrize(("status", "words"), STARTING)
def test_a_server_that_starts_is_asked_again_for_reads_and_writes(status, words, what):
    answer = Answer(status, {"message": words})
    assert may_retry(answer, what)
    error = error_of(what, answer)
    assert type(error) is Unreachable
    assert words in str(error)
    assert classify(error).kind is FailureClass.RETRY_SOON


@pytest.mark.parametrize(("status", "words"), STARTING)
def test_an_eviction_does_not_hold_it_against_the_pod(status, words):
    assert isinstance(read_eviction(Answer(status, {"message": words})), Overloaded)


EARLY = [
    pytest.param(401, "Unauthorized", "access entry", id="the token is not known"),
    pytest.param(403, f"{FORBIDDEN}: RBAC: {ROLE}", "bindings", id="a role is not read yet"),
    pytest.param(
        403, f"{FORBIDDEN}: RBAC: [{ROLE}, {ROLE}]", "bindings", id="some roles are not read yet"
    ),
    pytest.param(
        403,
        f'{FORBIDDEN}: RBAC: role.rbac.authorization.k8s.io "lock" not found',
        "bindings",
        id="a namespace's role is not read yet",
    ),
]


@pytest.mark.parametrize(("status", "words", "remedy"), EARLY)
def test_who_may_not_be_known_yet_is_tried_for_minutes_and_then_told(status, words, remedy):
    answer = Answer(status, {"message": words})
    error = error_of("list nodes", answer)
    assert may_retry(answer, "list nodes")
    assert isinstance(error, Refused)
    assert remedy in str(error)
    failure = classify(error)
    assert failure.credentials
    tried = [n for n in range(1, 20) if worth_another_try(failure, n)]
    waited = [pause_seconds(failure, n, spread) for spread in (0.0, 1.0) for n in tried]
    assert 180 < sum(waited[: len(tried)]) < sum(waited[len(tried) :]) < 600


PERSON = [
    pytest.param(403, FORBIDDEN, id="a right is missing"),
    pytest.param(403, f"{FORBIDDEN}: Azure does not have opinion", id="another authorizer"),
    pytest.param(403, 'admission webhook "RBAC" denied the request: x', id="a webhook"),
]


@pytest.mark.parametrize(("status", "words"), PERSON)
def test_a_plain_no_is_told_at_once(status, words):
    answer = Answer(status, {"message": words})
    assert not may_retry(answer, "list nodes")
    failure = classify(error_of("list nodes", answer))
    assert failure.kind is FailureClass.NEEDS_A_PERSON
    assert not failure.credentials


BROKEN = [
    pytest.param("etcdserver: mvcc: database space exceeded", id="etcd is full"),
    pytest.param("etcdserver: corrupt cluster", id="etcd is broken"),
    pytest.param("found two budgets", id="something else"),
]


@pytest.mark.parametrize("words", BROKEN)
def test_a_broken_server_is_not_asked_again_to_write(words):
    answer = Answer(500, {"message": words})
    assert not may_retry(answer, "patch nodes")
    assert type(error_of("patch nodes", answer)) is UnexpectedResponse
    assert isinstance(read_eviction(answer), Denied)


def test_how_often_it_is_worth_trying_survives_the_way_between_processes():
    error = error_of("list nodes", Answer(401))
    assert pickle.loads(pickle.dumps(error)).tries == error.tries
