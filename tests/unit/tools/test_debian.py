import pytest

from tools.kind.debian import mirror

DEB822 = """Types: deb
# deb http://commented.example/debian
URIs: http://mirror.example/debian/
Suites: bookworm
"""


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        (DEB822, "http://mirror.example/debian"),
        ("deb [signed-by=/k.gpg] https://mirror.example/debian bookworm main", "https://mirror.example/debian"),
        ("deb http://mirror.example/debian-security bookworm-security main", None),
        ("# deb http://mirror.example/debian bookworm main", None),
    ],
)
def test_the_archive_is_taken_from_apts_own_sources(sources: str, found: str | None) -> None:
    assert mirror(sources) == found
