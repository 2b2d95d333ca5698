"""The operator as a process: how Kopf starts, logs in and says that it is alive."""

import logging
from typing import Any

import kopf

from revrx_operator.api import POOL_LABEL
from revrx_operator.handlers.persistence import NoDiffBase, NoProgress
from revrx_operator.handlers.registry import REGISTRY
from revrx_operator.kubeapi import CHILDREN


@kopf.on.startup(registry=REGISTRY)
async def configure(settings: kopf.OperatorSettings, **_: object) -> None:
    """Which of several operators acts is the Lease's business; Kopf writes neither peering objects nor events.

    Of all Deployments and the like in the cluster the API server sends only those of pools.

    Its line for each event that a handler has seen is left out: what a run did is told by what did it.
    """
    settings.peering.standalone = True
    settings.posting.enabled = False
    settings.persistence.diffbase_storage = NoDiffBase()
    settings.persistence.progress_storage = NoProgress()
    for kind in CHILDREN:
        settings.watching.label_selectors[kind.resource] = POOL_LABEL
    logging.getLogger("kopf.objects").setLevel(logging.WARNING)
    logging.getLogger("kopf.activities").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


@kopf.on.login(registry=REGISTRY)
def login(**kwargs: Any) -> kopf.ConnectionInfo | None:
    """The service account of the pod, else the kubeconfig, as kubectl does."""
    return kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)


@kopf.on.probe(id="controller", registry=REGISTRY)
async def is_well(memo: kopf.Memo, **_: object) -> str:
    """Fails /healthz when the controller's loop no longer turns, or a watch no longer tells."""
    if ailment := await memo.ailment():
        raise kopf.PermanentError(ailment)
    return "alive"
