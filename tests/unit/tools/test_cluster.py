import json
from pathlib import Path
from typing import Any

from tools.kind import cluster


def patches(**options: bool) -> dict[str, dict[str, Any]]:
    config = cluster.configuration(**options)
    return {patch["kind"]: patch for patch in map(json.loads, config["kubeadmConfigPatches"])}


def test_a_stock_node_on_a_current_machine_is_left_as_kind_makes_it_but_for_the_audit() -> None:
    config = cluster.configuration(cgroup_v1=False, own_node_image=False)
    assert config.keys() == {"kind", "apiVersion", "nodes", "kubeadmConfigPatches"}
    assert patches(cgroup_v1=False, own_node_image=False).keys() == {"ClusterConfiguration"}


def test_the_api_server_reads_the_audit_policy_where_the_node_has_it() -> None:
    ((node,), patch) = (
        cluster.configuration(cgroup_v1=False, own_node_image=False)["nodes"],
        patches(cgroup_v1=False, own_node_image=False)["ClusterConfiguration"]["apiServer"],
    )
    (mount,) = node["extraMounts"]
    flags = {flag["name"]: flag["value"] for flag in patch["extraArgs"]}
    assert (Path(mount["hostPath"]) / "policy.yaml").exists()
    assert flags["audit-policy-file"] == f"{mount['containerPath']}/policy.yaml"
    assert mount["containerPath"] in {volume["mountPath"] for volume in patch["extraVolumes"]}


def test_on_cgroup_v1_the_kubelet_is_told_to_start_all_the_same() -> None:
    assert patches(cgroup_v1=True, own_node_image=False)["KubeletConfiguration"]["failCgroupV1"] is False


def test_our_own_node_image_brings_its_own_network() -> None:
    config = cluster.configuration(cgroup_v1=False, own_node_image=True)
    assert config["networking"] == {"disableDefaultCNI": True}
    assert "KubeProxyConfiguration" in patches(cgroup_v1=False, own_node_image=True)
