"""The killer test: forty reports of 20 to 60 s run on ten workers, the queue is emptied, the pool wants to shrink.

Whatever happens meanwhile, no report is interrupted, none is started twice, no Ready worker is deaf for half a minute,
and in the end the pool stands at its minimum. `python -m tests.e2e.killer` plays every scenario ten times.

How it is seen, without asking what is under test:

- `in_cluster/slow.py` is the app that the workers run: the product's own, with an engine that only takes time.
  It writes down in PostgreSQL when each run begins and ends, and on which pod; a trigger writes down every result.
- `pods` follows the workers' pods by a watch, and knows to the second when the deletion of each was asked for.
- `in_cluster/tell.py` listens to the workers' heartbeats, which say from which queues they take tasks.
- `deafness` and `verdict` judge; they are pure.

Any way of scaling the same Deployment can be the `subject`: the bench `killer` puts KEDA in the operator's place.
"""
