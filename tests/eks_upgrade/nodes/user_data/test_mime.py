"""MIME messages, encodings and compression: what is not changed stays as it was."""

import base64
import gzip

import pytest

from include.eks_upgrade.nodes.launch_templates.user_data.mime import compress, parts_of, text_of
from tests.eks_upgrade.nodes.user_data.given import (
    CALL,
    GROUP,
    mime,
    refused,
    script,
    text,
)


def test_headers_of_parts_survive():
    headers = 'X-Merge-Type: list(append)\nContent-Disposition: attachment; filename="a.sh"\n'
    old = mime(("text/x-shellscript", script("yum install -y nfs-utils")), headers=headers)
    made = text(old, "al2")
    for header in headers.splitlines():
        assert header in made


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_encoded_parts_are_read_and_renewed(encoding):
    plain = script("# für später", f"{CALL} --kubelet-extra-args '--node-labels={GROUP}=pool'")
    body = {
        "base64": base64.encodebytes(plain.encode()).decode(),
        "quoted-printable": plain.replace("=", "=3D").replace("ü", "=C3=BC").replace("ä", "=C3=A4"),
    }[encoding]
    head = f"Content-Transfer-Encoding: {encoding}\nX-Own: kept\n"
    old = mime(("text/x-shellscript; charset=utf-8", body), headers=head)
    made = text(old, "al2")
    (part,) = parts_of(made)
    assert part.text.strip() == plain.replace("=pool", "=pool-k133").strip()
    assert "X-Own: kept" in made


def test_an_encoded_part_with_nothing_to_renew_stays_as_it_is():
    body = base64.encodebytes(script(CALL).encode()).decode()
    old = mime(("text/x-shellscript", body), headers="Content-Transfer-Encoding: base64\n")
    assert text(old, "al2") == old


def test_letters_beyond_ascii_survive():
    old = mime(("text/x-shellscript", script("# größer", "yum install -y nfs-utils")))
    assert "größer" in text(old, "al2")


def test_gzip_is_read_and_the_same_text_gives_the_same_bytes():
    old = script(CALL)
    assert text_of(gzip.compress(old.encode())) == text_of(compress(old)) == old
    assert compress(old) == compress(old)
    assert "not text" in refused(text_of(b"\x1f\x8bnonsense"), "al2")
    assert "not text" in refused(text_of(b"\xff\xfe\x00"), "al2")


def test_a_template_of_cloud_inits_is_kept_in_its_family_and_refused_in_another():
    old = f"## template: jinja\n#!/bin/bash\n{CALL}\n"
    assert text(old, "al2") == old
    assert "text/jinja2" in refused(old, "al2023")


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param("printf 'a\rb'\n", id="carriage return in a line"),
        pytest.param("printf 'größe\rb'\n", id="beside letters beyond ASCII"),
        pytest.param(
            "cat <<END\r\ntext\r\nEND\r\n", id="line ends of Windows after the first line"
        ),
    ],
)
def test_a_script_that_is_put_into_a_message_keeps_its_carriage_returns(lines):
    old = f"#!/bin/bash\n{lines}"
    made = text(old, "al2")
    assert parts_of(made)[0].text == old
    again = text(mime(("text/x-shellscript", old)), "al2")
    assert parts_of(again)[0].text.rstrip("\n") == old.rstrip("\n")
