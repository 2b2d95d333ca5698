"""Who sees what of Flower."""

import http.client
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.fixtures.browser import loaded_page
from tests.integration.flower.containers import LOGIN, PATIENCE_SECONDS, WORKER, pool_here
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a Flower that knows a worker."""
    with pool_here(tmp_path_factory.mktemp("pool")) as pool, pool.worker(), pool.flower() as address:
        wait_for(lambda: shown_workers(address) == [WORKER], "Flower knows no worker", PATIENCE_SECONDS)
        yield address


def test_whoever_has_the_login_sees_the_worker_in_a_browser(address: str) -> None:
    (row,) = rows_of_workers(loaded_page(f"http://{LOGIN}@{address}/"))

    assert row.startswith(f"{WORKER}Online")


@pytest.mark.parametrize("login", ["", "reader:", "reader:wrong", ":", "hunter2:reader"])
@pytest.mark.parametrize("path", ["/", "/workers?json=1", "/tasks", "/api/workers", "/api/tasks"])
def test_nobody_else_sees_anything(address: str, path: str, login: str) -> None:
    status, text = answer(address, path, login)

    assert status == 401
    assert text in {"", "Access denied"}


def test_nobody_else_stops_a_worker(address: str) -> None:
    with closing(http.client.HTTPConnection(address, timeout=20)) as connection:
        connection.request("POST", f"/api/worker/shutdown/{WORKER}")
        assert connection.getresponse().status == 401
    assert shown_workers(address) == [WORKER]


def test_the_kubelet_needs_no_login(address: str) -> None:
    assert answer(address, "/healthcheck", "") == (200, "OK")


def shown_workers(address: str) -> list[str]:
    status, text = answer(address, "/workers?json=1", LOGIN)
    assert status == 200, text
    return [worker["hostname"] for worker in json.loads(text)["data"] if worker["status"]]


def answer(address: str, path: str, login: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection(address, timeout=20)) as connection:
        authorization = {"Authorization": f"Basic {b64encode(login.encode()).decode()}"} if login else {}
        connection.request("GET", path, headers=authorization)
        response = connection.getresponse()
        return response.status, response.read().decode()


def rows_of_workers(page: str) -> list[str]:
    """What the table of workers shows, row by row."""
    _, _, table = page.partition('id="workers-table"')
    rows = re.findall("<tr.*?</tr>", table.partition("<tbody>")[2].partition("</tbody>")[0], re.DOTALL)
    return ["".join(re.sub("<[^>]*>", "", row).split()) for row in rows]
