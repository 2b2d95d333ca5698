"""A Celery app that says nothing about its Redis: the environment and revrx_worker do."""

from celery import Celery

import revrx_worker

app = Celery("echo")
app.conf.update(task_default_queue="reports", task_acks_late=True)
revrx_worker.join(app)


@app.task(name="echo")
def echo(word: str) -> str:
    return word
