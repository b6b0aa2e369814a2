from typing import Any

import pytest

from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.report import build_report, render_report

Record = dict[str, Any]


def the_task(record: Record, stage: Stage) -> dict[str, Any]:
    return next(task for task in record["tasks"] if task["stage"] == stage.value)


def test_an_upgrade_is_told_with_both_versions(upgraded: Record) -> None:
    report = build_report(upgraded)
    assert report.headline.kind == "upgraded"
    assert report.headline.text == "shop from 1.25 to 1.26: upgraded"
    assert report.continuation is None


def test_a_control_plane_that_went_back_is_not_told_as_upgraded(upgraded: Record) -> None:
    upgraded["plan"] |= {"from_version": "1.26", "to_version": "1.25"}
    upgraded["goes_back"] = True
    assert build_report(upgraded).headline.text == "shop from 1.26 to 1.25: taken back"


def test_a_way_back_that_was_cancelled_is_told_as_that(upgraded: Record) -> None:
    upgraded["plan"] |= {"from_version": "1.26", "to_version": "1.26"}
    upgraded["goes_back"] = True
    assert build_report(upgraded).headline.text == "shop at 1.26: way back cancelled"


def test_a_way_back_that_is_refused_speaks_of_no_upgrade(refused: Record) -> None:
    refused["goes_back"] = True
    report = build_report(refused)
    assert report.headline.outcome == "refused, the plan does not allow this way back"
    assert report.continuation is not None
    assert report.continuation.not_done == ("The whole way back",)


def test_versions_stand_before_and_after_for_everything_that_has_one(upgraded: Record) -> None:
    rows = {row.thing: (row.before, row.after) for row in build_report(upgraded).versions}
    assert rows == {
        "Control plane": ("1.25", "1.26"),
        "Add-on coredns": ("v1.9.3-eksbuild.2", "v1.9.3-eksbuild.7"),
        "Add-on kube-proxy": ("v1.25.6-eksbuild.1", "v1.26.2-eksbuild.1 (DEGRADED)"),
        "Node group workers": ("1.25", "-"),
        "Node group workers-k126": ("-", "1.26, 2 nodes"),
    }


def test_a_group_the_plan_leaves_alone_has_the_same_version_on_both_sides(upgraded: Record) -> None:
    upgraded["world"]["node_groups"].append(
        {"name": "other", "status": "ACTIVE", "nodes": 1, "version": "1.25"}
    )
    rows = {row.thing: (row.before, row.after) for row in build_report(upgraded).versions}
    assert rows["Node group other"] == ("1.25", "1.25, 1 node")


def test_what_several_tasks_met_alike_is_one_obstacle(upgraded: Record) -> None:
    agents = {"what": "3 pods of DaemonSet kube-system/aws-node", "passed_by": "ignore_daemonsets"}
    drain = next(task for task in upgraded["tasks"] if task["stage"] == Stage.DRAIN.value)
    drains = [
        {**drain, "label": f"group-{number}", "result": drain["result"] | {"obstacles": [agents]}}
        for number in range(30)
    ]
    upgraded["tasks"] = drains
    (found,) = build_report(upgraded).obstacles
    assert found.what == agents["what"]
    assert found.where.startswith("Drain of shop/group-0, Drain of shop/group-1, ")
    assert found.where.endswith(" and 27 more")


def test_obstacles_name_where_they_were_met_and_what_passed_them(upgraded: Record) -> None:
    obstacles = [(each.where, each.passed_by) for each in build_report(upgraded).obstacles]
    assert obstacles == [
        ("Drain of shop/workers", "delete_emptydir_data"),
        ("Deletion of shop/workers", "it did not stop the run"),
    ]


def test_nodes_are_listed_with_what_their_drain_moved(upgraded: Record) -> None:
    drains = [(each.node_group, each.node, each.moved) for each in build_report(upgraded).drains]
    assert drains == [
        ("workers", "ip-10-0-0-1", 2),
        ("workers", "ip-10-0-0-2", 3),
        ("workers", "all nodes", 5),
    ]


def test_the_sum_of_a_drain_tells_what_stayed_and_what_was_refused(upgraded: Record) -> None:
    whole = build_report(upgraded).drains[-1]
    assert whole.note == "4 DaemonSet pods stayed, 7 evictions refused for a while"
    assert whole.seconds == 61.2


def test_a_node_tells_its_time_and_in_groups_what_its_pods_waited_for(upgraded: Record) -> None:
    data = the_task(upgraded, Stage.DRAIN)["result"]["data"]
    node, held = "ip-10-0-0-2", "budget_full: shop/web"
    usual = {"node": node, "fate": "evicted", "waited_for": "", "seconds": 3.0}
    fates = {"deleted past its budget": 1}
    waits = {"refused: 0": 1, "refused: 1": 1, held: 900, "for other reasons": 3}
    data["nodes"] = [{"name": node, "moved": 3, "seconds": 41.0, "fates": fates, "waits": waits}]
    data["pods"] = [{**usual, "pod": "shop/db-0", "seconds": 55.0}]
    first, second, whole = build_report(upgraded).drains
    assert (first.seconds, first.note) == (None, "")
    assert second.seconds == 41.0
    assert second.note == (
        f"1 deleted past its budget; 900 waited ({held}); 3 waited (for other reasons);"
        " 1 waited (refused: 0); and 1 other reason"
    )
    assert whole.note.endswith("slowest pod shop/db-0: 55 s")


def test_nodes_that_a_result_does_not_name_are_told_as_one_row(upgraded: Record) -> None:
    data = the_task(upgraded, Stage.DRAIN)["result"]["data"]
    data["nodes_left_out"] = {"nodes": 700, "moved": 9000}
    row = build_report(upgraded).drains[-2]
    assert (row.node, row.moved) == ("700 more nodes", 9000)


def lowest(workload: str, ready: int, keeps: int, before: int = 6) -> dict[str, Any]:
    rule = "maxUnavailable 25% of its own strategy"
    return {"workload": workload, "before": before, "lowest": ready, "keeps": keeps, "rule": rule}


def test_the_report_proves_that_no_workload_fell_too_far(upgraded: Record) -> None:
    data = the_task(upgraded, Stage.DRAIN)["result"]["data"]
    data["workloads"] = [lowest("Deployment shop/web", 5, 5), lowest("Deployment shop/api", 6, 4)]
    data["workloads_left_out"] = 3
    found = build_report(upgraded).availability
    assert found is not None
    assert found.sentence.startswith("None of 5 workloads had fewer Ready pods")
    assert [(row.workload, row.lowest, row.keeps) for row in found.rows] == [
        ("Deployment shop/web", 5, 5),
        ("Deployment shop/api", 6, 4),
    ]
    assert found.unlisted == 3


@pytest.mark.parametrize(
    ("row", "below"),
    [
        pytest.param(lowest("w", 3, 5), 1, id="fell-below"),
        pytest.param(lowest("w", 3, 5, before=3), 0, id="was-there-before"),
        pytest.param(lowest("w", 0, 0, before=1), 0, id="a-single-replica"),
    ],
)
def test_a_workload_that_fell_too_far_is_counted_and_marked(
    upgraded: Record, row: dict[str, Any], below: int
) -> None:
    data = the_task(upgraded, Stage.DRAIN)["result"]["data"]
    data["workloads"], data["workloads_below"] = [row], below
    found = build_report(upgraded).availability
    assert found is not None
    assert found.rows[0].below == bool(below)
    assert found.sentence.startswith("1 of 1" if below else "None of 1")


def test_parameters_that_are_objects_are_shown_in_words(upgraded: Record) -> None:
    upgraded["request"] = {"when_blocked": {"refused": "ask", "never_allowed": "restart"}, "x": {}}
    assert build_report(upgraded).request == (
        ("when_blocked", "refused: ask, never_allowed: restart"),
        ("x", "-"),
    )


def test_a_drain_that_left_no_result_has_no_rows(failed_drain: Record) -> None:
    assert build_report(failed_drain).drains == ()


def test_phases_keep_their_order_and_leave_out_the_tasks_that_tell(upgraded: Record) -> None:
    phases = [(phase.name, phase.state) for phase in build_report(upgraded).phases]
    assert phases == [
        ("Plan", "success"),
        ("Add-ons before the control plane", "success"),
        ("Control plane", "success"),
        ("Drain of shop/workers", "success"),
        ("Deletion of shop/workers", "success"),
        ("Check of the cluster", "success"),
    ]


def test_waits_side_by_side_are_counted_once(upgraded: Record) -> None:
    split = build_report(upgraded).split
    assert split is not None
    # 100..410 for AWS in two overlapping waits, 400..460 for the drain, 600 s in all.
    assert (split.aws, split.drain, split.rest, split.total) == (310.0, 60.0, 240.0, 600.0)


def test_a_run_that_is_still_going_has_no_time_split(upgraded: Record) -> None:
    upgraded["run"]["ended"] = None
    assert build_report(upgraded).split is None


def test_nothing_changed_is_told_as_nothing_to_do(unchanged: Record) -> None:
    report = build_report(unchanged)
    assert report.headline.kind == "unchanged"
    assert report.headline.text == "shop at 1.26: nothing to do"
    assert report.changes == ()


def test_a_refused_plan_says_that_nothing_was_touched(refused: Record) -> None:
    report = build_report(refused)
    assert (report.headline.kind, report.headline.summary) == ("refused", "Nothing was touched.")
    assert report.cluster == "shop"
    assert report.continuation is not None
    assert "two minors ahead" in report.continuation.failed[0].why
    assert "start a new run" in report.continuation.failed[0].remedies[-1]


def test_a_failed_drain_names_the_switch_that_lifts_it_and_asks_for_a_new_run(
    failed_drain: Record,
) -> None:
    report = build_report(failed_drain)
    assert report.headline.text == "shop from 1.25 to 1.26: stopped at the drain of shop/workers"
    assert report.continuation is not None
    remedies = report.continuation.failed[0].remedies
    assert remedies[0].startswith("`delete_emptydir_data` lifts this")
    assert "start a new run with the same parameters" in remedies[1]


def test_a_switch_that_is_on_already_is_not_advised(failed_drain: Record) -> None:
    failed_drain["request"]["delete_emptydir_data"] = True
    stop = build_report(failed_drain).continuation
    assert stop is not None
    assert "clear `do-drain` [workers]" in stop.failed[0].remedies[0]


@pytest.mark.parametrize(
    ("failed", "cleared"),
    [
        pytest.param(Stage.DRAIN, Stage.DRAIN, id="no wait"),
        pytest.param(Stage.CONTROL_PLANE_WAIT, Stage.CONTROL_PLANE, id="control plane"),
        pytest.param(Stage.NEW_NODES, Stage.NEW_GROUP, id="new nodes"),
        pytest.param(Stage.SECOND_DELETION_WAIT, Stage.SECOND_DELETION, id="second deletion"),
    ],
)
def test_a_failed_wait_is_repeated_from_the_task_that_started_it(
    upgraded: Record, failed: Stage, cleared: Stage
) -> None:
    upgraded["tasks"][-4] |= {"stage": failed.value, "state": "failed", "failure": "AWS said no"}
    stop = build_report(upgraded).continuation
    assert stop is not None
    assert f"clear `do-{cleared.value}`" in stop.failed[0].remedies[0]


def test_a_stop_tells_what_is_done_what_is_not_and_what_is_left(failed_drain: Record) -> None:
    stop = build_report(failed_drain).continuation
    assert stop is not None
    assert stop.done == (
        "Planned 1.25 to 1.26 (nothing changed)",
        "Created workers-k126.",
        "Cordoned 2 nodes.",
    )
    assert stop.not_done == (
        "Drain of shop/workers",
        "Deletion of shop/workers",
        "Check of the cluster",
    )
    assert len(stop.left) == 1
    assert "cordoned and tainted" in stop.left[0]


def test_an_old_group_that_was_never_fenced_is_told_as_open(failed_drain: Record) -> None:
    the_task(failed_drain, Stage.FENCE)["state"] = "upstream_failed"
    stop = build_report(failed_drain).continuation
    assert stop is not None
    assert "not cordoned" in stop.left[0]


def test_a_task_without_a_message_still_yields_advice(failed_drain: Record) -> None:
    the_task(failed_drain, Stage.DRAIN)["failure"] = None
    stop = build_report(failed_drain).continuation
    assert stop is not None
    assert "log" in stop.failed[0].why


def test_a_task_that_never_ran_keeps_a_run_from_being_told_as_success(upgraded: Record) -> None:
    the_task(upgraded, Stage.CLUSTER)["state"] = None
    report = build_report(upgraded)
    assert report.headline.kind == "stopped"
    assert "the check of the cluster" in report.headline.text


def test_warnings_of_the_plan_and_of_steps_are_told_once(upgraded: Record) -> None:
    the_task(upgraded, Stage.PLAN)["result"]["data"]["warnings"] = [
        "w",
        "w",
        "Subnet subnet-1 has 9 free addresses.",
    ]
    assert build_report(upgraded).warnings == ("Subnet subnet-1 has 9 free addresses.", "w")


def test_what_a_step_says_again_of_a_node_group_stands_once_with_its_remedy(
    upgraded: Record,
) -> None:
    left = "not copied from Auto Scaling group eks-a: scheduled actions: night"
    told = f"node group a: {left}. Remedy: set them on the new group."
    the_task(upgraded, Stage.PLAN)["result"]["data"]["warnings"] = [told]
    the_task(upgraded, Stage.DRAIN)["result"]["data"]["not_copied"] = [left, f"{left}, day"]
    warnings = build_report(upgraded).warnings
    assert [one for one in warnings if "night" in one] == [told, f"{left}, day"]


def test_an_empty_record_is_a_stop_not_a_success() -> None:
    assert build_report({"tasks": []}).headline.kind == "stopped"


@pytest.mark.parametrize("told", [{"warnings": ["x"]}, ["a", "list"]], ids=["plan", "list"])
def test_a_task_whose_answer_is_no_step_result_is_passed_over(upgraded: Record, told: Any) -> None:
    the_task(upgraded, Stage.PLAN)["result"] = told
    assert build_report(upgraded).phases[0].steps[0].text == ""


def test_a_run_that_only_planned_shows_its_plan(upgraded: Record) -> None:
    upgraded["plan"]["summary"] = ["control plane: 1.25 -> 1.26"]
    upgraded["tasks"] = [upgraded["tasks"][0]]
    report = build_report(upgraded)
    assert (report.headline.kind, report.headline.summary) == ("planned", "Nothing was changed.")
    assert report.headline.text == "shop from 1.25 to 1.26: planned"
    assert report.plan == ("control plane: 1.25 -> 1.26",)


def test_a_message_that_names_an_earlier_stage_leads_there(upgraded: Record) -> None:
    the_task(upgraded, Stage.DELETION_WAIT).update(
        state="failed", failure=f"3 pods are left. Remedy: repeat {Stage.DRAIN.title}."
    )
    stop = build_report(upgraded).continuation
    assert stop is not None
    assert "clear `do-drain` [workers]" in stop.action


def test_a_runner_without_words_of_its_own_gets_the_librarys(failed_drain: Record) -> None:
    failed_drain |= {"repeat": {}, "release": ""}
    failed_drain["request"]["delete_emptydir_data"] = True
    stop = build_report(failed_drain).continuation
    assert stop is not None
    assert f"repeat {Stage.DRAIN.title} for `workers`" in stop.action


def test_a_plan_of_another_release_costs_the_plan_and_not_the_report(upgraded: Record) -> None:
    upgraded["plan"]["schema"] = 1
    report = build_report(upgraded)
    assert "this release reads" in report.warnings[0]
    assert report.headline.text == "shop at 1.26: done"


def test_a_task_of_no_known_stage_is_a_phase_of_its_own(upgraded: Record) -> None:
    upgraded["tasks"].append(upgraded["tasks"][0] | {"stage": None, "name": "notify"})
    assert build_report(upgraded).phases[-1].name == "notify"


def test_account_and_region_tell_clusters_of_one_name_apart(upgraded: Record) -> None:
    upgraded["plan"] |= {"account": "111111111111", "region": "eu-west-1"}
    assert dict(build_report(upgraded).facts)["Account"] == "111111111111"
    assert render_report(upgraded).summary["place"] == "111111111111 eu-west-1"
