"""The pods that manifests would make."""

from collections.abc import Sequence

from tests.rendering import Manifest


def pods(manifests: Sequence[Manifest]) -> list[Manifest]:
    """The pods that would come of them: admission judges a pod, and only warns about what makes one."""
    return [pod for manifest in manifests if (pod := _pod(manifest))]


def _pod(manifest: Manifest) -> Manifest | None:
    template = manifest["spec"] if manifest["kind"] in {"Deployment", "CronJob"} else {}
    if manifest["kind"] == "CronJob":
        template = template["jobTemplate"]["spec"]
    if "template" not in template:
        return None
    name = {"name": manifest["metadata"]["name"], "namespace": manifest["metadata"]["namespace"]}
    return {"apiVersion": "v1", "kind": "Pod", **template["template"], "metadata": name}
