"""Volumes that a pod needs wherever it imports the app, each with its mount in the container that does."""

from pathlib import PurePosixPath
from typing import Any

from revrx_operator.api.spec import Broker
from revrx_operator.resources.environment import BROKER_CA_DIRECTORY, BROKER_CA_FILE

BROKER_CA_VOLUME = "revrx-broker-ca"

Volume = dict[str, Any]
Mount = dict[str, Any]


def broker_ca(broker: Broker) -> list[tuple[Volume, Mount]]:
    """The file that REVRX_BROKER_CA_FILE names; none where the system's CAs decide."""
    ca = broker.ca_secret_ref
    if ca is None:
        return []
    secret = {"secretName": ca.name, "items": [{"key": ca.key, "path": PurePosixPath(BROKER_CA_FILE).name}]}
    mount: Mount = {"name": BROKER_CA_VOLUME, "mountPath": BROKER_CA_DIRECTORY, "readOnly": True}
    return [({"name": BROKER_CA_VOLUME, "secret": secret}, mount)]
