"""What happens to a pool over an hour or two, and which alert it calls for: alerts/*.yaml as tests of promtool."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).with_name("alerts")
HEALTHY = "healthy"
PARTS = ("operator", "redis", "workers", "neighbours")
LOOK_EVERY_MINUTES = 5

Data = dict[str, Any]
Rules = dict[str, Data]
"""By name of the alert."""


@dataclass(frozen=True)
class Scenario:
    """One file: which series differ from those of a healthy pool, and what fires when."""

    name: str
    data: Data

    @property
    def alert(self) -> str | None:
        """The one that is to fire; None where none is. The name of the file tells: ALERT or ALERT-SPECIAL-CASE."""
        return self.name.partition("-")[0] if "fires" in self.data else None

    def series(self) -> dict[str, str]:
        """The values of each series, in promtool's notation."""
        gone = self.data.get("gone", {})
        told: dict[str, str] = {
            series: _until_gone(value, gone.get(part), self.data["minutes"])
            for part in PARTS
            for series, value in _healthy()[part].items()
        }
        different: dict[str, str] = self.data.get("series", {})
        return told | different

    def as_test(self, rules: Rules) -> Data:
        """A test of promtool: at each look the alert of the scenario fires or not, and no other does."""
        looks = range(0, self.data["minutes"] + 1, LOOK_EVERY_MINUTES)
        return {
            "name": self.name,
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in self.series().items() if values],
            "alert_rule_test": [
                {"eval_time": f"{minute}m", "alertname": alert, "exp_alerts": self._expected(alert, minute, rule)}
                for minute in looks
                for alert, rule in rules.items()
            ],
        }

    def _expected(self, alert: str, minute: int, rule: Data) -> list[Data]:
        if alert != self.alert:
            return []
        fires = self.data["fires"]
        if not fires["from"] <= minute < fires.get("until", self.data["minutes"] + 1):
            return []
        told = {"summary": fires["summary"], "description": fires["description"]}
        runbook = rule["annotations"]["runbook_url"]
        return [{"exp_labels": fires["labels"], "exp_annotations": {**told, "runbook_url": runbook}}]


def scenarios() -> list[Scenario]:
    """All of them, the healthy pool first."""
    files = sorted(FOLDER.glob("*.yaml"), key=lambda file: (file.stem != HEALTHY, file.stem))
    return [Scenario(file.stem, yaml.safe_load(file.read_text())) for file in files]


@cache
def _healthy() -> Data:
    data: Data = yaml.safe_load((FOLDER / f"{HEALTHY}.yaml").read_text())
    return data


def _until_gone(value: str | int, gone_after: int | None, minutes: int) -> str:
    """The value in each minute until the series ends; empty where it never was."""
    if gone_after is None:
        return f"{value}x{minutes}"
    return f"{value}x{gone_after - 1} stale" if gone_after else ""
