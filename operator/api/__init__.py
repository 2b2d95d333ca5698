"""The ReportWorkerPool resource: its models, and the CRD made from them."""

GROUP = "revrx.io"
VERSION = "v1alpha1"
KIND = "ReportWorkerPool"
PLURAL = "reportworkerpools"

POOL_LABEL = f"{GROUP}/pool"
GROUP_LABEL = f"{GROUP}/group"

OPERATOR_MANAGER = "revrx-operator"
"""Field manager of every object that the operator applies."""
SCALER_MANAGER = "revrx-scaler"
"""Field manager of every write of a Deployment's spec.replicas."""
