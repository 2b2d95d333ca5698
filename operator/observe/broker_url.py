"""A broker's URL as a Celery user writes it, read into what the operator connects by."""

SENTINEL_PORT = 26379


def seen_from_outside(host: str, namespace: str) -> str:
    """What the workers call ``redis`` is a Service of their namespace; the operator lives in one of its own.

    A Pod looks a name of one label up in its namespace first (kubernetes.io, "DNS for Services and Pods").
    """
    if not namespace or "." in host or ":" in host or host == "localhost":
        return host
    return f"{host}.{namespace}.svc"
