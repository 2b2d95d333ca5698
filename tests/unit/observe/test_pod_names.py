"""The names that Kubernetes gives pods, as a Deployment and a ReplicaSet make them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revrx_operator.observe.pod_names import LONGEST_BASE, possible_stems, stem_of

HASH_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789"


def pod_of(deployment: str, template_hash: str = "7c9d8b6f5c", suffix: str = "x2x4z") -> str:
    """As Kubernetes names it."""
    return f"{deployment}-{template_hash}-"[:LONGEST_BASE] + suffix


def test_a_pod_is_recognised_by_its_deployments_name() -> None:
    assert stem_of("revrx-celery-worker") in possible_stems("revrx-celery-worker-7c9d8b6f5c-x2x4z")


def test_a_pod_of_a_longer_name_is_not_taken_for_it() -> None:
    assert stem_of("revrx-celery") not in possible_stems("revrx-celery-worker-7c9d8b6f5c-x2x4z")


@pytest.mark.parametrize("length", [1, 45, 46, 47, 48, 56, 57, 58, 59, 63])
def test_a_pod_whose_name_kubernetes_cuts_is_recognised(length: int) -> None:
    deployment = ("pool-of-reports-" * 4)[: length - 1].rstrip("-").ljust(length, "w")

    assert stem_of(deployment) in possible_stems(pod_of(deployment))


@given(
    deployment=st.from_regex(r"\A[a-z]([a-z0-9-]{0,61}[a-z0-9])?\Z"),
    template_hash=st.text(HASH_CHARACTERS, min_size=1, max_size=10),
    suffix=st.text(HASH_CHARACTERS, min_size=5, max_size=5),
)
def test_every_pod_is_recognised(deployment: str, template_hash: str, suffix: str) -> None:
    assert stem_of(deployment) in possible_stems(pod_of(deployment, template_hash, suffix))


@pytest.mark.parametrize("name", ["", "laptop", "laptop-1", "-", "--", "a" * 63, "-" * 63])
def test_a_host_that_is_no_pod_has_no_deployment(name: str) -> None:
    assert "pool-worker" not in possible_stems(name)
