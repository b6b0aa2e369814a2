import pytest

from include.eks_upgrade.common.versions import Minor, minors_between, read_minor


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1.26", id="as-eks-writes-it"),
        pytest.param("v1.26", id="with-v"),
        pytest.param("1.26.3", id="with-patch"),
        pytest.param("v1.26.15-eks-36485ac", id="as-a-kubelet-reports-it"),
        pytest.param("1.26+", id="as-an-old-api-server-reports-it"),
        pytest.param(" 1.26 ", id="with-blanks"),
    ],
)
def test_the_minor_is_read_from_any_spelling(text):
    assert Minor.parse(text) == Minor(1, 26)
    assert str(Minor.parse(text)) == "1.26"


@pytest.mark.parametrize("text", ["", "1", "latest", "1.x", "1.26beta", "x1.26"])
def test_what_is_no_version_is_refused_in_words(text):
    with pytest.raises(ValueError, match="not a Kubernetes version"):
        Minor.parse(text)
    assert read_minor(text) is None


def test_minors_are_ordered_as_numbers_not_as_text():
    assert Minor.parse("1.9") < Minor.parse("1.10")
    assert Minor(1, 25).next() == Minor(1, 26)
    assert Minor(1, 25).previous() == Minor(1, 24)


def test_minors_between_counts_forward_and_back():
    assert minors_between(Minor(1, 25), Minor(1, 28)) == 3
    assert minors_between(Minor(1, 28), Minor(1, 25)) == -3
    with pytest.raises(ValueError, match="another major"):
        minors_between(Minor(1, 28), Minor(2, 0))
