from revrx_operator.api.spec import PoolSpec
from revrx_operator.api.validation import parse_spec
from revrx_operator.resources.secrets import SecretNeed, login_secrets, required_secrets

WORKERS = [{"name": "worker", "queues": ["reports"]}]


def test_a_pool_with_a_plain_url_needs_no_secret() -> None:
    assert required_secrets(parse_spec({"image": "i", "broker": {"url": "redis://r:6379"}, "workers": WORKERS})) == ()


def test_the_secrets_of_broker_env_and_env_from_are_needed_unless_optional() -> None:
    spec = parse_spec(
        {
            "image": "i",
            "broker": {"urlSecretRef": {"name": "redis", "key": "url"}},
            "env": [
                {"name": "A", "value": "a"},
                {"name": "B", "valueFrom": {"secretKeyRef": {"name": "b", "key": "k"}}},
                {"name": "C", "valueFrom": {"secretKeyRef": {"name": "c", "key": "k", "optional": True}}},
                {"name": "D", "valueFrom": {"configMapKeyRef": {"name": "d", "key": "k"}}},
            ],
            "envFrom": [
                {"secretRef": {"name": "e"}},
                {"secretRef": {"name": "f", "optional": True}},
                {"configMapRef": {"name": "g"}},
            ],
            "workers": WORKERS,
        }
    )
    assert required_secrets(spec) == (
        SecretNeed("redis", "url", "spec.broker.urlSecretRef"),
        SecretNeed("b", "k", "spec.env[1].valueFrom.secretKeyRef"),
        SecretNeed("e", None, "spec.envFrom[0].secretRef"),
    )


def test_ca_and_password_of_the_sentinels_are_needed() -> None:
    broker = {
        "urlSecretRef": {"name": "redis", "key": "url"},
        "caSecretRef": {"name": "tls", "key": "ca.crt"},
        "sentinel": {"masterName": "m", "passwordSecretRef": {"name": "redis", "key": "sentinel"}},
    }
    assert required_secrets(parse_spec({"image": "i", "broker": broker, "workers": WORKERS})) == (
        SecretNeed("redis", "url", "spec.broker.urlSecretRef"),
        SecretNeed("tls", "ca.crt", "spec.broker.caSecretRef"),
        SecretNeed("redis", "sentinel", "spec.broker.sentinel.passwordSecretRef"),
    )


def test_who_may_enter_flower_is_needed_where_there_is_one_and_by_no_worker() -> None:
    def spec(enabled: bool) -> PoolSpec:
        flower = {"enabled": enabled, "basicAuthSecretRef": {"name": "flower", "key": "login"}}
        return parse_spec({"image": "i", "broker": {"url": "redis://r:6379"}, "workers": WORKERS, "flower": flower})

    assert login_secrets(spec(True)) == (SecretNeed("flower", "login", "spec.flower.basicAuthSecretRef"),)
    assert login_secrets(spec(False)) == ()
    assert required_secrets(spec(True)) == ()
