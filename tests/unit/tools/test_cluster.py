import json

from tools.kind import cluster


def patches(**options: bool) -> dict[str, dict[str, object]]:
    config = cluster.configuration(**options)
    return {patch["kind"]: patch for patch in map(json.loads, config["kubeadmConfigPatches"])}


def test_a_stock_node_on_a_current_machine_is_left_as_kind_makes_it() -> None:
    config = cluster.configuration(cgroup_v1=False, own_node_image=False)
    assert config == {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "kubeadmConfigPatches": []}


def test_on_cgroup_v1_the_kubelet_is_told_to_start_all_the_same() -> None:
    assert patches(cgroup_v1=True, own_node_image=False)["KubeletConfiguration"]["failCgroupV1"] is False


def test_our_own_node_image_brings_its_own_network() -> None:
    config = cluster.configuration(cgroup_v1=False, own_node_image=True)
    assert config["networking"] == {"disableDefaultCNI": True}
    assert "KubeProxyConfiguration" in patches(cgroup_v1=False, own_node_image=True)
