"""Scripts as people write them: the call of bootstrap.sh in many spellings, and lines around it."""

import shlex

from hypothesis import strategies as st

from tests.eks_upgrade.nodes.user_data.given import CA, ENDPOINT
from tests.eks_upgrade.nodes.user_data.written.kubelet_flags import kubelet_flags

_FACTS = {
    "--b64-cluster-ca": CA,
    "--apiserver-endpoint": ENDPOINT,
    "--dns-cluster-ip": "172.20.0.10",
    "--ip-family": "ipv4",
    "--service-ipv4-cidr": "172.20.0.0/16",
}
_CALLS = ("", "", "", "sudo ", "bash ", "bash -x ", "sudo bash ", "/bin/bash -xe ", "sh ")
_IDLE = (
    "",
    "# a comment with ' and \" and $(",
    "set -ex",
    "set -o errexit",
    "set -euo pipefail",
    ":",
    "true",
    "exec > >(tee log|logger -t user-data) 2>&1",
)
_RISKY = (
    "X=unused",
    "exit 0",
    "set -a",
    "set -n",
    "set -f",
    "set -- orchid",
    "IFS=,",
    "IFS=:-",
    "PATH=/nowhere",
    "export KUBELET_EXTRA_ARGS=--max-pods=58",
    "export USE_MAX_PODS=false",
    "USE_MAX_PODS=false",
    ': "${CA:=QUJD}"',
    "true $(install-agent)",
    "yum install -y nfs-utils",
    "jq . kubelet-config.json",
    "if true; then",
    "fi",
    "unset CA",
    "readonly CA=QUJD",
    "sudo install-agent",
    "cd /nowhere &&",
    "false ||",
    "true &&",
    "{",
    "}",
    "CA=QUJD",
    "NAME=daisy",
    "function later() {",
    "alias x=y",
    "exec > >(install-agent)",
    "exec 3>&1; install-agent",
    "cat > later.sh <<EOF\n/etc/eks/bootstrap.sh orchid\nEOF",
    "bash <<'EOF'\ninstall-agent\nEOF",
    "source /etc/environment",
    "read -r NAME <<< daisy",
    "export LOCAL_DISKS=raid0",
    "RANDOM=7",
    "! true",
    "echo a; echo b",
    "\r",
)
_ENDINGS = (";", " ;", " # done", "  ", " && install-agent", " | tee log", " > log", " &",
                        " || true", "; install-agent", ";exit 0")  # fmt: skip
_ASKED = frozenset({"name", "--b64-cluster-ca", "--apiserver-endpoint"})
_QUESTIONS = (
    "$(aws eks describe-cluster --name orchid --query cluster.endpoint)",
    "`aws ssm get-parameter --name x | cat`",
    "$(aws eks update-kubeconfig)",
    "$(install-agent)",
    "$(aws eks describe-cluster; install-agent)",
    "$(cat later.sh 2>/dev/null)",
    "$(cat > later.sh)",
    "${NOBODY:-x}",
)
_SIGNS = "'\"\\$`;&|<>(){}[]*?~#!=,%: \t\n\r\u00a0é-"


_TROUBLES = ("line", "lines", "sign", "argument", "ending", "flags", "beginning", "signs")


@st.composite
def scripts(draw, *, trouble=None):
    """A script; every third has something in it that does more, or that is no script at all."""
    if trouble is None and draw(st.integers(0, 2)) == 0:
        trouble = draw(st.sampled_from(_TROUBLES))
    first = draw(st.sampled_from(("#!/bin/bash\n",) * 4 + _FIRST_LINES))
    text = first + "\n".join(_lines(draw, trouble)) + draw(st.sampled_from(("\n", "")))
    for _ in range({"sign": 1, "signs": 3}.get(trouble, 0)):
        text = _with_a_sign(draw, text)
    if draw(st.integers(0, 15)) == 0:
        text = text.replace("\n", "\r\n")
    if trouble == "beginning":
        return draw(st.sampled_from(_BEGINNINGS)) + text
    return text


_FIRST_LINES = ("#!/bin/sh\n", "#!/bin/bash -xe\n", "#! /usr/bin/env bash\n")
_BEGINNINGS = (
    "\n",
    " ",
    "#!/usr/bin/python3\n",
    "#!/bin/bash -n\n",
    "#",
    "\ufeff",
    "#!/bin/sh -x\n",
)


def _lines(draw, trouble):
    lines = [draw(st.sampled_from(_IDLE)) for _ in range(draw(st.integers(0, 2)))]
    values = dict(_FACTS)
    values["--kubelet-extra-args"] = " ".join(draw(kubelet_flags(careful=trouble != "flags")))
    name, assigned = _written(draw, "orchid", "name")
    lines += assigned
    words = [name]
    for option in draw(st.permutations(sorted(values))):
        if draw(st.booleans()) or option == "--kubelet-extra-args":
            written, assigned = _written(draw, values[option], option)
            lines += assigned
            words.append(f"{option} {written}")
    if trouble == "argument":
        words.append(draw(st.sampled_from(_MORE_ARGUMENTS)))
    words = list(draw(st.permutations(words)))
    between = draw(st.sampled_from((" ", "  ", " \\\n  ", "\t")))
    call = draw(st.sampled_from(_CALLS)) + between.join(["/etc/eks/bootstrap.sh", *words])
    ending = draw(st.sampled_from(_ENDINGS if trouble == "ending" else ("", "", ";", " # done")))
    lines.append(call + ending)
    lines += [draw(st.sampled_from(_IDLE))] if draw(st.booleans()) else []
    for _ in range({"line": 1, "lines": 2}.get(trouble, 0)):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(_RISKY)))
    return lines


_MORE_ARGUMENTS = (
    "--use-max-pods false",
    "--local-disks raid0",
    "--container-runtime containerd",
    "--use-max-pods true",
    "--aws-api-retry-attempts 5",
    "--dns-cluster-ip 169.254.20.10",
    "--dns-cluster-ip $DNS",
    "--b64-cluster-ca $NOBODY_SETS_IT",
    "--ip-family=ipv4",
    "--kubelet-extra-args=--max-pods=9",
    "--b64-cluster-ca",
    "again",
    "''",
    "$@",
    "--enable-docker-bridge true",
)


def _written(draw, value, option):
    """A value as a word of the shell, and the lines that have to stand before it."""
    quoted = (shlex.quote(value), f"'{value}'", f'"{value}"', f"\"{value[:3]}\"'{value[3:]}'")
    if draw(st.booleans()):
        return draw(st.sampled_from(quoted)), []
    name = option.strip("-").replace("-", "")[:3].upper()
    variable = draw(st.sampled_from(("CA", "NAME", "X1", "lower"))) + name
    if option in _ASKED and draw(st.integers(0, 3)) == 0:
        return f'"${variable}"', [f"{variable}={draw(st.sampled_from(_QUESTIONS))}"]
    used = draw(st.sampled_from((f'"${variable}"', f'"${{{variable}}}"')))
    if " " not in value and draw(st.booleans()):
        used = used.strip('"')
    export = draw(st.sampled_from(("", "", "export ", "readonly ")))
    if draw(st.booleans()):
        return used, [f"{export}{variable}={shlex.quote(value)}"]
    return used, [f"{variable}_1={shlex.quote(value)}", f'{export}{variable}="${variable}_1"']


def _with_a_sign(draw, text):
    at = draw(st.integers(12, len(text)))
    sign = draw(st.sampled_from(_SIGNS))
    return text[:at] + sign + text[at + draw(st.integers(0, 1)) :]
