"""Carrying a plan out on a cluster, by server-side apply."""

import logging
from collections.abc import Iterable, Mapping
from functools import partial

from revrx_operator.api import KIND, OPERATOR_MANAGER, RETIRING_LABEL, SCALER_MANAGER
from revrx_operator.apply.events import write_events
from revrx_operator.apply.retirement import carry_out_retirement
from revrx_operator.apply.standing import Standing
from revrx_operator.control import RemoteControl
from revrx_operator.kubeapi import DELETION_COST, DEPLOYMENT, KINDS, POD, ApiError, KubeApi
from revrx_operator.model import ClusterView, Handover, Manifest, ObjectKey, Outcome, Plan, PodMark, PoolKey, Scale
from revrx_operator.objects import find

log = logging.getLogger(__name__)


class KubernetesApplier:
    """Applies plans, and remembers what stands."""

    def __init__(self, api: KubeApi, remote: RemoteControl) -> None:
        self._api = api
        self._remote = remote
        self._standing: dict[PoolKey, dict[ObjectKey, Standing]] = {}

    async def carry_out(self, plan: Plan, view: ClusterView) -> Outcome:
        """Do what the plan says, in its order; only replicas that are added do not wait for workers to reply.

        Raises ApiError where the cluster is not what the plan took it for: then observe again.
        """
        namespace = view.key.namespace
        refusals = await self._ensure_all(
            view, plan.applies, {passing.deployment: passing for passing in plan.handovers}
        )
        for scale in (scale for scale in plan.scales if scale.replicas > scale.current):
            await self._scale(namespace, scale)
        cancelled = await carry_out_retirement(plan, view, self._remote, partial(self._mark, namespace))
        for scale in (scale for scale in plan.scales if scale.replicas < scale.current):
            await self._scale(namespace, scale)
        for child in plan.deletes:
            await self._api.delete(KINDS[child.kind], namespace, child.name)
            log.info("%s: deleted %s %s", view.key, child.kind, child.name)
        if plan.status is not None:
            await self._write_status(view, plan.status)
        await write_events(self._api, view, plan.events)
        return Outcome(refusals, cancelled)

    def forget(self, key: PoolKey) -> None:
        """The pool is gone."""
        self._standing.pop(key, None)

    async def _ensure_all(
        self, view: ClusterView, manifests: Iterable[Manifest], handovers: Mapping[str, Handover]
    ) -> Mapping[str, str]:
        """Apply what does not stand; of a group whose Deployment is refused nothing more is made."""
        refusals: dict[str, str] = {}
        for manifest in manifests:
            kind, name = manifest["kind"], manifest["metadata"]["name"]
            if name in refusals:
                continue
            try:
                await self._ensure(view, manifest, handovers.get(name) if kind == DEPLOYMENT.name else None)
            except ApiError as error:
                if not error.is_refusal:
                    raise
                refusals[name] = f"the API server refuses {kind} {name}: {error}"
        return refusals

    async def _ensure(self, view: ClusterView, manifest: Manifest, handover: Handover | None) -> None:
        child = ObjectKey(manifest["kind"], manifest["metadata"]["name"])
        standing = self._standing.setdefault(view.key, {})
        live = find(view.children, *child)
        if live is not None and child in standing and standing[child].holds(manifest, live):
            return
        if handover is not None:
            await self._hand_over(view.key.namespace, handover)
        bound = manifest if live is None else _bound_to(live, manifest)
        answer = await self._api.apply(bound, manager=OPERATOR_MANAGER, force=True, new=live is None)
        standing[child] = Standing.of(_without_replicas(manifest), answer)
        log.info("%s: applied %s %s", view.key, child.kind, child.name)

    async def _hand_over(self, namespace: str, handover: Handover) -> None:
        """Give spec.replicas to the scaler's manager, so that later applies may leave the field out.

        Never with force: a conflict means that somebody has scaled already, and so owns the field.
        """
        manifest = {
            "apiVersion": DEPLOYMENT.api_version,
            "kind": DEPLOYMENT.name,
            "metadata": {"namespace": namespace, "name": handover.deployment},
            "spec": {"replicas": handover.replicas},
        }
        try:
            await self._api.apply(manifest, manager=SCALER_MANAGER, force=False)
        except ApiError as error:
            if not error.is_conflict:
                raise

    async def _scale(self, namespace: str, scale: Scale) -> None:
        """Write the replicas, provided that they still are what the plan was made from."""
        operations = [
            {"op": "test", "path": "/spec/replicas", "value": scale.current},
            {"op": "replace", "path": "/spec/replicas", "value": scale.replicas},
        ]
        await self._api.patch(DEPLOYMENT, namespace, scale.deployment, operations, SCALER_MANAGER)
        reason = scale.reason
        log.info(
            "%s/%s: %d -> %d replicas, %s: %s",
            namespace, scale.deployment, scale.current, scale.replicas, reason.code, reason.message,
            extra={
                "deployment": scale.deployment, "from": scale.current, "to": scale.replicas, "reason": reason.code,
            },
        )  # fmt: skip

    async def _mark(self, namespace: str, mark: PodMark) -> bool:
        """Write label and deletion cost in one patch, so that no pod has one of them; False where the pod is gone."""
        since, cost = mark.retiring_since, mark.deletion_cost
        metadata = {
            "uid": mark.uid,
            "labels": {RETIRING_LABEL: None if since is None else str(int(since))},
            "annotations": {DELETION_COST: None if cost is None else str(cost)},
        }
        return await self._api.merge_metadata(POD, namespace, mark.pod, metadata, SCALER_MANAGER)

    async def _write_status(self, view: ClusterView, status: Manifest) -> None:
        """The UID is part of what is applied: a pool that was deleted and made anew meanwhile is a conflict."""
        metadata = view.pool["metadata"]
        manifest = {
            "apiVersion": view.pool["apiVersion"],
            "kind": KIND,
            "metadata": {"namespace": view.key.namespace, "name": view.key.name, "uid": metadata["uid"]},
            "status": status,
        }
        await self._api.apply(manifest, manager=OPERATOR_MANAGER, force=True, subresource="status")


def _bound_to(live: Manifest, manifest: Manifest) -> Manifest:
    """For that very object: one that has taken its name meanwhile may be somebody else's."""
    return {**manifest, "metadata": {**manifest["metadata"], "uid": live["metadata"]["uid"]}}


def _without_replicas(manifest: Manifest) -> Manifest:
    """As the next plan has it: only a new Deployment carries its replicas."""
    return {**manifest, "spec": {name: value for name, value in manifest["spec"].items() if name != "replicas"}}
