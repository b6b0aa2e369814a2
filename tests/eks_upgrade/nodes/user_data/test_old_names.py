"""What names the old group, image or template is renewed or taken out, or refused."""

import pytest

from tests.eks_upgrade.nodes.user_data.given import (
    CA,
    CALL,
    ENDPOINT,
    GROUP,
    WHOLE,
    refused,
    script,
    text,
)

ARGUMENTS = f"{CALL} --kubelet-extra-args"

SOURCE = "eks.amazonaws.com/sourceLaunchTemplate"
TABLE = "[settings.kubernetes.node-labels]"
TOML = (
    '[settings.kubernetes]\ncluster-name = "orchid"\n'
    f'api-server = "{ENDPOINT}"\ncluster-certificate = "{CA}"\n'
)
OF_THE_OLD_TEMPLATE = [
    pytest.param(
        "al2",
        script(f"{ARGUMENTS} '--node-labels={SOURCE}Id=lt-1,a=b,{SOURCE}Version=3'"),
        script(f"{ARGUMENTS} '--node-labels=a=b'"),
        id="script",
    ),
    pytest.param(
        "al2",
        script(f"{ARGUMENTS} '--node-labels {SOURCE}Id=lt-1 --v=2'"),
        script(f"{ARGUMENTS} '--node-labels= --v=2'"),
        id="only one",
    ),
    pytest.param(
        "al2",
        script(f"L={SOURCE}Id=lt-1,a=b", f"{ARGUMENTS} --node-labels=$L"),
        script("L=a=b", f"{ARGUMENTS} --node-labels=$L"),
        id="variable",
    ),
    pytest.param(
        "al2023",
        WHOLE.replace(f"{GROUP}=pool", f"a=b,{SOURCE}Id=lt-1"),
        WHOLE.replace(f"{GROUP}=pool", "a=b"),
        id="NodeConfig",
    ),
    pytest.param(
        "bottlerocket",
        f'{TOML}{TABLE}\n"{SOURCE}Id" = "lt-1"\na = "b"\n',
        f'{TOML}{TABLE}\na = "b"\n',
        id="table",
    ),
    pytest.param("bottlerocket", f'{TOML}node-labels."{SOURCE}Version" = "3"\n', TOML, id="dotted"),
]


@pytest.mark.parametrize(("family", "old", "new"), OF_THE_OLD_TEMPLATE)
def test_labels_that_name_the_old_template_are_taken_out(family, old, new):
    assert text(old, family) == new
    assert text(new, family) == new


def test_a_label_of_the_old_template_that_cannot_be_taken_out_is_refused():
    old = f'{TOML}node-labels = {{"{SOURCE}Id" = "lt-1", a = "b"}}\n'
    assert "names the old nodes' launch template" in refused(old, "bottlerocket")


def test_a_script_beyond_the_reader_that_may_call_nodes_by_the_old_name_is_refused():
    old = script(
        "X=$(cat <<EOF", "don't", "EOF", ")", "NG=pool", f"{ARGUMENTS} --node-labels={GROUP}=$NG"
    )
    assert "might call themselves the old ones" in refused(old, "al2")


def test_another_label_that_ends_alike_is_not_renewed():
    old = script(f"{ARGUMENTS} --node-labels=x.{GROUP}=pool,{GROUP}=pool.a")
    assert text(old, "al2") == old
