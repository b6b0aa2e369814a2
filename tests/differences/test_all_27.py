"""Each difference between AWS and what was once taken for AWS has a test that carries its number.

A test of this folder that is named `test_07_…` shows difference 7 of the list: what the rehearsal
does now, or how the product stands it.
"""

import ast
from pathlib import Path
from typing import Final

DIFFERENCES: Final = {
    1: "rights that EKS asks of its caller in CreateNodegroup",
    2: "a right that is missing, told under the code of a wrong value",
    3: "a launch template that was just made is not there",
    4: "an add-on whose update failed heals",
    5: "work on the control plane that no list shows",
    6: "five free addresses in each subnet of the cluster",
    7: "one leaving instance refuses the protection of all",
    8: "changes of an Auto Scaling group that is being deleted",
    9: "versions that flip, and Auto Scaling groups that are seen late",
    10: "updates of a group that is DEGRADED",
    11: "a suspended Terminate: two issues, one of them misleading",
    12: "EKS's own hook, which is not answered for half an hour",
    13: "updates that cannot be cancelled, and statuses nobody knows",
    14: "UpdateNodegroupVersion without a version",
    15: "an update in place replaces by turns and may leave a mixture",
    16: "an add-on's role that is left out, and the schema of its configuration",
    17: "roles of add-ons and pod identities that are passed",
    18: "empty parts of UpdateNodegroupConfig",
    19: "Fargate's kubelets and the cluster role's key",
    20: "updates that are switched off, and reads that are throttled",
    21: "a control plane that is rolled back",
    22: "the codes of CreateNodegroup",
    23: "quotas of node groups",
    24: "odd answers",
    25: "codes that are documented and were taken for bugs",
    26: "the last group of a role and aws-auth",
    27: "insights that outlive their cause",
}


def test_each_of_the_27_has_a_test_that_carries_its_number() -> None:
    found = {
        int(node.name.split("_")[1])
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and node.name.split("_")[1].isdigit()
    }
    missing = {number: words for number, words in DIFFERENCES.items() if number not in found}
    assert missing == {}
    assert found == set(DIFFERENCES)
