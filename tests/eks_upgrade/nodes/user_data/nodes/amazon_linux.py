"""Nodes that cloud-init starts: scripts are run by the real bash, against a fake bootstrap.sh.

The fake writes down its arguments and its environment; what they mean is told by the rules of
https://github.com/awslabs/amazon-eks-ami (`templates/al2/runtime/bootstrap.sh`, until 2025), and
which part is run by those of https://github.com/canonical/cloud-init (`cloudinit/user_data.py`).
"""

import gzip
import re
import shlex
import stat
import subprocess
import tempfile
from email import message_from_bytes
from pathlib import Path

import yaml

from tests.eks_upgrade.nodes.user_data.nodes.kubelet import KubeletStops, Node, start_kubelet

BOOTSTRAP = "/etc/eks/bootstrap.sh"
_FACTS = {
    "--apiserver-endpoint": "endpoint",
    "--b64-cluster-ca": "authority",
    "--service-ipv4-cidr": "cidr",
    "--service-ipv6-cidr": "cidr",
    "--dns-cluster-ip": "dns",
}
_OTHERS = (
    "--use-max-pods",
    "--enable-docker-bridge",
    "--aws-api-retry-attempts",
    "--docker-config-json",
    "--containerd-config-file",
    "--pause-container-account",
    "--pause-container-version",
    "--container-runtime",
    "--enable-local-outpost",
    "--cluster-id",
    "--mount-bpf-fs",
    "--local-disks",
)
_WHAT_EVERY_NODE_HAS = {
    "--container-runtime": ("containerd",),
    "--use-max-pods": ("true",),
    "--enable-docker-bridge": ("true", "false"),
    "--mount-bpf-fs": ("true",),
    "--enable-local-outpost": ("false",),
}
_ENVIRONMENT = {
    "KUBELET_EXTRA_ARGS": "--kubelet-extra-args",
    "USE_MAX_PODS": "--use-max-pods",
    "APISERVER_ENDPOINT": "--apiserver-endpoint",
    "B64_CLUSTER_CA": "--b64-cluster-ca",
    "SERVICE_IPV4_CIDR": "--service-ipv4-cidr",
    "DNS_CLUSTER_IP": "--dns-cluster-ip",
    "LOCAL_DISKS": "--local-disks",
    "CONTAINER_RUNTIME": "--container-runtime",
}
_RECORDER = """#!/bin/bash
{ printf '%s\\0' "$@"; printf '\\1\\0'; /usr/bin/env -0; } > "$RECORDS/$(( $(/bin/ls "$RECORDS" | /usr/bin/wc -l) ))"
"""  # noqa: E501 - a script
_AWS = """#!/bin/bash
case $2 in update-*) echo "aws $*" >> "$COMMANDS" ;; esac
echo asked
"""
_UNKNOWN = 'command_not_found_handle() { printf "%s " "$@" >> "$COMMANDS"; echo >> "$COMMANDS"; }'
_LOOKS_ONLY = ("hostname", "cat ", "tee ", "logger ")

_BEGINNINGS = {
    "#cloud-config": "text/cloud-config",
    "#cloud-boothook": "text/cloud-boothook",
    "#include": "text/x-include-url",
    "#!": "text/x-shellscript",
    "## template: jinja": "text/jinja2",
}


def parts_that_cloud_init_takes(text: str) -> list[tuple[str, str, str]]:
    """Type, file name and text of each part."""
    if "mime-version:" not in text[:4096].lower():
        return [(_type(text, "text/x-not-multipart"), "", text)]
    found = []
    for part in message_from_bytes(text.encode()).walk():
        if part.get_content_maintype() == "multipart":
            continue
        raw, kind = part.get_payload(decode=True), part.get_content_type()
        if kind in {"application/gzip", "application/x-gzip"}:
            raw, kind = gzip.decompress(raw), "text/plain"
        body = raw.decode("utf-8", "replace")
        found.append((_type(body, kind), part.get_filename() or "", body))
    return found


def _type(text: str, told: str) -> str:
    if told not in {"text/plain", "text/x-not-multipart", "text/x-shellscript"}:
        return told
    start = text.lstrip().lower()
    return next((kind for one, kind in _BEGINNINGS.items() if start.startswith(one)), told)


def boot(text: str) -> Node:
    """Run all that cloud-init would run, in its order, and start the kubelet."""
    node = Node()
    scripts, hooks = [], []
    for number, (kind, name, body) in enumerate(parts_that_cloud_init_takes(text), start=1):
        if kind == "text/x-shellscript":
            scripts.append((name or f"part-{number:03}", _dos2unix(body)))
        elif kind == "text/cloud-boothook":
            hooks.append(_dos2unix(body).lstrip().removeprefix("#cloud-boothook").lstrip())
        elif kind == "text/cloud-config":
            scripts += [("runcmd", _shell_of(body))]
        elif body.strip() and kind != "application/node.eks.aws":
            node.commands.append(f"{kind} {body}")
    with tempfile.TemporaryDirectory() as folder:
        machine = _Machine(Path(folder))
        for script in [*hooks, *(body for _, body in sorted(scripts))]:
            machine.run(script)
        for arguments, environment in machine.calls():
            _bootstrap(node, arguments, environment)
        node.commands += [one for one in machine.commands() if not one.startswith(_LOOKS_ONLY)]
    return node


def _dos2unix(text: str) -> str:
    first = text[: text.find("\n") + 1]
    return text.replace("\r\n", "\n") if first.endswith("\r\n") else text


def _shell_of(text: str) -> str:
    config = yaml.safe_load(text) or {}
    lines = ["#!/bin/sh"]
    for command in [*(config.get("bootcmd") or ()), *(config.get("runcmd") or ())]:
        lines.append(shlex.join(command) if isinstance(command, list) else command)
    others = {key: value for key, value in config.items() if key not in {"bootcmd", "runcmd"}}
    return "\n".join([*lines, *(f"cloud-config {shlex.quote(str(one))}" for one in others.items())])


class _Machine:
    """A folder with nothing on its path but what looks and what takes notes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("bin", "records", "etc/eks"):
            (root / name).mkdir(parents=True)
        self._write("etc/eks/bootstrap.sh", _RECORDER)
        self._write("bin/sudo", '#!/bin/bash\nexec "$@"\n')
        self._write("bin/hostname", "#!/bin/bash\necho ip-10-0-0-1\n")
        self._write("bin/aws", _AWS)
        self._write("bin/logger", "#!/bin/bash\n/bin/cat > /dev/null\n")
        # Amazon Linux has no other sh than bash.
        for name, real in (("bash", "bash"), ("sh", "bash"), ("cat", "cat"), ("tee", "tee")):
            (self.root / "bin" / name).symlink_to(f"/bin/{real}")
        self._write("later.sh", "asked\n")
        self._write("shell-start", _UNKNOWN)

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run(self, script: str) -> None:
        """Run one script as cloud-init does: a file with a `#!`, or nothing happens."""
        if not script.startswith("#!"):
            return
        script = script.replace(BOOTSTRAP, str(self.root / BOOTSTRAP[1:]))
        self._write("script", script)
        environment = {
            "PATH": str(self.root / "bin"),
            "RECORDS": str(self.root / "records"),
            "COMMANDS": str(self.root / "commands"),
            "BASH_ENV": str(self.root / "shell-start"),
        }
        try:
            subprocess.run([self.root / "script"], cwd=self.root, env=environment, timeout=5,
                           capture_output=True, check=False, stdin=subprocess.DEVNULL)  # fmt: skip
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return

    def calls(self) -> list[tuple[list[str], dict[str, str]]]:
        found = []
        for path in sorted((self.root / "records").iterdir(), key=lambda one: int(one.name)):
            # The folder has another name each time, and a script may look at its own ($0).
            text = path.read_text().replace(str(self.root), "")
            arguments, _, environment = text.partition("\1\0")
            pairs = (one.split("=", 1) for one in environment.split("\0") if "=" in one)
            found.append((arguments.split("\0")[:-1], dict(pairs)))
        return found

    def commands(self) -> list[str]:
        path = self.root / "commands"
        lines = path.read_text().splitlines() if path.exists() else []
        return [re.sub(re.escape(str(self.root)), "", one) for one in lines]


def _bootstrap(node: Node, arguments: list[str], environment: dict[str, str]) -> None:
    """What bootstrap.sh makes of its arguments; it fails where an option has no value."""
    if node.joins:
        node.commands.append("bootstrap.sh once more")
    options = {
        option: environment[name] for name, option in _ENVIRONMENT.items() if name in environment
    }
    known = {*_FACTS, *_OTHERS, "--ip-family", "--kubelet-extra-args"}
    names, rest = [], list(arguments)
    while rest:
        word = rest.pop(0)
        if word in {"-h", "--help"} or (word in known and not rest):
            raise KubeletStops("bootstrap.sh fails")
        if word in known:
            options[word] = rest.pop(0)
        else:
            names.append(word)
    if not names or not names[0]:
        raise KubeletStops("bootstrap.sh fails")
    node.joins = True
    node.cluster["name"] = names[0]
    node.commands += [f"argument {one}" for one in names[1:]]
    for option, value in options.items():
        if option in _FACTS and value:
            node.cluster[_FACTS[option]] = value
        elif option in _OTHERS and value not in _WHAT_EVERY_NODE_HAS.get(option, ()):
            node.config[option] = value
    start_kubelet(node, options.get("--kubelet-extra-args", ""))
