"""Flower of a pool: what there is to make or to take away, and what stands in its way."""

from dataclasses import dataclass

from revrx_operator.model import ClusterView, Manifest, ObjectKey, Reason
from revrx_operator.objects import find
from revrx_operator.plan.children import is_flowers, is_ours, name_conflict, secrets_digest
from revrx_operator.resources.flower import build_flower
from revrx_operator.resources.names import flower_name
from revrx_operator.resources.service import build_flower_service

FLOWER_KINDS = ("Deployment", "Service")


@dataclass(frozen=True, slots=True)
class FlowerPlan:
    """What one run does about Flower, and from what it came."""

    deployment: Manifest | None = None
    """The live one."""
    obstacle: Reason | None = None
    """Why there is none although the spec asks for it."""
    applies: tuple[Manifest, ...] = ()
    deletes: tuple[ObjectKey, ...] = ()

    @property
    def is_wanted(self) -> bool:
        """Whether the spec asks for it."""
        return bool(self.obstacle or self.applies)


def plan_flower(view: ClusterView) -> FlowerPlan:
    """A Flower that anybody could enter must not be: where its login is no good, what stands of it goes."""
    spec, name = view.spec, flower_name(view.key.name)
    if spec is None:
        return FlowerPlan()
    if not spec.flower.enabled:
        return FlowerPlan(deletes=_standing(view, name))
    deployment = find(view.children, "Deployment", name)
    if conflict := name_conflict(view, name, FLOWER_KINDS):
        return FlowerPlan(obstacle=Reason("NameConflict", f"{conflict}; rename the pool, or delete it"))
    if view.flower_fault:
        return FlowerPlan(obstacle=view.flower_fault, deletes=_standing(view, name))
    if deployment is None and view.faults:
        return FlowerPlan(obstacle=Reason(view.faults[0].code, "it waits until workers can start, see Ready"))
    return FlowerPlan(
        deployment,
        applies=(
            build_flower(view.pool, spec, secrets_digest(view.flower_secrets, view, name)),
            build_flower_service(view.pool),
        ),
    )


def _standing(view: ClusterView, name: str) -> tuple[ObjectKey, ...]:
    found = (find(view.children, kind, name) for kind in FLOWER_KINDS)
    return tuple(ObjectKey(child["kind"], name) for child in found if child and _may_go(child, view))


def _may_go(child: Manifest, view: ClusterView) -> bool:
    return is_ours(child, view) and is_flowers(child, view)
