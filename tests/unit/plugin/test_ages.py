import pytest
from click.testing import CliRunner

from revrx_operator.cli import kubectl
from revrx_operator.plugin.ages import Duration, age


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.9, "0s"), (119, "119s"), (120, "2m"), (200, "3m20s"), (600, "10m"), (10799, "179m"), (10800, "3h"),
        (11100, "3h5m"), (28800, "8h"), (172799, "47h"), (172800, "2d"), (180000, "2d2h"), (864000, "10d"),
    ],
)  # fmt: skip
def test_ages_are_said_as_kubectl_says_them(seconds: float, said: str) -> None:
    assert age(seconds) == said


@pytest.mark.parametrize(("said", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("0", 0), ("1.5s", 1.5)])
def test_durations_are_read_as_kubectl_reads_them(said: str, seconds: float) -> None:
    assert Duration().convert(said, None, None) == seconds


@pytest.mark.parametrize("said", ["10", "soon", "-5m", "5 m", ""])
def test_what_is_no_duration_is_refused_with_examples(said: str) -> None:
    ended = CliRunner().invoke(kubectl, ["drain", "reports", "--timeout", said], prog_name="kubectl revrx")

    assert ended.exit_code == 2
    assert f"{said!r} is no duration; give one such as 90s, 10m or 1h30m" in ended.stderr
