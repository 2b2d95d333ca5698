"""The values of the network policies."""

from pydantic import Field

from tools.chart.section import Objects, Port, Section


class ApiServer(Section):
    """The way to the API server. Policies see its own address and port, not those of its Service."""

    to: Objects = Field([], description="Peers, such as `{ipBlock: {cidr: 10.0.0.10/32}}`; empty: anywhere.")
    ports: list[Port] = Field([443, 6443], min_length=1, description="Its ports.")


class Redis(Section):
    """The way to Redis, of operator and workers. Every Redis that a pool names must be among the peers."""

    to: Objects = Field([], description="Peers; empty: anywhere.")
    ports: list[Port] = Field([6379, 26379], min_length=1, description="Ports of Redis and of its Sentinels.")


class Workers(Section):
    """A policy for the workers in every namespace that is served; not with `watchNamespaces: [\"*\"]`."""

    enabled: bool = Field(False, description="Whether it is made. Nobody reaches a worker then but for its metrics.")
    egress: Objects = Field(
        [],
        description="Rules beside DNS and Redis, in the shape of a NetworkPolicy: the database, and the APIs that "
        "reports call.",
    )


class NetworkPolicy(Section):
    """The network of the operator. Needs a network plugin that knows policies; one that does not ignores them."""

    enabled: bool = Field(False, description="Whether there is a policy for the operator.")
    metrics_from: Objects = Field(
        [],
        description="Who may read the metrics of operator and workers; empty: anybody. `revrx-operator explain` comes "
        "from the API server.",
    )
    dns_to: Objects = Field([], description="Where DNS is, port 53; empty: anywhere.")
    api_server: ApiServer = ApiServer()
    redis: Redis = Redis()
    workers: Workers = Workers()
