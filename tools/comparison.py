"""The figures and the picture of docs/comparison.md, taken from what the benches have kept."""

from collections.abc import Mapping, Sequence
from html import escape

from tools.results import Row, kept_result

REACTION = "Seconds from the enqueue"
KILLER = "Reports of 20 to 60 s"
TRACES = ("Steady", "Bursty", "Working day")
RIVALS = ("KEDA, defaults", "KEDA, fastest", "KEDA, fastest and thriftiest")
HPAS = ("CPU HPA, busy worker at 40 %", "CPU HPA, busy worker at 80 %")

WIDTH, LEFT, ROW, BAR, TOP = 900, 300, 66, 14, 56
SERIES = (("first p95", "first replica asked for", "#0b7a53"), ("ten p95", "all ten asked for", "#c8553d"),
          ("Ready p95", "all ten Ready", "#8a94a0"))  # fmt: skip
GREY = "#5b6470"


def reaction_table() -> str:
    """Seconds at p95 until a queue that fills is answered."""
    columns = {"first p95": "first replica in spec", "ten p95": "all ten in spec", "Ready p95": "all ten Ready"}
    return _quoted("reaction", _picked(kept_result("reaction").table(REACTION), columns))


def killer_table() -> str:
    """What became of the reports that ran while the workers were taken away."""
    columns = {
        "reports": "reports",
        "interrupted": "interrupted",
        "started again": "started again",
        "not completed": "not completed",
        "busy pods taken": "busy pods taken",
        "minimum p50": "seconds to the minimum, p50",
    }
    return _quoted("killer", _picked(kept_result("killer").table(KILLER), columns))


def policy_table() -> str:
    """Wait, cost and interrupted tasks of each rule on each trace: means, without their ranges."""
    policy = kept_result("policy")
    traces = {trace: policy.table(f"{trace}:") for trace in TRACES}
    rows = {
        rule: {trace.lower(): _outcome(rows[rule]) for trace, rows in traces.items()}
        for rule in ("ours", *RIVALS, *HPAS)
    }
    return _quoted("policy", _table(rows))


def _outcome(row: Row) -> str:
    wait, hours, interrupted = (row[column].split(" ")[0] for column in ("p95 wait", "replica-hours", "interrupted"))
    return f"{wait} s · {hours} h · {interrupted}"


def scale_table() -> str:
    """What a thousand pools cost."""
    measured = kept_result("scale").table("1000 pools")
    chosen = ("lateness of a tick, p99", "API writes a minute when idle", "round trips a minute to Redis when idle",
              "memory, resident", "cores when idle", "burst in one pool: enqueue to replicas")  # fmt: skip
    return _quoted("scale", _table({what: {"measured": measured[what]["measured"]} for what in chosen}))


def _picked(rows: Mapping[str, Row], columns: Mapping[str, str]) -> str:
    return _table({name: {title: row[column] for column, title in columns.items()} for name, row in rows.items()})


def _table(rows: Mapping[str, Row]) -> str:
    columns: Sequence[str] = list(next(iter(rows.values())))
    lines = [["", *columns], ["---", *["---:"] * len(columns)], *([name, *row.values()] for name, row in rows.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _quoted(name: str, table: str) -> str:
    return f"{table}\n\n[{name}](../bench/results/{name}.md): {kept_result(name).made}"


def reaction_picture() -> str:
    """Bars of ``reaction_table``, as SVG."""
    rows = kept_result("reaction").table(REACTION)
    longest = max(float(row[column]) for row in rows.values() for column, _, _ in SERIES)
    groups = [_bars(name, row, TOP + place * ROW, longest) for place, (name, row) in enumerate(rows.items())]
    height = TOP + len(rows) * ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="13" role="img"><title>Seconds from 50 waiting tasks to replicas, p95</title>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>\n' + "\n".join([_legend(), *groups]) + "\n</svg>\n"
    )


def _legend() -> str:
    heading = f'<text x="12" y="24" fill="{GREY}">seconds from the enqueue, p95</text>'
    named = [
        f'<rect x="{LEFT + 190 * place}" y="13" width="12" height="12" fill="{colour}"/>'
        f'<text x="{LEFT + 18 + 190 * place}" y="24" fill="{GREY}">{escape(title)}</text>'
        for place, (_, title, colour) in enumerate(SERIES)
    ]
    return "\n".join([heading, *named])


def _bars(name: str, row: Row, top: int, longest: float) -> str:
    middle = top + len(SERIES) * (BAR + 2) / 2 + 4
    drawn = [f'<text x="{LEFT - 12}" y="{middle:.0f}" text-anchor="end" font-weight="bold">{escape(name)}</text>']
    for place, (column, _, colour) in enumerate(SERIES):
        y, length = top + place * (BAR + 2), (WIDTH - LEFT - 60) * float(row[column]) / longest
        drawn.append(
            f'<rect x="{LEFT}" y="{y}" width="{max(length, 1):.1f}" height="{BAR}" fill="{colour}"/>'
            f'<text x="{LEFT + max(length, 1) + 6:.1f}" y="{y + 12}" fill="{GREY}">{row[column]}</text>'
        )
    return "\n".join(drawn)
