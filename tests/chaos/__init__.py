"""The chaos suite: what a pool depends on fails while reports run, one thing after another.

`python -m tests.chaos` plays each fault on a pool that is busy and about to grow. No report is lost or stored twice,
the operator takes no busy worker away, and within a minute of the end of the fault the pool stands where its queue
wants it.

The stage, the slow reports and the eyes are those of the killer test (`tests.e2e.killer`): nobody asks what is under
test how it is. Two operators run, of which one acts.
"""
