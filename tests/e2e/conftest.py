"""The cluster, the operator on it, and a namespace for each test.

The suite takes the cluster of ``make kind-up``, or the kind cluster of the context in REVRX_E2E_CONTEXT, for itself:
what an earlier installation left there goes, pools included.
"""

import re
import secrets
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime

import pytest

from tests.e2e import diagnostics
from tests.e2e.command import NotKind, kind_context
from tests.e2e.kubectl import Kubectl
from tests.e2e.pools import MANIFESTS
from tests.e2e.release import Release
from tests.e2e.stack import remove, wait_until_up

TEST_SECONDS = 900
"""The whole of one test, waiting included."""

SUITE = MANIFESTS.parent
LOOKING_BACK = SUITE / "test_rbac.py"
"""Compares with all that was done; after a part of the suite it would have nothing to say, and is left out."""

MEASURED = pytest.StashKey[list[str]]()
Measured = Callable[[str], None]

NAMESPACE_OF_TEST = pytest.StashKey[Kubectl]()


@pytest.fixture(scope="session")
def release() -> Release:
    """The operator, freshly installed with Helm 4."""
    try:
        release = Release(kind_context())
    except NotKind as error:
        pytest.exit(str(error))
    release.clear()
    release.install()
    return release


@pytest.fixture(scope="session", autouse=True)
def began() -> str:
    """When the suite did, as the API server tells time."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.fixture
def kubectl(release: Release, request: pytest.FixtureRequest) -> Iterator[Kubectl]:
    """kubectl in a new namespace of the test's own."""
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_"))[:40].strip("-")
    kubectl = Kubectl(release.context, f"e2e-{words}-{secrets.token_hex(2)}")
    kubectl("create", "namespace", kubectl.namespace)
    request.node.stash[NAMESPACE_OF_TEST] = kubectl
    yield kubectl
    remove(kubectl)


@pytest.fixture
def stack(kubectl: Kubectl) -> Kubectl:
    """A namespace with Redis, PostgreSQL and the Secret that names them, its tables made."""
    kubectl("apply", f"--filename={MANIFESTS / 'stack.yaml'}")
    wait_until_up(kubectl)
    return kubectl


@pytest.fixture
def home(release: Release) -> Iterator[Kubectl]:
    """kubectl in the namespace that the README and the examples name, where the operator runs."""
    kubectl = release.kubectl
    yield kubectl
    kubectl("delete", "rwp", "--all", "--timeout=60s", seconds=70)
    kubectl("delete", "secret", "revrx-secrets", "--ignore-not-found")


@pytest.fixture(autouse=True)
def _operator_has_no_defect(release: Release) -> Iterator[None]:
    """The operator meets trouble with a sentence, never with a traceback."""
    began = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    yield
    assert "Traceback" not in release.log(f"--since-time={began}")


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Measured:
    """Tells a figure at the end of the run."""

    def tell(text: str) -> None:
        request.config.stash.setdefault(MEASURED, []).append(text)

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was measured."""
    if lines := config.stash.get(MEASURED, []):
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.line(line)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the tests of this directory more time than unit tests have, and the last word to what looks back on them."""
    for item in items:
        if item.path.is_relative_to(SUITE):
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))
    looking_back = [item for item in items if item.path == LOOKING_BACK]
    items[:] = [item for item in items if item.path != LOOKING_BACK]
    if {item.path for item in items} >= set(SUITE.rglob("test_*.py")) - {LOOKING_BACK}:
        items.extend(looking_back)
    else:
        config.hook.pytest_deselected(items=looking_back)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the cluster says to the report of a failed test, before the test's namespace goes."""
    report = yield
    release = getattr(item, "funcargs", {}).get("release")
    if report.failed and report.when != "teardown" and release:
        kubectl = item.stash.get(NAMESPACE_OF_TEST, release.kubectl)
        report.sections.extend(diagnostics.sections(kubectl, release))
    return report
