"""Strategic merge of a partial PodTemplateSpec, as Kubernetes merges a patch of that type.

Maps are merged, null deletes a key, ``$patch: delete`` deletes a map or a list entry, ``$patch: replace`` puts a map or
a list in the place of the old one. Lists are replaced, except those whose entries Kubernetes knows by a key
(k8s.io/api core/v1 types.go, patchMergeKey). What makes no sense is passed on: the API server names its field.
"""

from collections.abc import Mapping, Sequence
from typing import Any

MERGE_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "ports": "containerPort",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "volumes": "name",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
    "resourceClaims": "name",
    "schedulingGates": "name",
}

DIRECTIVE = "$patch"
REPLACE = {DIRECTIVE: "replace"}


def strategic_merge(base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """What comes out when ``patch`` is laid over ``base``; both stay as they are."""
    directive = patch.get(DIRECTIVE)
    if directive == "delete":
        return {}
    merged = {} if directive == "replace" else dict(base)
    for key, value in patch.items():
        if key == DIRECTIVE:
            continue
        if value is None or _deletes(value):
            merged.pop(key, None)
        else:
            merged[key] = _merge_value(key, merged.get(key), value)
    return merged


def _merge_value(key: str, old: Any, new: Any) -> Any:
    if isinstance(new, Mapping):
        return strategic_merge(old if isinstance(old, Mapping) else {}, new)
    if isinstance(new, Sequence) and not isinstance(new, str) and key in MERGE_KEYS:
        return _merge_list(MERGE_KEYS[key], old if isinstance(old, list) else [], new)
    return new


def _merge_list(merge_key: str, old: Sequence[Any], new: Sequence[Any]) -> list[Any]:
    """Entries with the same key are merged in place, new ones follow in their order."""
    if REPLACE in new:
        old, new = [], [entry for entry in new if entry != REPLACE]
    merged = {entry[merge_key]: entry for entry in old}
    keyless = []
    for entry in new:
        if not _has_key(entry, merge_key):
            keyless.append(entry)
        elif _deletes(entry):
            merged.pop(entry[merge_key], None)
        else:
            merged[entry[merge_key]] = strategic_merge(merged.get(entry[merge_key], {}), entry)
    return [*merged.values(), *keyless]


def _has_key(entry: Any, merge_key: str) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get(merge_key), str | int)


def _deletes(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get(DIRECTIVE) == "delete"
