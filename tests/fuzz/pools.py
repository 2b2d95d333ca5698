"""Whole ReportWorkerPools: as their users mean them, with rules broken by chance, and with something broken in them."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from revrx_operator.api import KIND, rules
from revrx_operator.api.crd import resource_schema
from revrx_operator.api.validation import API_VERSION
from tests.fuzz.damage import damaged
from tests.fuzz.pod_templates import pod_templates
from tests.fuzz.schemas import Domain, values
from tests.fuzz.settling import settled

SCHEMA = resource_schema()

SECRETS = {
    "revrx-secrets": {"redis-url": "redis://127.0.0.1:1/0", "no-url": "none", "token": "t", "login": "me:secret"}
}
"""Secrets of every namespace of the fuzz."""

secret_names = st.sampled_from([*SECRETS, *SECRETS, "absent", "Not_A_Name"])
secret_keys = st.sampled_from(["redis-url", "redis-url", "no-url", "token", "login", "absent"])
secret_refs = st.fixed_dictionaries({"name": secret_names, "key": secret_keys})
optional_refs = st.fixed_dictionaries({"name": secret_names, "key": secret_keys}, optional={"optional": st.booleans()})

urls = st.one_of(
    st.sampled_from(["redis://127.0.0.1:1/0", "rediss://127.0.0.1:1", "redis://[::1]:1/15", "sentinel://127.0.0.1:1/0"]),
    st.sampled_from(
        [
            "redis://127.0.0.1:1/0\n", "redis://:pw@127.0.0.1:1", "http://127.0.0.1:1/0", "redis://", "redis:///0",
            "redis://127.0.0.1:1/reports", "redis://a b:1/0", "redis://127.0.0.1:99999/0", "redis://127.0.0.1:http",
            "sentinel://127.0.0.1:1;sentinel://127.0.0.1:2/1", "redis://127.0.0.1:1/0?timeout=3", "redis://[::1/0",
            "rediss://127.0.0.1:1?ssl_cert_reqs=never", "REDIS://127.0.0.1:1/0", "redis://127.0.0.1:1/" + "9" * 400,
        ]
    ),
    st.text(st.characters(codec="utf-8"), min_size=8, max_size=20).map(lambda text: f"redis://{text}"),
)  # fmt: skip

crons = st.sampled_from(
    ["0 8 * * 1-5", "0 18 * * 1-5", "*/15 0-6,22,23 1 JAN,jul MON", "0 0 30 2 *", "60 8 * * *", "0 18 L * *",
     "0 8 * *", "@daily", "0 8 * * 1-5\n", "0  8 * * *", "0 0 * * 5#3", "a b c d e", "0 0 31 4,6 *"]
)  # fmt: skip
zones = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "Etc/GMT+3",
        "Europe/Atlantis",
        "Europe",
        "CEST",
        "../etc/passwd",
        "europe/berlin",
        "UTC\n",
    ]
)

variables = st.one_of(
    st.from_regex("[A-Z_][A-Z0-9_]{0,12}", fullmatch=True),
    st.sampled_from([*rules.FROM_BROKER, *rules.FROM_OPERATOR, "CELERY_RESULT_BACKEND", "REDIS_PASSWORD", "a b", "A="]),
)
sources = st.one_of(
    st.fixed_dictionaries({"secretKeyRef": optional_refs}),
    st.fixed_dictionaries({"configMapKeyRef": optional_refs}),
    st.sampled_from(
        [
            {"fieldRef": {"fieldPath": "metadata.name"}},
            {"fieldRef": {"fieldPath": "spec.nonsense"}},
            {"fieldRef": {}},
            {"resourceFieldRef": {"resource": "limits.cpu"}},
            {"fileKeyRef": {"volumeName": "v", "path": "p", "key": "k"}},
            {},
        ]
    ),
    st.fixed_dictionaries({"secretKeyRef": optional_refs, "configMapKeyRef": optional_refs}),
)

queues = st.one_of(
    st.sampled_from(["reports", "urgent", "a:b", "ä", "a b", "a,b", "q" * 128, "\u00a0", "a\u2003b", "{q}"]),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
)
group_names = st.one_of(
    st.sampled_from(["worker", "urgent", "a", "b-c", "0", "w" * 32]),
    st.from_regex("[a-z0-9]([-a-z0-9]{0,6}[a-z0-9])?", fullmatch=True),
)

DOMAIN: Domain = {
    ".spec.image": st.sampled_from(["revrx/worker:dev", "i", "UPPER/Case", "i@sha256:0", "i" * 1024]),
    ".spec.app": st.sampled_from(["app.celery_app", "a:b", "a.b:c.d", "appé", "a" * 253]),
    ".spec.broker.url": urls,
    ".spec.broker.urlSecretRef": secret_refs,
    ".spec.broker.caSecretRef": secret_refs,
    ".spec.broker.sentinel.passwordSecretRef": secret_refs,
    ".spec.broker.sentinel.masterName": st.sampled_from(["reports", "a b", "m"]),
    ".spec.imagePullSecrets[].name": secret_names,
    ".spec.env[].name": variables,
    ".spec.env[].valueFrom": sources,
    ".spec.envFrom[]": st.one_of(
        st.fixed_dictionaries({"secretRef": st.fixed_dictionaries({"name": secret_names})}),
        st.fixed_dictionaries(
            {"configMapRef": st.fixed_dictionaries({"name": secret_names}, optional={"optional": st.booleans()})},
            optional={"prefix": st.sampled_from(["A_", "a b", ""])},
        ),
        st.just({}),
    ),
    ".spec.workers[].name": group_names,
    ".spec.drainedGroups[]": group_names,
    ".spec.flower.basicAuthSecretRef": secret_refs,
    ".spec.flower.podTemplate": pod_templates,
    ".spec.flower.image": st.sampled_from(["revrx/worker:dev", "UPPER/Case"]),
    ".spec.flower.resources.requests{}": st.sampled_from(["cpu", "memory", "a b"]),
    ".spec.flower.resources.limits{}": st.sampled_from(["cpu", "memory"]),
    ".spec.flower.resources.claims": st.sampled_from([[], [{"name": "gpu"}], [{"nonsense": 1}]]),
    ".spec.workers[].queues[]": queues,
    ".spec.workers[].podTemplate": pod_templates,
    ".spec.workers[].resources.requests{}": st.sampled_from(
        ["cpu", "memory", "nvidia.com/gpu", "hugepages-2Mi", "a b"]
    ),
    ".spec.workers[].resources.limits{}": st.sampled_from(["cpu", "memory", "ephemeral-storage", "nvidia.com/gpu"]),
    ".spec.workers[].resources.claims": st.sampled_from([[], [{"name": "gpu"}], [{"nonsense": 1}]]),
    ".spec.workers[].scaling.windows[].start": crons,
    ".spec.workers[].scaling.windows[].end": crons,
    ".spec.workers[].scaling.windows[].timeZone": zones,
}

names = st.one_of(
    st.sampled_from(["reports", "revrx-celery", "a", "0", "p" * 52]),
    st.from_regex("[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?", fullmatch=True),
    st.sampled_from(["a.b", "A", "-a", "a-", "p" * 64, "p" * 254, "a_b", "ä", "a\n"]),
)
metadata = st.fixed_dictionaries(
    {"name": names},
    optional={
        "labels": st.dictionaries(st.sampled_from(["app", "a/b", "a/b/c", "A B"]), st.sampled_from(["", "v", "a b"])),
        "annotations": st.dictionaries(st.sampled_from(["a", "a/b", "/", "a b"]), st.text(max_size=4), max_size=2),
    },
)
plain_metadata = st.fixed_dictionaries({"name": st.sampled_from(["reports", "revrx-celery", "a", "0", "p" * 30])})

specs = values(SCHEMA["properties"]["spec"], ".spec", DOMAIN)


def _resource(metadata: Any, spec: Any) -> dict[str, Any]:
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": spec}


loose = st.builds(_resource, metadata, specs)
"""Each field for itself as the schema has it; rules between fields are broken by chance."""

sound = st.builds(_resource, plain_metadata, specs.map(deepcopy).map(settled))
"""What a user could mean; only its pod templates, Secrets and the like may be wrong."""

broken = sound.flatmap(lambda pool: damaged(pool, SCHEMA))
"""Sound but for one to three things."""

pools = st.one_of(sound, sound, broken, broken, loose)
