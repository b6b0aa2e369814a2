"""Of a script the reader takes what it understands wholly; the rest is refused, with its line."""

import pytest

from include.eks_upgrade.nodes.launch_templates.user_data.mime import parts_of
from tests.eks_upgrade.nodes.user_data.given import (
    CALL,
    flags,
    judge,
    mime,
    node_config,
    refused,
    script,
    text,
)

ARGUMENTS = f"{CALL} --kubelet-extra-args"

DOES_MORE = [
    pytest.param(
        script("exit 0", CALL),
        "line 3: /etc/eks/bootstrap.sh orchid, which stands behind exit",
        id="call behind exit",
    ),
    pytest.param(script("set -a", CALL), "line 2: set -a", id="all variables exported"),
    pytest.param(script("set -n", CALL), "line 2: set -n", id="commands are not run"),
    pytest.param(
        script(": ${USE_MAX_PODS:=false}", CALL), "line 2: :", id="assigned by an expansion"
    ),
    pytest.param(
        script("true $(install-agent)", CALL), "line 2: true", id="command inside an idle one"
    ),
    pytest.param(
        script("exec > >(install-agent)", CALL), "line 2: exec", id="command that gets the output"
    ),
    pytest.param(script("IFS=,", CALL), "line 2: IFS=,", id="another way to split words"),
    pytest.param(script("PATH=/opt/acme", CALL), "line 2: PATH", id="another path"),
    pytest.param(
        script("X=$(install-agent; cat /c)", f"{CALL} --b64-cluster-ca $X"),
        "--b64-cluster-ca $X",
        id="question that does more",
    ),
    pytest.param(
        script(f"{CALL} --b64-cluster-ca $X"),
        "--b64-cluster-ca $X (only a shell knows it)",
        id="variable that nobody sets",
    ),
    pytest.param(
        script("D=$(cat /d)", f"{CALL} --dns-cluster-ip $D"),
        "--dns-cluster-ip",
        id="resolver that only the node knows",
    ),
    pytest.param(
        script(f"{CALL} --b64-cluster-ca"),
        "--b64-cluster-ca without a value",
        id="argument without a value",
    ),
    pytest.param(script("[ -f /x ] &&", CALL), "a longer command", id="joined over two lines"),
    pytest.param(script("{", CALL, "}"), "a longer command", id="group"),
    pytest.param(script("join() {", CALL, "}", "join"), "a longer command", id="function"),
    pytest.param(script("case x in", "x)", CALL, ";;", "esac"), "a longer command", id="case"),
    pytest.param(script("(", CALL, ")"), "a longer command", id="subshell"),
    pytest.param(
        script("cat > /run.sh <<EOF", CALL, "EOF", "bash /run.sh"),
        "line 2: cat",
        id="script in a script",
    ),
    pytest.param(
        script("readonly N=orchid", "N=daisy", "/etc/eks/bootstrap.sh $N"),
        "line 3: N=daisy",
        id="variable that stays",
    ),
    pytest.param(
        script("RANDOM=orchid", "/etc/eks/bootstrap.sh $RANDOM"),
        "line 2: RANDOM",
        id="variable of the shell's own",
    ),
    pytest.param(
        script(f"{ARGUMENTS} --node-labels=node-role.kubernetes.io/x=y"),
        "which no kubelet takes",
        id="label that no kubelet takes",
    ),
    pytest.param(
        script(f"{ARGUMENTS} --node-labels=a=-"), "which no kubelet takes", id="value that is none"
    ),
    pytest.param(
        script(f"{ARGUMENTS} '--node-labels=a=b --max_pods=9'"),
        "--max-pods=9",
        id="flag with an underscore",
    ),
    pytest.param(
        script(f"{ARGUMENTS} --node-labels=a=%n"), "with ', % or", id="sign that systemd expands"
    ),
    pytest.param(
        script("X=a", f"{ARGUMENTS} --node-labels=a=$X{{b,c}}"),
        "the label 'a=a{b', which no kubelet takes",
        id="braces",
    ),
    pytest.param(
        f"#!/bin/sh\nexec > >(tee /var/log/x)\n{CALL}\n",
        "line 2: exec",
        id="bash's own words in sh",
    ),
    pytest.param(
        f"#!/usr/bin/python3\n# {CALL}\n", "another language", id="script of another language"
    ),
    pytest.param(script(f"true\r{CALL}", "a\tb"), "'\\r'", id="carriage return in a line"),
    pytest.param(
        mime(("text/x-shellscript", script(CALL)), ("text/x-shellscript", script("", "reboot"))),
        "part 2, line 3: reboot",
        id="second part",
    ),
]


@pytest.mark.parametrize("family", ["al2023", "bottlerocket"])
@pytest.mark.parametrize(("old", "named"), DOES_MORE)
def test_what_is_not_understood_wholly_is_refused_for_another_family(old, named, family):
    assert named in refused(old, family)


JOINS_ONLY = [
    pytest.param(script("B=/etc/eks/bootstrap.sh", '"$B" orchid'), id="path in a variable"),
    pytest.param(
        script(f"{CALL} --container-runtime containerd --use-max-pods true"),
        id="what every node has",
    ),
    pytest.param(script(f"{CALL} --aws-api-retry-attempts 9"), id="how often it asks AWS"),
    pytest.param(script(f"{CALL} --ip-family IPv4"), id="capital letters"),
    pytest.param(
        script("readonly N=orchid", "/etc/eks/bootstrap.sh ${N}"), id="variable that stays"
    ),
    pytest.param(script("set -euo pipefail", CALL), id="options of bash"),
    pytest.param(script("exec >> /var/log/user-data.log 2>&1", CALL), id="output to a log"),
    pytest.param(
        script(
            "CA=$(aws eks describe-cluster --name orchid | jq -r .cluster.x)",
            f"{CALL} --b64-cluster-ca $CA",
        ),
        id="AWS is asked",
    ),
    pytest.param(
        script("H=`curl -s http://169.254.169.254/x`", f"{CALL} --apiserver-endpoint $H"),
        id="instance is asked",
    ),
    pytest.param(script(CALL).replace("\n", "\r\n"), id="line ends of Windows"),
    pytest.param(
        script(CALL, "exit 0").replace("/bin/bash", "/usr/bin/env bash"), id="bash by env"
    ),
    pytest.param(f"#!/bin/sh\nset -ex\n{CALL}\n", id="sh"),
    pytest.param(f"#cloud-boothook\n#!/bin/bash\n{CALL}\n", id="boothook"),
]


@pytest.mark.parametrize("old", JOINS_ONLY)
def test_what_only_joins_is_written_anew(old):
    assert node_config(text(old, "al2023"))["cluster"]["name"] == "orchid"


def test_labels_that_a_kubelet_may_set_are_carried_over():
    old = script(
        f"{ARGUMENTS} '--node_labels topology.kubernetes.io/zone=a,node.kubernetes.io/x=y'"
    )
    made = flags(text(old, "al2023"))["--node-labels"]
    assert made.startswith("topology.kubernetes.io/zone=a,node.kubernetes.io/x=y,")


JOINS_IN_ITS_OWN_WAY = [
    pytest.param(script("su - root -c '/etc/eks/bootstrap.sh orchid'"), id="su"),
    pytest.param(script("exec /etc/eks/bootstrap.sh orchid"), id="exec"),
    pytest.param(script("cp /etc/eks/bootstrap.sh /run.sh", "/run.sh orchid"), id="copy"),
    pytest.param(
        script("cat > /run.sh <<EOF", CALL, "EOF", "bash /run.sh"), id="script in a script"
    ),
    pytest.param(script("B=/etc/eks/bootstrap.sh", "nice $B orchid"), id="path in a variable"),
    pytest.param(
        script(
            "if [ -e /p ]; then",
            "/etc/eks/bootstrap.sh orchid",
            "else",
            "/etc/eks/bootstrap.sh daisy",
            "fi",
        ),
        id="one of two clusters",
    ),
    pytest.param(
        script(
            "if [ -e /p ]; then", "N=orchid", "else", "N=daisy", "fi", "/etc/eks/bootstrap.sh $N"
        ),
        id="name set in an if",
    ),
    pytest.param(f"#!/usr/bin/python3\nrun('''\n{CALL}\n''')\n", id="another language"),
    pytest.param(
        f"#cloud-config\nwrite_files:\n- path: /run.sh\n  content: |\n    {CALL}\n",
        id="file of a cloud-config",
    ),
]


JOINS_BY_A_DOCUMENT = [
    pytest.param(script("bash <<EOF", CALL, "EOF"), id="given to a shell"),
    pytest.param(script("cat <<EOF | bash", CALL, "EOF"), id="piped to a shell"),
    pytest.param(script("F=/opt/j", "cat > $F <<EOF", CALL, "EOF", "sh $F"), id="variable"),
    pytest.param(script("tee /opt/j <<EOF", CALL, "EOF", "run-parts /opt"), id="its folder is run"),
    pytest.param(script("tee $X <<EOF", CALL, "EOF"), id="file that only a shell knows"),
    pytest.param(script("cat > /etc/cron.d/j <<EOF", CALL, "EOF"), id="run by cron"),
    pytest.param(
        script("cat > /j <<EOF", CALL, "EOF", "cat > /a.service <<EOF", "ExecStart=/j", "EOF"),
        id="named by another document",
    ),
    pytest.param(script("cat > /j <<EOF", CALL, "EOF", "test -x /j && /j"), id="behind a test"),
    *(
        pytest.param(script("cat > /opt/hooks/join.sh <<EOF", CALL, "EOF", run), id=name)
        for name, run in {
            "named by a pattern": "bash /opt/*/j*.sh",
            "one of all in a loop": "for f in /opt/*/*.sh; do bash $f; done",
            "found": r"find /opt -name '*.sh' -exec bash {} \;",
            "folder above": "run-parts /opt/*",
            "one of several in braces": "bash /opt/hooks/{join,leave}.sh",
            "run from the root": "cd / && sh opt/hooks/j*",
            "its text is evaluated": 'eval "$(cat /opt/*/*)"',
            "its text goes into another file": "cat /opt/hooks/join.sh > /usr/local/bin/x",
        }.items()
    ),
]


@pytest.mark.parametrize("old", [*JOINS_IN_ITS_OWN_WAY, *JOINS_BY_A_DOCUMENT])
def test_what_joins_in_a_way_of_its_own_is_kept_with_a_note_and_not_joined_twice(old):
    kept = judge(old, "al2")
    assert kept.text == old
    assert kept.notes


ONLY_WRITTEN_DOWN = [
    pytest.param(script("cat <<EOF", CALL, "EOF"), id="shown"),
    pytest.param(script(": <<'EOF'", CALL, "EOF"), id="comment"),
    pytest.param(script("cat > /etc/motd <<EOF", CALL, "EOF"), id="message of the day"),
    pytest.param(script("sudo tee -a /opt/how-to <<-EOF", f"\t{CALL}", "\tEOF"), id="tee"),
    pytest.param(
        script("cat > /opt/j <<EOF", CALL, "EOF", "chmod 755 /opt/j", "ls -l /opt"),
        id="file that nobody runs",
    ),
    pytest.param(
        script(
            "cat > /opt/hooks/join.sh <<EOF",
            CALL,
            "EOF",
            "yum -y update > /dev/null 2>&1; systemctl restart docker",
            "/opt/aws/bin/cfn-signal -e $? --stack orchid",
            "run-parts /opt/other",
        ),
        id="file beside others that are run",
    ),
    pytest.param(script("echo '", CALL, "'"), id="said"),
    pytest.param(script(f"# {CALL}"), id="comment of a line"),
]


@pytest.mark.parametrize("old", ONLY_WRITTEN_DOWN)
def test_a_call_that_is_only_written_down_joins_nothing_and_the_text_is_completed(old):
    made = judge(old, "al2")
    assert [part.text for part in parts_of(made.text)][:1] == [old]
    assert "bootstrap.sh orchid --apiserver-endpoint" in parts_of(made.text)[1].text
    assert "nothing in the user data was seen to make a node join" in made.notes[0]


def test_where_eks_joined_the_old_nodes_a_text_that_does_not_join_needs_no_note():
    assert judge(script("true"), "al2", old_family="al2").notes == ()
