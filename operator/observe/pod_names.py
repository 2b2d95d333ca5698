"""Which Deployment a pod belongs to, by its name alone: DEPLOYMENT-HASH-SUFFIX.

Neither hash nor suffix holds a dash. A name is at most 63 characters: what stands before the five of the suffix is cut
at 58 (Kubernetes 1.37, apiserver/pkg/storage/names/generate.go).
"""

LONGEST_NAME = 63
LONGEST_BASE = 58


def stem_of(deployment: str) -> str:
    """The part of a Deployment's name that the names of its pods begin with."""
    return deployment[:LONGEST_BASE]


def possible_stems(pod: str) -> tuple[str, ...]:
    """What ``stem_of`` may be for the pod's Deployment; one at most is a Deployment that exists."""
    head, _, _ = pod.rpartition("-")
    whole = head.rpartition("-")[0]
    if len(pod) < LONGEST_NAME:
        return (whole,)
    base = pod[:LONGEST_BASE]
    return (whole, base.rpartition("-")[0], base)
