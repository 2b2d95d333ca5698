from tools.kind import pip_settings

LISTED = """:env:.cert='/etc/ca.pem'
global.index-url='https://mirror.example/simple'
global.cache-dir='/var/cache/pip'
"""


def test_variables_override_the_configuration_files() -> None:
    found = pip_settings.settings(LISTED, {"PIP_INDEX_URL": "https://other.example/simple"})
    assert found["index-url"] == "https://other.example/simple"


def test_a_path_of_this_machine_does_not_go_into_a_build() -> None:
    pip = pip_settings.settings(LISTED, {})
    assert pip_settings.configuration(pip, ca=False) == "[global]\nindex-url = https://mirror.example/simple\n"


def test_a_certificate_authority_is_read_from_its_secret() -> None:
    assert pip_settings.configuration({}, ca=True) == "[global]\ncert = /run/secrets/ca\n"


def test_a_machine_without_settings_passes_nothing_on() -> None:
    assert pip_settings.configuration(pip_settings.settings("", {}), ca=False) == ""
