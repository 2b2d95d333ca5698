"""Files as people write them."""

from textwrap import dedent
from typing import Any

import yaml


def pool_text(name: str = "reports", *, namespace: str = "revrx", **spec: Any) -> str:
    """A valid pool but for the given fields."""
    whole = {
        "apiVersion": "revrx.io/v1alpha1",
        "kind": "ReportWorkerPool",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "image": "revrx/worker:dev",
            "broker": {"url": "redis://redis:6379/0"},
            "workers": [{"name": "worker", "queues": [name]}],
            **spec,
        },
    }
    return yaml.safe_dump(whole, sort_keys=False)


BROKEN = dedent("""\
    # A comment, to see that lines are counted from the first.
    apiVersion: revrx.io/v1alpha1
    kind: ReportWorkerPool
    metadata:
      name: reports
    spec:
      image: revrx/worker:dev
      broker: {url: "redis://redis:6379/0"}
      workers:
      - name: worker
        queues:
        - reports
        - two words
        scaling: {minReplicas: 5,
                  maxReplicas: 3}
      - name: urgent
        queue: [urgent]
    """)
