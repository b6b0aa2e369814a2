"""Which nodes are emptied at the same time: tables."""

import pytest

from include.eks_upgrade.drain.order.window import (
    Window,
    next_window,
    nodes_at_once_problem,
    window_size,
)


@pytest.mark.parametrize(
    ("value", "nodes", "size"),
    [
        pytest.param("", 10, None, id="all"),
        pytest.param("  ", 10, None, id="blank"),
        pytest.param("All", 10, None, id="said in a word"),
        pytest.param("3", 10, 3, id="a number"),
        pytest.param(3, 10, 3, id="a number that is none of the form's"),
        pytest.param("3", 2, 3, id="more than there are"),
        pytest.param("25%", 8, 2, id="a share"),
        pytest.param(" 25 % ", 8, 2, id="written loosely"),
        pytest.param("25%", 7, 1, id="never more than the share"),
        pytest.param("10%", 3, 1, id="one at least"),
        pytest.param("1%", 1, 1, id="one of one"),
        pytest.param("100%", 7, 7, id="the whole"),
        pytest.param("50%", 0, 1, id="no nodes yet"),
    ],
)
def test_how_many_nodes_that_is(value, nodes, size):
    assert nodes_at_once_problem(value) is None
    assert window_size(value, nodes) == size


@pytest.mark.parametrize(
    "value",
    [
        "0",
        0,
        "0%",
        "-1",
        -1,
        "101%",
        "1.5",
        "12.5%",
        "three",
        "%",
        "3 nodes",
        True,
        False,
        "٣",
    ],
    ids=repr,
)
def test_what_cannot_be_read_is_refused_with_how_to_write_it(value):
    assert "write it like 3 or 25%" in str(nodes_at_once_problem(value))
    with pytest.raises(ValueError, match="nodes_at_once"):
        window_size(value, 10)


LEFT = {"a": 5, "b": 2, "c": 9, "d": 0, "e": 2}


@pytest.mark.parametrize(
    ("inside", "begun", "size", "window"),
    [
        pytest.param((), (), 1, "b", id="the node with the fewest pods first"),
        pytest.param((), (), 2, "be", id="among equals by name"),
        pytest.param((), ("c",), 2, "bc", id="where a pod is stopping already goes before"),
        pytest.param(("a",), (), 1, "a", id="who is inside stays until it is empty"),
        pytest.param(("d",), (), 1, "b", id="an empty one makes room"),
        pytest.param(("gone",), (), 1, "b", id="a node that is gone makes room"),
        pytest.param(("a", "c"), (), 3, "abc", id="filled up"),
        pytest.param(("a", "c"), (), 1, "ac", id="never shrunk: it lost a node, not its work"),
        pytest.param((), (), 99, "abce", id="all that have pods"),
    ],
)
def test_who_is_in_the_window(inside, begun, size, window):
    assert "".join(sorted(next_window(inside, LEFT, begun, size))) == window


def test_a_window_moves_on_node_by_node():
    window = Window("1")
    assert not window.admits("b")
    assert window.advance(LEFT, (), 5) == ["b"]
    assert (window.admits("b"), window.admits("e")) == (True, False)
    assert window.advance(LEFT, (), 5) == []
    assert window.advance({**LEFT, "b": 0}, (), 5) == ["e"]
    assert window.advance({}, (), 5) == []


def test_a_share_grows_with_nodes_that_join():
    window = Window("50%")
    assert window.advance({"a": 1, "b": 1}, (), 2) == ["a"]
    assert window.advance({"a": 1, "b": 1, "c": 1, "d": 1}, (), 4) == ["b"]


def test_without_a_bound_every_node_is_admitted():
    window = Window()
    assert window.advance(LEFT, (), 5) == []
    assert (window.bounded, window.admits("any")) == (False, True)
