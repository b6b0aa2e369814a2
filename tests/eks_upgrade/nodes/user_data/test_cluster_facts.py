"""What user data says of the cluster, held against what AWS says; and texts nobody can read."""

import pytest

from tests.eks_upgrade.nodes.user_data.given import (
    CA,
    CALL,
    WHOLE,
    judge,
    mime,
    refused,
    script,
    text,
)


@pytest.mark.parametrize(
    ("old", "family"),
    [
        pytest.param(script(CALL.replace("orchid", "other")), "al2", id="script, same family"),
        pytest.param(script(CALL.replace("orchid", "other")), "al2023", id="script, another"),
        pytest.param(WHOLE.replace("orchid", "other"), "al2023", id="NodeConfig"),
        pytest.param('settings.kubernetes.cluster-name = "other"\n', "bottlerocket", id="TOML"),
    ],
)
def test_user_data_of_another_cluster_is_refused(old, family):
    assert "does not name orchid" in refused(old, family)


@pytest.mark.parametrize(
    ("old", "family"),
    [
        pytest.param(script(f"{CALL} --b64-cluster-ca QUJD"), "al2", id="script"),
        pytest.param(script("CA=QUJD", f"{CALL} --b64-cluster-ca $CA"), "al2", id="variable"),
        pytest.param(script(f"{CALL} --b64-cluster-ca QUJD"), "al2023", id="another family"),
        pytest.param(WHOLE.replace(CA, "QUJD"), "al2023", id="NodeConfig"),
        pytest.param(
            script(f"{CALL} --b64-cluster-ca '{CA[:9]} {CA[9:]}'"), "al2", id="blank inside"
        ),
        pytest.param(
            WHOLE.replace(CA, f">-\n      {CA[:9]}\n      {CA[9:]}"), "al2023", id="folded"
        ),
        pytest.param('[settings.kubernetes]\ncluster-certificate = "QUJD"\n', "bottlerocket",
                     id="TOML"),
    ],
)  # fmt: skip
def test_a_certificate_that_is_not_the_clusters_is_refused(old, family):
    assert "certificate authority in it is not that of cluster orchid" in refused(old, family)


def test_a_certificate_in_several_lines_is_the_same():
    lines = f"|\n      {CA[:20]}\n      {CA[20:]}"
    old = WHOLE.replace(CA, lines).replace("=pool", "=pool-k133")
    assert text(old, "al2023") == old


def test_a_name_that_only_the_node_knows_is_kept_with_a_note():
    old = script("CLUSTER=$(cat /c)", '/etc/eks/bootstrap.sh "$CLUSTER" --b64-cluster-ca $CA')
    judged = judge(old, "al2")
    assert judged.text == old
    assert "only a shell on the node knows" in judged.notes[0]


@pytest.mark.parametrize(
    ("old", "family"),
    [
        pytest.param("[settings.kubernetes]\ncluster-name = orchid\n", "bottlerocket", id="TOML"),
        pytest.param("# ours\nsettings.kubernetes = {\n", "bottlerocket", id="dotted TOML"),
        pytest.param(mime(("application/node.eks.aws", "kind: [\n")), "al2023", id="NodeConfig"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused(old, family):
    assert "that cannot be read, so nobody" in refused(old, family)


@pytest.mark.parametrize("family", ["al2023", "bottlerocket"])
def test_no_refusal_prints_a_certificate(family):
    call = f"K={CA} /etc/eks/bootstrap.sh orchid --b64-cluster-ca {CA} && reboot"
    old = script(f"export B64_CLUSTER_CA={CA}", "curl x | bash", call)
    assert CA not in refused(old, family)


@pytest.mark.parametrize("old", ["", "   \n", None, "#!/bin/bash\n# nothing yet\n"])
@pytest.mark.parametrize("family", ["al2", "al2023", "bottlerocket", "ubuntu"])
def test_nothing_is_written_new_for_every_family(old, family):
    assert "orchid" in text(old, family)


def test_a_family_that_nobody_knows_is_refused():
    assert "windows" in refused("<powershell>x</powershell>", "windows")
