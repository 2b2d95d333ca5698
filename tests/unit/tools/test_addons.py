import re
from pathlib import Path

import pytest

from tools.kind import addons, pins
from tools.kind.report import KindError

ADDONS = pytest.mark.parametrize("addon", addons.ADDONS.values(), ids=lambda addon: addon.name)


def kustomizations(addon: addons.Addon) -> list[Path]:
    return [addons.MANIFESTS / addon.name / layer / "kustomization.yaml" for layer in addon.layers]


@ADDONS
def test_the_tools_of_an_addon_are_of_one_module_and_one_version(addon: addons.Addon) -> None:
    tools = [pins.BY_NAME[name] for name in addon.tools]
    assert len({(tool.module, tool.version) for tool in tools}) == 1


@ADDONS
def test_the_manifests_name_just_the_images_that_are_built(addon: addons.Addon) -> None:
    text = "".join(file.read_text() for file in kustomizations(addon))
    named = re.findall(r"revrx/[a-z-]+:v[\d.]+", text)
    assert sorted(named) == sorted(addons.image(name) for name in addon.tools)


@ADDONS
def test_every_deployment_that_is_awaited_gets_an_image(addon: addons.Addon) -> None:
    text = "".join(file.read_text() for file in kustomizations(addon))
    assert all(f"name: {deployment}}}" in text for deployment in addon.deployments)


def test_an_unknown_addon_is_told_with_those_there_are() -> None:
    with pytest.raises(KindError, match="no addon 'istio'; there are metrics-server, kwok, keda"):
        addons.named("istio")
