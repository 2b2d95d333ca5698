"""What the operator may do is what it was seen to do, by the API server's audit log, while all other tests ran.

Most of them have it serve all namespaces, some install the chart with its own values.
"""

import json

from tests.e2e.release import CHART, NAMESPACE, Release
from tests.fixtures.accesses import ASKED_BY_ADMISSION, audited, granted
from tests.rendering import render
from tools.kind import cluster

USER = f"system:serviceaccount:{NAMESPACE}:{CHART}"
ROLES = (f"clusterrole/{NAMESPACE}-{CHART}", f"role/{CHART}-lease")


def test_the_operator_has_every_right_that_it_used_and_no_other(release: Release, began: str) -> None:
    installed = [json.loads(release.kubectl("get", role, "--output=json")) for role in ROLES]
    by_default = [manifest for manifest in render({}) if manifest["kind"] in {"Role", "ClusterRole"}]
    rights = granted(rule for role in (*installed, *by_default) for rule in role["rules"])
    log = cluster.audit_log()
    assert log, "the cluster keeps no audit log, it is older than this test: make kind-down kind-up"

    allowed, refused = audited(log, USER, since=began)

    assert refused <= rights, (
        "refused for want of a right, and not because a release went, whose roles go before its pods"
    )
    assert allowed <= rights
    assert rights - ASKED_BY_ADMISSION - allowed == set()
