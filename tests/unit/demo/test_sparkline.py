import pytest

from tools.demo.sparkline import sparkline


@pytest.mark.parametrize(
    ("values", "width", "top", "line"),
    [
        ([], 8, 0, ""),
        ([0, 0], 8, 0, "  "),
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], 9, 8, " ▁▂▃▄▅▆▇█"),
        ([0, 1, 200], 8, 200, " ▁█"),
        ([0, 0, 0, 9, 0, 0, 0, 0], 4, 9, " █  "),
        ([1, 2, 3], 2, 3, "▃█"),
    ],
)
def test_a_history_fits_the_width_and_loses_no_peak(values: list[int], width: int, top: int, line: str) -> None:
    assert sparkline(values, width, top) == line
