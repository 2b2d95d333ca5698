import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
import yaml

from revrx_operator.explain.summary import GroupSummary
from revrx_operator.plugin import table
from revrx_operator.plugin.looking import Look
from revrx_operator.plugin.top import written

DATA = Path(__file__).parent / "data"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
GROUPS = [GroupSummary.model_validate(entry) for entry in yaml.safe_load((DATA / "groups.yaml").read_text())]


@pytest.mark.parametrize(("file", "with_namespace"), [("table.txt", False), ("all_namespaces.txt", True)])
def test_groups_become_a_table(file: str, with_namespace: bool) -> None:
    lines = table.lines(GROUPS, NOON, with_namespace=with_namespace)

    assert click.unstyle("\n".join(lines)) + "\n" == (DATA / file).read_text()


def test_only_reasons_that_ask_for_somebody_are_coloured() -> None:
    coloured = [line for line in table.lines(GROUPS, NOON, with_namespace=False) if line != click.unstyle(line)]

    assert [click.unstyle(line).split()[-1] for line in coloured] == ["MaxReplicas", "BrokerUnreachable"]


def test_programs_get_every_field_also_where_nothing_is_known() -> None:
    found = Look(NOON, (GROUPS[3],), "no operator knows mail/new yet")

    assert written(found, "yaml") + "\n" == (DATA / "list.yaml").read_text()
    assert json.loads(written(found, "json")) == yaml.safe_load((DATA / "list.yaml").read_text())


def test_a_clock_that_is_behind_makes_no_negative_age() -> None:
    (_, line) = table.lines(GROUPS[:1], NOON - timedelta(minutes=5), with_namespace=False)

    assert "0s" in line.split()
