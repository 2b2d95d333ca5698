"""The dashboard as the JSON that Grafana reads (schema version 39, Grafana 11)."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tools.dashboard.rows import COLUMNS, ROWS, Panel, Query

Json = dict[str, Any]

HEIGHT = 8
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def dashboard_json() -> str:
    """The dashboard as Grafana imports it."""
    return json.dumps(_dashboard(), indent=2) + "\n"


def _dashboard() -> Json:
    return {
        "title": "RevRx report workers",
        "uid": "revrx-report-workers",
        "tags": ["revrx", "celery"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {
            "list": [
                {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
                _variable("namespace", "label_values(revrx_max_replicas, namespace)"),
                _variable("pool", 'label_values(revrx_max_replicas{namespace=~"$namespace"}, pool)'),
            ]
        },
        "panels": [{"id": number, **panel} for number, panel in enumerate(_panels(), start=1)],
    }


def _variable(name: str, query: str) -> Json:
    """A choice of the user; at first, all."""
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }


def _panels() -> Iterator[Json]:
    """Rows from top to bottom, their panels from left to right, in lines of 24 columns."""
    y = 0
    for row in ROWS:
        yield {"type": "row", "title": row.title, "collapsed": False, "panels": [], "gridPos": _place(0, y, COLUMNS, 1)}
        x, y = 0, y + 1
        for panel in row.panels:
            if x + panel.width > COLUMNS:
                x, y = 0, y + HEIGHT
            yield {**_panel(panel), "gridPos": _place(x, y, panel.width, HEIGHT)}
            x += panel.width
        y += HEIGHT


def _place(x: int, y: int, width: int, height: int) -> Json:
    return {"x": x, "y": y, "w": width, "h": height}


def _panel(panel: Panel) -> Json:
    as_table = panel.kind == "table"
    targets = [_target(number, query, as_table) for number, query in enumerate(panel.queries)]
    return {
        "type": "timeseries" if panel.kind == "bars" else panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        **({"transformations": _one_line_per_group(panel.queries)} if as_table else {}),
    }


def _target(number: int, query: Query, as_table: bool) -> Json:
    moment = {"instant": True, "range": False, "format": "table"} if as_table else {"instant": False, "range": True}
    return {
        "refId": chr(ord("A") + number),
        "datasource": DATASOURCE,
        "expr": query.expr,
        "legendFormat": query.legend,
        **moment,
    }


def _defaults(panel: Panel) -> Json:
    drawn = {"drawStyle": "bars", "fillOpacity": 80, "stacking": {"mode": "normal"}} if panel.kind == "bars" else {}
    return {"unit": panel.unit, "min": 0, "custom": drawn}


def _one_line_per_group(queries: Sequence[Query]) -> list[Json]:
    """Grafana calls the value of each query of a merged table ``Value #A`` and so on."""
    names = {f"Value #{chr(ord('A') + number)}": query.legend for number, query in enumerate(queries)}
    return [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"excludeByName": {"Time": True}, "renameByName": names}},
    ]
