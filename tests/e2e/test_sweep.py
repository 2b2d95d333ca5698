from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import EXAMPLES, read, replicas, wait_until_ready
from tests.e2e.reports import submit, wait_until_completed
from tests.e2e.waiting import eventually

REPORTS = 10
OVERDUE = "update reports set resend_at = 0"


def test_the_sweep_wakes_a_pool_at_zero_for_reports_whose_messages_redis_has_lost(stack: Kubectl) -> None:
    submit(stack, REPORTS)
    stack.execute("redis", "redis-cli", "--user", "revrx", "--pass", "secret", "flushall")
    stack.execute("postgres", "psql", "--username=revrx", f"--command={OVERDUE}")
    stack("apply", f"--filename={EXAMPLES / 'scale-to-zero.yaml'}")
    wait_until_ready(stack)
    assert replicas(stack) == 0

    cron_job = read(EXAMPLES / "sweep" / "cronjob.yaml")
    del cron_job["metadata"]["namespace"]
    stack.apply(cron_job)
    stack("create", "job", f"--from=cronjob/{cron_job['metadata']['name']}", "now")

    stack("wait", "--for=condition=Complete", "job/now", "--timeout=100s", seconds=110)
    assert f"{REPORTS} sent again" in stack("logs", "job/now")
    wait_until_completed(stack, REPORTS)
    eventually(lambda: replicas(stack), lambda count: count == 0, "the pool is back at zero")
