"""The ReportWorkerPool resource: its models, and the CRD made from them."""

GROUP = "revrx.io"
VERSION = "v1alpha1"
KIND = "ReportWorkerPool"
PLURAL = "reportworkerpools"

POOL_LABEL = f"{GROUP}/pool"
GROUP_LABEL = f"{GROUP}/group"
RETIRING_LABEL = f"{GROUP}/retiring"
"""On a pod whose worker takes nothing new and goes when it is empty; its value is since when, seconds since 1970."""

SECRETS_ANNOTATION = f"{GROUP}/secrets"
"""On a pod template: a digest of what it takes from Secrets, so that pods are replaced when that changes."""

OPERATOR_MANAGER = "revrx-operator"
"""Field manager of every object that the operator applies."""
SCALER_MANAGER = "revrx-scaler"
"""Field manager of every write of a Deployment's spec.replicas."""
