"""The CustomResourceDefinition of ReportWorkerPool."""

from typing import Any

import yaml

from revrx_operator.api import GROUP, KIND, PLURAL, VERSION, rules
from revrx_operator.api.rule import validations
from revrx_operator.api.schema import structural_schema
from revrx_operator.api.spec import PoolSpec
from revrx_operator.api.status import PoolStatus

NAME = f"{PLURAL}.{GROUP}"

COLUMNS = (
    ("Ready", "string", '.status.conditions[?(@.type=="Ready")].status'),
    ("Replicas", "integer", ".status.replicas"),
    ("Desired", "integer", ".status.desiredReplicas"),
    ("Waiting", "integer", ".status.waiting"),
    ("Oldest", "date", ".status.oldestEnqueuedAt"),
    ("Reason", "string", ".status.reason"),
    ("Age", "date", ".metadata.creationTimestamp"),
)


def crd() -> dict[str, Any]:
    """The CRD as the API server takes it."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": NAME},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
                "shortNames": ["rwp"],
                "categories": ["revrx"],
            },
            "scope": "Namespaced",
            "versions": [_version()],
        },
    }


def crd_yaml() -> str:
    """The CRD as a file."""
    return _as_yaml(crd())


def chart_template() -> str:
    """The CRD as a template of the chart, which Helm upgrades with the release and leaves behind when it goes."""
    definition = crd()
    definition["metadata"]["annotations"] = {"helm.sh/resource-policy": "keep"}
    return f"{{{{- if .Values.crds.install }}}}\n{_as_yaml(definition)}{{{{- end }}}}\n"


def _version() -> dict[str, Any]:
    return {
        "name": VERSION,
        "served": True,
        "storage": True,
        "additionalPrinterColumns": [{"name": name, "type": kind, "jsonPath": path} for name, kind, path in COLUMNS],
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": resource_schema()},
    }


def resource_schema() -> dict[str, Any]:
    """The schema of a whole resource, metadata left to the API server."""
    return {
        "type": "object",
        "description": "Celery report workers on Redis, scaled on what is waiting; a busy worker is never taken away.",
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object", "properties": {"name": {"type": "string"}}},
            "spec": structural_schema(PoolSpec),
            "status": structural_schema(PoolStatus),
        },
        **validations(rules.RESOURCE),
    }


class _Plain(yaml.SafeDumper):
    """Writes equal objects out each time: an alias in a CRD helps no reader."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _as_yaml(definition: dict[str, Any]) -> str:
    return yaml.dump(definition, Dumper=_Plain, sort_keys=False, width=120)
