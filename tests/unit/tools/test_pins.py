from tools.kind import pins


def test_every_tool_is_named_once_and_its_package_lies_in_its_module() -> None:
    assert len(pins.BY_NAME) == len(pins.GO_TOOLS)
    for tool in pins.GO_TOOLS:
        assert tool.package == tool.module or tool.package.startswith(f"{tool.module}/"), tool.name


def test_every_binary_of_the_node_image_is_pinned() -> None:
    assert set(pins.IN_NODE_IMAGE) <= pins.BY_NAME.keys()


def test_the_stock_node_image_is_within_one_minor_of_the_one_that_is_built() -> None:
    stock = pins.STOCK_NODE_IMAGE.rpartition(":")[2]
    assert stock.split(".")[:2] == pins.KUBERNETES.split(".")[:2]


def test_kubernetes_is_stamped_with_its_version_or_kubeadm_would_refuse_it() -> None:
    stamp = dict(pins.BY_NAME["kubeadm"].stamp)
    assert stamp["k8s.io/component-base/version.gitVersion"] == pins.KUBERNETES
    assert stamp["k8s.io/component-base/version.gitMajor"] == "1"
