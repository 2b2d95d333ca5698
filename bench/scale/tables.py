"""What was measured beside what was promised."""

from bench.result import Table
from bench.scale.measuring import Measured

MIB = 2**20


def figures(measured: Measured) -> Table:
    """Give the figures with their limits."""
    idle = measured.idle
    rows = [
        ("the operator starts and finds the pools: all children stand", f"{measured.found:.1f} s", "30 s"),
        (
            "pools are created while it is there: all children stand after the first",
            f"{measured.converged:.1f} s",
            "30 s",
        ),
        ("of this, creating the pools", f"{measured.created:.1f} s", ""),
        ("the same children from a client that decides nothing", f"{measured.bare:.1f} s", ""),
        ("ours, as a multiple of that", f"{measured.converged / measured.bare:.2f}", ""),
        ("all specs changed, until all workers are asked for", f"{measured.asked:.1f} s", ""),
        ("lateness of a tick, p50", f"{idle.lateness_p50 * 1000:.1f} ms", ""),
        ("lateness of a tick, p99", f"{idle.lateness_p99 * 1000:.1f} ms", "75 ms"),
        ("API writes a minute when idle, but the lease's", f"{idle.api_writes:.1f}", "0"),
        ("writes to pools, Deployments, PDBs by anybody", f"{idle.writes_to_pools:.1f}", ""),
        ("round trips a minute to Redis when idle", f"{idle.round_trips:.0f}", "120"),
        ("memory, resident", f"{idle.resident / MIB:.0f} MiB", "200 MiB"),
        ("memory, highest", f"{idle.highest / MIB:.0f} MiB", ""),
        ("cores when idle", f"{idle.cores:.2f}", "0.5"),
        ("cores while converging", f"{measured.cores_converging:.2f}", ""),
        ("burst in one pool: enqueue to replicas", f"{measured.burst:.2f} s", ""),
    ]
    title = f"{measured.pools} pools, {measured.workers} workers, {idle.ticks:.0f} ticks a minute"
    return Table(title, ("", "measured", "at most"), rows)
