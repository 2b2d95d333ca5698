"""What every Kubernetes object may tell: who controls it, which conditions hold, who owns a field."""

from collections.abc import Iterable

from revrx_operator.model import Manifest


def find(objects: Iterable[Manifest], kind: str, name: str) -> Manifest | None:
    """The object of that kind and name, whoever owns it."""
    return next((found for found in objects if found["kind"] == kind and found["metadata"]["name"] == name), None)


def controller_uid(manifest: Manifest) -> str | None:
    """UID of the object's controller; None where nothing controls it."""
    owners = manifest["metadata"].get("ownerReferences", ())
    return next((str(owner["uid"]) for owner in owners if owner.get("controller")), None)


def find_condition(status: Manifest, condition: str) -> Manifest | None:
    """The condition of that type, whether it holds or not."""
    return next((found for found in status.get("conditions") or () if found["type"] == condition), None)


def has_condition(status: Manifest, condition: str) -> bool:
    """Whether a condition is there and True."""
    found = find_condition(status, condition)
    return found is not None and found["status"] == "True"


def has_ended(pod: Manifest) -> bool:
    """Whether nothing runs in the pod any more; one that is being deleted may still run."""
    return pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}


def owns_replicas(entry: Manifest) -> bool:
    """Whether an entry of metadata.managedFields is that of an owner of spec.replicas."""
    return "f:replicas" in (entry.get("fieldsV1") or {}).get("f:spec", {})
