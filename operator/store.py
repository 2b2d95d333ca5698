"""Pools and their children as last seen: what the watches told, and what our own writes were answered.

A hint, not the truth: a deletion during a lost watch is never announced. So every write says what it was made from, and
each pool is read anew from the API server now and then.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from sys import intern
from typing import Any

from revrx_operator.api import KIND, POOL_LABEL
from revrx_operator.kubeapi import KINDS
from revrx_operator.model import Manifest, ObjectKey, PoolKey
from revrx_operator.objects import owns_replicas


class Store:
    """The newest version known of each object."""

    def __init__(self) -> None:
        self._pools: dict[PoolKey, Manifest] = {}
        self._children: defaultdict[PoolKey, dict[ObjectKey, Manifest]] = defaultdict(dict)

    def pools(self) -> tuple[PoolKey, ...]:
        """The pools that were seen, and those that only their children tell of."""
        return tuple(dict.fromkeys((*self._pools, *self._children)))

    def pool(self, key: PoolKey) -> Manifest | None:
        """The pool, or None where none was seen."""
        return self._pools.get(key)

    def children(self, key: PoolKey) -> tuple[Manifest, ...]:
        """What carries the pool's label."""
        return tuple(self._children[key].values()) if key in self._children else ()

    def saw(self, manifest: Manifest) -> bool:
        """Remember an object; says whether it was news, which an answer to our own write no longer is to the watch."""
        known = self._find(manifest)
        if known is not None and not _is_newer(manifest, known):
            return False
        self._put(manifest)
        return True

    def saw_answer(self, manifest: Manifest) -> bool:
        """Remember the answer to a write, where it is of a kind that is watched; says whether it was news."""
        return manifest["kind"] in KINDS and self.saw(manifest)

    def lost(self, manifest: Manifest) -> bool:
        """An object was deleted; says whether that was news."""
        known = self._find(manifest)
        if known is None or known["metadata"]["uid"] != manifest["metadata"]["uid"]:
            return False
        self._remove(manifest)
        return True

    def replace(self, key: PoolKey, pool: Manifest | None, children: Iterable[Manifest]) -> None:
        """What the API server has just listed is all that there is of a pool, but for what came while it was asked."""
        newest = [self._newest(manifest) for manifest in (pool, *children) if manifest is not None]
        self.forget(key)
        for manifest in newest:
            self._put(manifest)

    def forget(self, key: PoolKey) -> None:
        """Drop a pool and its children."""
        self._pools.pop(key, None)
        self._children.pop(key, None)

    def _find(self, manifest: Manifest) -> Manifest | None:
        key = pool_key(manifest)
        if manifest["kind"] == KIND:
            return self._pools.get(key)
        return self._children[key].get(_object_key(manifest)) if key in self._children else None

    def _newest(self, manifest: Manifest) -> Manifest:
        known = self._find(manifest)
        return manifest if known is None or _is_newer(manifest, known) else known

    def _put(self, manifest: Manifest) -> None:
        key = pool_key(manifest)
        if manifest["kind"] == KIND:
            self._pools[key] = _slim(manifest)
        else:
            self._children[key][_object_key(manifest)] = _slim(manifest)

    def _remove(self, manifest: Manifest) -> None:
        key = pool_key(manifest)
        if manifest["kind"] == KIND:
            del self._pools[key]
        else:
            children = self._children[key]
            del children[_object_key(manifest)]
            if not children:
                del self._children[key]


def pool_key(manifest: Manifest) -> PoolKey:
    """The pool that an object is, or that the label of a child names."""
    metadata = manifest["metadata"]
    name = metadata["name"] if manifest["kind"] == KIND else metadata["labels"][POOL_LABEL]
    return PoolKey(metadata["namespace"], name)


def _object_key(manifest: Manifest) -> ObjectKey:
    return ObjectKey(manifest["kind"], manifest["metadata"]["name"])


def _is_newer(manifest: Manifest, known: Manifest) -> bool:
    """Versions of one object are compared as numbers (Kubernetes, KEP-5504); another object is always news."""
    seen, stored = manifest["metadata"], known["metadata"]
    return seen["uid"] != stored["uid"] or int(seen["resourceVersion"]) > int(stored["resourceVersion"])


def _slim(manifest: Manifest) -> Manifest:
    """The object with no more of its managed fields, which are half of it, than who owns spec.replicas."""
    metadata = manifest["metadata"]
    owners = [_owner(entry) for entry in metadata.get("managedFields", ()) if owns_replicas(entry)]
    return _sharing_strings({**manifest, "metadata": {**metadata, "managedFields": owners}})  # type: ignore[no-any-return]


def _sharing_strings(value: Any) -> Any:
    """The same value, with one copy of each string in all objects: most of what 1,000 pools hold are the same words."""
    if isinstance(value, Mapping):
        return {intern(name): _sharing_strings(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_sharing_strings(inner) for inner in value]
    return intern(value) if type(value) is str else value


def _owner(entry: Manifest) -> dict[str, Any]:
    return {"manager": entry["manager"], "fieldsV1": {"f:spec": {"f:replicas": {}}}}
