"""The demo: real Redis, real workers, 200 real reports, and the pool scaling 0 -> N -> 0 before one's eyes."""
