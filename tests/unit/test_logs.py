"""What JSON is made of, where a library's logger has more to say than JSON can hold."""

import io
import json
import logging

import kopf
from kopf._cogs.structs.bodies import Body
from kopf._core.actions.loggers import LocalObjectLogger

from revrx_operator.logs import json_formatter, run_of, with_run


def written(stream: io.StringIO) -> logging.Handler:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_formatter())
    handler.addFilter(with_run)
    return handler


def test_what_kopf_says_of_an_object_is_a_line_with_the_object() -> None:
    body = Body({"apiVersion": "revrx.io/v1alpha1", "kind": "ReportWorkerPool", "metadata": {"name": "a", "uid": "u"}})
    logger, stream = LocalObjectLogger(body=body, settings=kopf.OperatorSettings()), io.StringIO()
    handler = written(stream)
    logger.logger.addHandler(handler)
    try:
        logger.warning("a handler failed")
    finally:
        logger.logger.removeHandler(handler)

    line = json.loads(stream.getvalue())
    assert line["message"] == "a handler failed"
    assert line["object"]["name"] == "a"
    assert "settings" not in line


def test_a_line_of_a_run_tells_the_pool_and_two_runs_have_two_numbers() -> None:
    logger, stream = logging.Logger("test"), io.StringIO()
    logger.addHandler(written(stream))

    with run_of("revrx/reports"):
        logger.info("one")
        logger.info("two")
    with run_of("revrx/reports"):
        logger.info("three")
    logger.info("outside")

    one, two, three, outside = map(json.loads, stream.getvalue().splitlines())
    assert one["pool"] == "revrx/reports"
    assert one["run"] == two["run"] < three["run"]
    assert {"pool", "run"}.isdisjoint(outside)
