import pytest

from include.local_airflow.demo.summary import (
    obstacles,
    pods_moved,
    report_paths,
    split,
    summary_lines,
    what_is_wrong,
)

BEFORE = {
    "version": "1.25",
    "addons": {"coredns": "v1.9.3"},
    "node_groups": {"workers": {"version": "1.25", "status": "ACTIVE", "nodes": 2}},
}
AFTER = {
    "version": "1.26",
    "addons": {"coredns": "v1.9.4"},
    "node_groups": {"workers-k126": {"version": "1.26", "status": "ACTIVE", "nodes": 2}},
}
DRAIN = {
    "text": "drained",
    "data": {"moved": 5, "by_node": {"node-a": 3, "node-b": 2}},
    "obstacles": [{"what": "pod web/a is not managed", "passed_by": "force_unmanaged_pods"}],
    "waits": [["drain", 20.0, 26.0]],
}
REPORT = {"data": {"markdown": "reports/demo.md", "html": "reports/demo.html"}}


def waits(*those):
    return [{"waits": [list(each) for each in those]}]


@pytest.mark.parametrize(
    ("those", "expected"),
    [
        pytest.param([], (0, 0, 100), id="nothing-waited-for"),
        pytest.param([("aws", 10, 30), ("drain", 40, 50)], (20, 10, 70), id="one-after-the-other"),
        pytest.param([("aws", 10, 30), ("aws", 20, 40)], (30, 0, 70), id="aws-twice-at-once"),
        pytest.param([("aws", 10, 40), ("aws", 20, 30)], (30, 0, 70), id="one-inside-the-other"),
        pytest.param([("aws", 10, 30), ("drain", 20, 40)], (20, 10, 70), id="aws-during-a-drain"),
        pytest.param([("aws", -50, 10), ("drain", 90, 120)], (10, 10, 80), id="beyond-the-run"),
    ],
)
def test_the_parts_of_the_time_add_up_to_the_run(those, expected):
    found = split(waits(*those), (0.0, 100.0))

    assert (found.aws, found.drain, found.airflow) == expected
    assert found.wall == 100


def test_the_split_is_said_in_one_line():
    assert str(split(waits(("aws", 0, 40), ("drain", 50, 60)), (0.0, 75.0))) == (
        "AWS needed 40.0 s, the drain needed 10.0 s, Airflow added 25.0 s: 75.0 s together."
    )


def test_pods_of_several_drains_are_added_up_by_node():
    other = {"data": {"moved": 1, "by_node": {"node-c": {"moved": 1, "of": 1}}}}

    assert pods_moved([DRAIN, REPORT, other]) == (6, {"node-a": 3, "node-b": 2, "node-c": 1})


def test_an_obstacle_met_twice_is_listed_once():
    other = {"obstacles": [{"what": "deletion failed", "passed_by": ""}]}

    assert obstacles([DRAIN, DRAIN, other]) == [
        "pod web/a is not managed -> force_unmanaged_pods",
        "deletion failed -> not passed",
    ]


def test_the_report_is_found_among_the_step_results():
    assert report_paths([DRAIN, REPORT]) == ["reports/demo.md", "reports/demo.html"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="as-wanted"),
        pytest.param({"version": "1.25"}, ["the cluster is at 1.25, not at 1.26"], id="version"),
        pytest.param(
            {
                "node_groups": AFTER["node_groups"]
                | {"workers": {"version": "1.25", "status": "DELETE_FAILED", "nodes": 2}}
            },
            ["the old node group workers is still there (DELETE_FAILED)"],
            id="old-group-left",
        ),
        pytest.param(
            {"node_groups": {"workers-k126": {"version": "1.25", "status": "ACTIVE", "nodes": 2}}},
            ["node group workers-k126 is ACTIVE at 1.25"],
            id="green-at-the-old-version",
        ),
        pytest.param({"node_groups": {}}, ["there is no node group left"], id="none-left"),
    ],
)
def test_what_is_not_as_wanted_is_named(changes, expected):
    assert what_is_wrong(BEFORE, AFTER | changes, "1.26") == expected


def test_the_summary_names_versions_groups_pods_obstacles_and_the_report():
    assert summary_lines(BEFORE, AFTER, [DRAIN, REPORT]) == [
        "cluster     1.25 -> 1.26",
        "add-on      coredns v1.9.3 -> v1.9.4",
        "node groups workers (1.25, 2 nodes, ACTIVE) -> workers-k126 (1.26, 2 nodes, ACTIVE)",
        "pods moved  5 (node-a: 3, node-b: 2)",
        "obstacles   1",
        "    pod web/a is not managed -> force_unmanaged_pods",
        "report      reports/demo.md",
        "report      reports/demo.html",
    ]
