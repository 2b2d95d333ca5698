"""The ReportWorkerPool resource: its models, and the CRD made from them."""

GROUP = "revrx.io"
VERSION = "v1alpha1"
KIND = "ReportWorkerPool"
PLURAL = "reportworkerpools"

POOL_LABEL = f"{GROUP}/pool"
GROUP_LABEL = f"{GROUP}/group"
