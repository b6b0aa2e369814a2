"""Label selectors: what they select, and what is no selector."""

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.kube.selectors import parse_selector

WEB = {"app": "web", "tier": "front", "replicas": "3", "empty": "", "example.com/team": "a"}


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        pytest.param("", True, id="nothing-selects-everything"),
        pytest.param("  ", True, id="so-do-blanks"),
        pytest.param("app=web", True, id="equal"),
        pytest.param("app==web", True, id="doubly-equal"),
        pytest.param("app = web , tier = front", True, id="blanks-between"),
        pytest.param("app=shop", False, id="unequal"),
        pytest.param("absent=web", False, id="absent-is-not-equal"),
        pytest.param("app!=web", False, id="not-equal-to-its-value"),
        pytest.param("absent!=web", True, id="absent-is-not-equal-to-it"),
        pytest.param("app in (shop, web)", True, id="in"),
        pytest.param("app in(shop)", False, id="not-among"),
        pytest.param("absent in (web)", False, id="absent-is-in-nothing"),
        pytest.param("app notin (shop,db)", True, id="notin"),
        pytest.param("app notin (web)", False, id="notin-its-value"),
        pytest.param("absent notin (web)", True, id="absent-is-notin"),
        pytest.param("app", True, id="exists"),
        pytest.param("absent", False, id="does-not-exist"),
        pytest.param("!absent", True, id="must-not-exist"),
        pytest.param("!app", False, id="must-not-but-does"),
        pytest.param("app,!absent,tier in (front)", True, id="all-parts-hold"),
        pytest.param("app,absent", False, id="one-part-does-not"),
        pytest.param("empty=", True, id="empty-value"),
        pytest.param("empty=,app", True, id="empty-value-before-more"),
        pytest.param("empty in (,a)", True, id="empty-value-in-a-set"),
        pytest.param("empty in ()", True, id="nothing-in-a-set-is-the-empty-value"),
        pytest.param("app in ()", False, id="no-value-is-not-in-it"),
        pytest.param("app=", False, id="not-empty"),
        pytest.param("example.com/team=a", True, id="prefixed-key"),
        pytest.param("replicas>2", True, id="greater"),
        pytest.param("replicas<3", False, id="not-less"),
        pytest.param("app>2", False, id="no-number-is-not-greater"),
        pytest.param("in in (a)", False, id="a-key-called-in"),
        pytest.param("app=in", False, id="a-value-called-in"),
    ],
)
def test_selects_what_kubectl_would(text, selected):
    assert parse_selector(text).selects(WEB) is selected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("app=web,", "found 'its end' where a label's key", id="comma-at-the-end"),
        pytest.param(",app", "found ',' where a label's key", id="comma-at-the-start"),
        pytest.param("app web", "found 'web' where one of", id="no-operator"),
        pytest.param("app=web=x", "found '=' where ','", id="two-operators"),
        pytest.param("app in web", "found 'web' where '('", id="in-without-a-set"),
        pytest.param("app in (web", "found 'its end' where ',' or ')'", id="open-set"),
        pytest.param("!app=web", "found '=' where ','", id="absent-with-a-value"),
        pytest.param("app=-web", "'-web' is no label value", id="bad-value"),
        pytest.param("a/b/c=web", "'a/b/c' is no label key", id="bad-key"),
        pytest.param("/app", "'/app' is no label key", id="empty-prefix"),
        pytest.param(f"app={'x' * 64}", "is no label value", id="long-value"),
        pytest.param("app>x", "'x' is no whole number", id="no-number"),
    ],
)
def test_what_is_no_selector_is_refused_with_what_is_wrong(text, words):
    with pytest.raises(Refused) as refused:
        parse_selector(text)
    assert words in refused.value.problems[0].what
    assert repr(text) in str(refused.value)
