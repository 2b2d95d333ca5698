"""Partial pod templates, sound and broken: the schema lets all of them through, the API server takes half of them."""

from typing import Any

from hypothesis import strategies as st

SOUND: tuple[dict[str, Any], ...] = (
    {},
    {"metadata": {"labels": {"team": "reports"}, "annotations": {"a/b": "c"}}},
    {"spec": {"nodeSelector": {"disktype": "ssd"}, "priorityClassName": "high"}},
    {"spec": {"containers": [{"name": "worker", "args": None, "command": ["sleep", "1"]}]}},
    {"spec": {"containers": [{"name": "worker", "env": [{"name": "REDIS_URL", "$patch": "delete"}]}]}},
    {"spec": {"containers": [{"name": "beside", "image": "busybox"}], "terminationGracePeriodSeconds": 7}},
    {"spec": {"containers": [{"name": "worker", "livenessProbe": None, "readinessProbe": {"$patch": "delete"}}]}},
    {"spec": {"containers": [{"name": "worker", "ports": [{"containerPort": 8000}, {"containerPort": 9540}]}]}},
    {"spec": {"volumes": [{"name": "revrx", "emptyDir": {"medium": "Memory"}}]}},
    {"spec": {"tolerations": [{"operator": "Exists"}]}},
    {"spec": {"initContainers": [{"name": "migrate", "image": "i", "command": ["true"]}]}},
    {"spec": {"topologySpreadConstraints": [
        {"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {}},
    ]}},
    {"metadata": {"labels": {"revrx.io/pool": "somebody-else", "revrx.io/group": None}}},
    {"spec": {"securityContext": {"runAsNonRoot": True}, "shareProcessNamespace": None}},
)  # fmt: skip

BROKEN: tuple[dict[str, Any], ...] = (
    {"spec": None},
    {"spec": {"containers": None}},
    {"spec": {"containers": []}},
    {"spec": {"containers": "worker"}},
    {"spec": {"containers": ["worker"]}},
    {"spec": {"containers": [{"image": "without-a-name"}]}},
    {"spec": {"containers": [{"name": "worker", "$patch": "delete"}]}},
    {"spec": {"containers": [{"$patch": "replace"}]}},
    {"spec": {"containers": [{"name": "Beside_Me", "image": "i"}]}},
    {"spec": {"containers": [{"name": "beside"}]}},
    {"spec": {"containers": [{"name": 7}]}},
    {"spec": {"containers": [{"name": "worker", "image": None}]}},
    {"spec": {"containers": [{"name": "worker", "env": [{"name": "A=B", "value": "c"}]}]}},
    {"spec": {"containers": [{"name": "worker", "env": [{"name": "A", "value": 1}]}]}},
    {"spec": {"containers": [{"name": "worker", "env": "A=1"}]}},
    {"spec": {"containers": [{"name": "worker", "env": [{"value": "nameless"}, {"value": "nameless"}]}]}},
    {"spec": {"containers": [{"name": "worker", "ports": [{"containerPort": 0}]}]}},
    {"spec": {"containers": [{"name": "worker", "ports": [{"containerPort": "http"}]}]}},
    {"spec": {"containers": [{"name": "worker", "ports": [{"name": "a"}, {"name": "a"}]}]}},
    {"spec": {"containers": [{"name": "worker", "resources": {"limits": {"cpu": "a lot"}}}]}},
    {"spec": {"containers": [{"name": "worker", "resources": {"limits": {"memory": "1Ki"}}}]}},
    {"spec": {"containers": [{"name": "worker", "volumeMounts": [{"name": "absent", "mountPath": "/a"}]}]}},
    {"spec": {"containers": [{"name": "worker", "volumeMounts": [{"mountPath": "/a"}, {"name": "revrx"}]}]}},
    {"spec": {"containers": [{"name": "worker", "livenessProbe": {"httpGet": {"port": 80}}}]}},
    {"spec": {"containers": [{"name": "worker", "imagePullPolicy": "Sometimes"}]}},
    {"spec": {"containers": [{"name": "worker", "nonsense": True}]}},
    {"spec": {"volumes": [{"name": "revrx", "secret": {"secretName": "s"}}]}},
    {"spec": {"volumes": [{"name": "a"}, {"name": "a"}]}},
    {"spec": {"volumes": {"name": "a"}}},
    {"spec": {"volumes": [{"$patch": "replace"}]}},
    {"spec": {"restartPolicy": "Never"}},
    {"spec": {"terminationGracePeriodSeconds": -1}},
    {"spec": {"terminationGracePeriodSeconds": "300"}},
    {"spec": {"terminationGracePeriodSeconds": 1.5}},
    {"spec": {"nodeSelector": {"disk": 7}}},
    {"spec": {"nodeSelector": []}},
    {"spec": {"tolerations": [{"operator": "Perhaps"}]}},
    {"spec": {"securityContext": {"runAsUser": "root"}}},
    {"spec": {"hostNetwork": "yes"}},
    {"spec": {"imagePullSecrets": [{"name": "a"}, {"name": "a"}, {}]}},
    {"spec": {"topologySpreadConstraints": [{"topologyKey": "zone"}]}},
    {"spec": {"nonsense": {"deep": [1, 2, {"a": None}]}}},
    {"metadata": {"labels": {"a b": "c"}}},
    {"metadata": {"labels": {"a": 7}}},
    {"metadata": {"labels": None}},
    {"metadata": {"labels": "a=b"}},
    {"metadata": {"annotations": {"a": {"b": "c"}}}},
    {"metadata": "none"},
    {"spec": "none"},
    {"template": {"spec": {}}},
    {"$patch": "delete"},
    {"$patch": "replace", "spec": {"containers": [{"name": "worker", "image": "i"}]}},
    {"$patch": "sideways"},
    {"spec": {"$patch": "delete"}},
    {"spec": {"containers": [{"name": "worker", "$patch": ["delete"]}]}},
    {"spec": {"$retainKeys": ["containers"]}},
    {"spec": {"$setElementOrder/containers": [{"name": "worker"}]}},
    {"spec": {"$deleteFromPrimitiveList/x": ["a"]}},
)

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text("ab$ ", max_size=4), st.floats(0, 1)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(["name", "spec", "containers", "env", "$patch", "metadata"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)

any_objects = st.dictionaries(
    st.sampled_from(["metadata", "spec", "containers", "$patch", "nonsense"]), json_values, max_size=3
)

pod_templates = st.one_of(
    st.just({}), st.sampled_from(SOUND), st.sampled_from(SOUND), st.sampled_from(BROKEN), any_objects
)
