"""Bottlerocket's TOML: kept, renewed and completed however its tables are written."""

import tomllib

import pytest

from tests.eks_upgrade.nodes.user_data.given import (
    CA,
    ENDPOINT,
    GROUP,
    flags,
    refused,
    text,
)

DOTTED = (
    'settings.kubernetes.cluster-name = "orchid"\n'
    f'settings.kubernetes.api-server = "{ENDPOINT}"\n'
    f'settings.kubernetes.cluster-certificate = "{CA}"\n'
)


@pytest.mark.parametrize(
    "old",
    [
        pytest.param(DOTTED + f'settings.kubernetes.node-labels."{GROUP}" = "pool"\n', id="dotted"),
        pytest.param("[settings.kubernetes]\n" + DOTTED.replace("settings.kubernetes.", "")
                     + f'node-labels = {{"{GROUP}" = "pool"}}\n', id="table"),
        pytest.param("[settings]\n" + DOTTED.replace("settings.", "")
                     + f'kubernetes.node-labels."{GROUP}" = "pool"\n', id="dotted in a table"),
    ],
)  # fmt: skip
def test_toml_is_toml_however_its_tables_are_written(old):
    kept = text(old, "bottlerocket")
    assert kept == old.replace('"pool"', '"pool-k133"')
    assert flags(text(old, "al2023"))["--node-labels"].startswith(f"{GROUP}=pool-k133")


@pytest.mark.parametrize(
    "old",
    [
        pytest.param("[settings.kubernetes]\nmax-pods = 20\n", id="table"),
        pytest.param('settings.kubernetes.cluster-name = "orchid"\n', id="the name alone"),
        pytest.param("[settings.ntp]\ntime-servers = []\n", id="nothing of Kubernetes"),
    ],
)
def test_settings_that_do_not_join_are_completed(old):
    before, after = tomllib.loads(old)["settings"], tomllib.loads(text(old, "bottlerocket"))
    found = after["settings"]["kubernetes"]
    assert (found["cluster-name"], found["api-server"]) == ("orchid", ENDPOINT)
    assert found["cluster-certificate"] == CA
    for key, value in before.items():
        assert after["settings"][key] | value == after["settings"][key]


def test_settings_that_cannot_be_completed_are_refused_with_what_is_missing():
    old = 'settings = {kubernetes = {cluster-name = "orchid"}}\n'
    assert "endpoint, certificate authority" in refused(old, "bottlerocket")


def test_a_taint_without_a_colon_is_none_and_is_not_written_for_another_family():
    old = DOTTED + 'settings.kubernetes.node-taints.a = ["NoSchedule"]\n'
    assert "the taint a = 'NoSchedule', which no kubelet takes" in refused(old, "al2023")


@pytest.mark.parametrize("first", ["#cloud-config", "## template: jinja", "#!/bin/bash"])
def test_to_bottlerocket_the_first_line_is_a_comment_whatever_cloud_init_makes_of_it(first):
    old = f"{first}\n{DOTTED}"
    assert text(old, "bottlerocket") == old
