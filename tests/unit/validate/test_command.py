import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from revrx_operator.cli import main
from tests.unit.validate.pools import BROKEN, pool_text

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def validate(*arguments: str, stdin: str | None = None, **files: str) -> Result:
    """The command with files of these names and texts."""
    for name, text in files.items():
        Path(f"{name}.yaml").write_text(text)
    return CliRunner().invoke(main, ["validate", *(f"{name}.yaml" for name in files), *arguments], input=stdin)


def test_every_fault_is_told_by_file_line_and_field() -> None:
    result = validate(pool=BROKEN)

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        'pool.yaml:13: spec.workers[0].queues[1]: "two words" must have neither spaces nor commas',
        "pool.yaml:14: spec.workers[0].scaling.minReplicas: minReplicas 5 is above maxReplicas 3; lower it or raise "
        "maxReplicas",
        "pool.yaml:16: spec.workers[1].queues: required, and not there",
        "pool.yaml:17: spec.workers[1].queue: unknown field; check its spelling and where it belongs",
    ]


def test_valid_pools_are_told_and_nothing_else() -> None:
    result = validate(one=pool_text("one") + "---\n" + pool_text("two"))

    assert (result.exit_code, result.output) == (0, "one.yaml:1: one is valid\none.yaml:15: two is valid\n")


def test_the_examples_are_valid() -> None:
    for file in sorted(ROOT.glob("examples/*.yaml")):
        assert validate(str(file)).exit_code == 0


def test_standard_input_is_a_file_like_any_other() -> None:
    result = validate("-", stdin=BROKEN)

    assert result.exit_code == 1
    assert result.output.startswith("-:13: spec.workers[0].queues[1]")


def test_other_kinds_are_passed_over_with_a_note() -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n---\njust: a map\n---\n"

    result = validate(pool=secret + pool_text())

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "pool.yaml:1: note: a Secret is no ReportWorkerPool; it was passed over",
        "pool.yaml:5: note: this is no Kubernetes object, for it has no kind; it was passed over",
        "pool.yaml:7: reports is valid",
    ]


def test_the_entries_of_a_list_are_pools_with_lines_of_their_own() -> None:
    items = [yaml.safe_load(pool_text("one")), yaml.safe_load(pool_text("two", paused="yes"))]
    whole = {"apiVersion": "v1", "kind": "List", "items": items}

    result = validate(pools=yaml.safe_dump(whole, sort_keys=False))

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        'pools.yaml:30: spec.paused: "yes" should be a valid boolean',
        "pools.yaml:4: one is valid",
    ]


def test_a_key_that_is_there_twice_is_an_error() -> None:
    result = validate(pool=pool_text() + "  image: another\n")

    assert result.exit_code == 1
    assert result.output == "pool.yaml:14: spec.image: is there twice, first in line 7; remove one of the two\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1\n", "pool.yaml:2: this is no YAML: while parsing a flow sequence, expected ',' or ']'"),
        ("kind: Secret\n", "there is no ReportWorkerPool to check"),
        ("", "there is no ReportWorkerPool to check"),
    ],
)
def test_a_file_that_holds_nothing_to_check_is_no_success(text: str, told: str) -> None:
    result = validate(pool=text)

    assert result.exit_code == 2
    assert told in result.output


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_checked() -> None:
    Path("latin.yaml").write_bytes(b"\xff\xfe\xfa")

    result = validate("absent.yaml", "latin.yaml", pool=pool_text())

    assert result.exit_code == 2
    assert result.output.splitlines() == [
        "absent.yaml:1: cannot be read: No such file or directory",
        "latin.yaml:1: cannot be read: it is not encoded in UTF-8",
        "pool.yaml:1: reports is valid",
    ]


def test_what_stands_before_a_syntax_error_is_checked() -> None:
    result = validate(pool=BROKEN + "---\n[")

    assert result.exit_code == 2
    assert "pool.yaml:13: spec.workers[0].queues[1]" in result.output


def test_programs_get_json() -> None:
    result = validate("--output", "json", pool=BROKEN)

    report = json.loads(result.output)
    assert (result.exit_code, report["valid"], report["pools"]) == (1, False, 1)
    assert report["findings"][0] == {
        "file": "pool.yaml",
        "line": 13,
        "level": "error",
        "message": '"two words" must have neither spaces nor commas',
        "pool": "reports",
        "field": "spec.workers[0].queues[1]",
    }


def test_two_pools_of_one_name_are_told() -> None:
    result = validate(one=pool_text(), two=pool_text())

    assert result.exit_code == 1
    assert "two.yaml:4: metadata.name: one.yaml:1 has the same; rename one of the two pools" in result.output


def test_two_groups_whose_children_would_have_one_name_are_told() -> None:
    longer = pool_text("a-b", workers=[{"name": "c", "queues": ["one"]}])
    shorter = pool_text("a", workers=[{"name": "b-c", "queues": ["two"]}])

    result = validate(one=longer, two=shorter)

    assert result.exit_code == 1
    assert result.output.splitlines()[0] == (
        "two.yaml:11: spec.workers[0].name: its Deployment would be a-b-c, as one of pool a-b in one.yaml:1; "
        "rename the pool or the group"
    )


def test_in_another_namespace_every_name_is_free() -> None:
    assert validate(one=pool_text(), two=pool_text(namespace="other", broker={"url": "redis://redis"})).exit_code == 0


@pytest.mark.parametrize(
    "broker",
    [{"url": "redis://redis:6379/0"}, {"urlSecretRef": {"name": "revrx-secrets", "key": "redis-url"}}],
    ids=["by URL", "by Secret"],
)
def test_a_queue_that_two_pools_take_is_a_warning(broker: dict[str, Any]) -> None:
    group = [{"name": "worker", "queues": ["shared"]}]

    result = validate(
        one=pool_text("one", broker=broker, workers=group), two=pool_text("two", broker=broker, workers=group)
    )

    assert result.exit_code == 0
    warning = result.output.splitlines()[0]
    assert ": warning: spec.workers[0].queues[0]: pool one in one.yaml:1 takes queue shared as well; both" in warning
    assert "two is valid" in result.output


def test_the_same_queue_of_another_redis_or_behind_another_prefix_is_another_queue() -> None:
    group = [{"name": "worker", "queues": ["shared"]}]
    brokers = [{"url": "redis://a/0"}, {"url": "redis://a/1"}, {"url": "redis://a/0", "globalKeyPrefix": "x."}]
    files = {f"p{n}": pool_text(f"p{n}", broker=broker, workers=group) for n, broker in enumerate(brokers)}

    assert "warning" not in validate(**files).output
