from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import OF_POOL, POOL, small_pool, wait_until_ready
from tests.e2e.reports import submit, wait_until_completed
from tests.e2e.waiting import eventually

REPORTS = 12


def test_a_secret_that_changes_replaces_the_workers_and_cuts_no_report_off(stack: Kubectl) -> None:
    stack.apply(small_pool(variables={"REPORT_PACE_SECONDS": "5"}, scaling={"minReplicas": 2, "maxReplicas": 2}))
    wait_until_ready(stack)
    before = worker_pods(stack)
    submit(stack, REPORTS)

    url = "postgresql://revrx:secret@postgres:5432/revrx?application_name=changed"
    stack.patch("secret", "revrx-secrets", {"stringData": {"database-url": url}})
    # Secrets are read, never watched: at the next look at the pool, within five minutes, or now.
    stack("annotate", "rwp", POOL, "example.com/look=now")

    eventually(lambda: worker_pods(stack), lambda pods: len(pods) == 2 and not pods & before, "both are replaced")
    rows = wait_until_completed(stack, REPORTS)
    assert {row.attempts for row in rows} == {1}


def worker_pods(kubectl: Kubectl) -> set[str]:
    pods = kubectl.list("pods", OF_POOL)
    return {str(pod["metadata"]["name"]) for pod in pods}
