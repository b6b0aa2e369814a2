"""MIME messages as people, Terraform and cloud-init's own tool write them."""

import base64
import gzip
import quopri

from hypothesis import strategies as st

from tests.eks_upgrade.nodes.user_data.written.documents import node_configs
from tests.eks_upgrade.nodes.user_data.written.scripts import scripts

_SCRIPT = "text/x-shellscript"
_NODE_CONFIG = "application/node.eks.aws"
_OTHER_PARTS = (
    ("text/cloud-config", "#cloud-config\nruncmd:\n- [install-agent, now]\n"),
    ("text/cloud-config", "#cloud-config\npackages: [nfs-utils]\n"),
    ("text/cloud-boothook", "#cloud-boothook\n#!/bin/bash\ninstall-agent\n"),
    ("text/plain", "#!/bin/bash\ninstall-agent\n"),
    (_SCRIPT, "#!/bin/bash\ninstall-agent\n"),
    (_SCRIPT, "#!/bin/bash\nset -e\n"),
    (_SCRIPT, "#cloud-config\nruncmd:\n- install-agent\n"),
    ("text/x-include-url", "https://example.com/x\n"),
    ("text/jinja2", "## template: jinja\n#!/bin/bash\ninstall-agent {{ v1.region }}\n"),
)
_HEADERS = ("", "", "X-Merge-Type: list(append)\n", "X-Number: 1\nX-Text: größer\n")


@st.composite
def script_messages(draw):
    """A message with one script that calls bootstrap.sh, and sometimes parts beside it."""
    parts = [(_SCRIPT, draw(scripts()))]
    if draw(st.integers(0, 3)) == 0:
        parts.append(draw(st.sampled_from(_OTHER_PARTS)))
    return _message(draw, draw(st.permutations(parts)))


@st.composite
def node_config_messages(draw):
    """A message with some NodeConfigs, and sometimes a script beside them."""
    parts = [
        (_NODE_CONFIG, one)
        for one in draw(st.lists(node_configs(), min_size=1, max_size=draw(st.integers(1, 3))))
    ]
    beside = draw(st.integers(0, 5))
    if beside == 0:
        parts.append((_SCRIPT, draw(scripts())))
    elif beside == 1:
        parts.append(draw(st.sampled_from(_OTHER_PARTS)))
    return _message(draw, draw(st.permutations(parts)))


@st.composite
def cloud_configs(draw):
    """`runcmd` that calls bootstrap.sh, as a text or as a list of words."""
    call = draw(st.sampled_from((
        '- /etc/eks/bootstrap.sh orchid --kubelet-extra-args "--node-labels=a=b"',
        '- [/etc/eks/bootstrap.sh, orchid, --kubelet-extra-args, "--node-labels=a=b --v=2"]',
        "- |\n  set -e\n  /etc/eks/bootstrap.sh orchid",
    )))  # fmt: skip
    more = draw(st.sampled_from(("", "packages: [x]\n", "bootcmd: [install-agent]\n")))
    return f"#cloud-config\n{more}runcmd:\n{call}\n"


def _message(draw, parts):
    first = ["MIME-Version: 1.0\n", 'Content-Type: multipart/mixed; boundary="//"\n']
    text = "".join(draw(st.permutations(first))) + draw(st.sampled_from(("\n", "\nA preamble\n")))
    for kind, body in parts:
        head, coded = _encoded(draw, kind, body)
        text += f"--//\nContent-Type: {head}\n{coded}\n"
    return text + draw(st.sampled_from(("--//--\n", "--//--")))


def _encoded(draw, kind, body):
    extra = draw(st.sampled_from(_HEADERS))
    if draw(st.integers(0, 4)) == 0:
        extra += f'Content-Disposition: attachment; filename="{draw(st.sampled_from("az"))}.sh"\n'
    how = draw(st.sampled_from(("plain", "plain", "charset", "base64", "printed", "gzip", "bare")))
    if how == "base64":
        coded = base64.encodebytes(body.encode()).decode()
        return f"{kind}\nContent-Transfer-Encoding: base64\n{extra}", coded
    if how == "printed":
        coded = quopri.encodestring(body.encode()).decode()
        return f"{kind}\nContent-Transfer-Encoding: quoted-printable\n{extra}", coded
    if how == "gzip" and kind == _SCRIPT:
        coded = base64.encodebytes(gzip.compress(body.encode())).decode()
        return f"application/x-gzip\nContent-Transfer-Encoding: base64\n{extra}", coded
    if how == "bare" and body.startswith("#!"):  # as EKS writes it: no empty line
        return f'{kind}; charset="us-ascii"', body
    return (f'{kind}; charset="utf-8"' if how == "charset" else kind) + "\n" + extra, body
