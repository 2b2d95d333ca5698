"""The documentation as a site: each link leads somewhere, each page is there, and nothing is fetched from elsewhere."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FETCHED = re.compile(r"""<(?:script|img|iframe)[^>]*\ssrc=["']?([^"'\s>]+)|<link[^>]*\shref=["']?([^"'\s>]+)""")
IMPORTED = re.compile(r"""(?:@import\s*["']|url\(["']?)((?:https?:)?//[^"')]+)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, as ``make docs`` builds it."""
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT / "properdocs.yml", folder)
    assert done.returncode == 0, done.stderr
    return folder


def build(config: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "properdocs", "build", "--strict"]
    options = ["--config-file", str(config), "--site-dir", str(folder)]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False)


def test_every_page_of_the_documentation_is_in_it(site: Path) -> None:
    pages = [page.relative_to(ROOT) for page in (ROOT / "docs").rglob("*.md")]

    assert [
        page for page in pages if page.name != "README.md" and not (site / page).with_suffix(".html").exists()
    ] == []
    assert "Beside KEDA and the plain HPA" in (site / "docs" / "comparison.html").read_text()


def test_it_works_offline(site: Path) -> None:
    fetched = [
        found
        for page in site.rglob("*.html")
        for links in FETCHED.findall(page.read_text())
        for found in links
        if re.match(r"(https?:)?//", found)
    ]
    imported = [found for sheet in site.rglob("*.css") for found in IMPORTED.findall(sheet.read_text())]

    assert fetched == []
    assert imported == []


def test_a_list_or_block_of_one_page_is_one_on_the_site(site: Path) -> None:
    """GitHub's Markdown and the site's differ in what they take for a block."""
    unread = [
        page.relative_to(site)
        for page in (site / "docs").rglob("*.html")
        if "```" in page.read_text() or re.search(r"<p>\s*(?:[-*]|1\.) ", page.read_text())
    ]

    assert unread == []


@pytest.mark.parametrize("link", ["nowhere.md", "index.md#nowhere", "../examples/nowhere.yaml", "../examples/"])
def test_a_link_that_leads_nowhere_fails(link: str, tmp_path: Path) -> None:
    settings = (ROOT / "properdocs.yml").read_text()
    pages = tmp_path / "pages"
    (pages / "docs").mkdir(parents=True)
    (pages / "docs" / "index.md").write_text(f"# Here\n\n[there]({link})\n")
    shutil.copy(ROOT / "docs" / "site.css", pages / "docs")
    config = tmp_path / "properdocs.yml"
    config.write_text(
        settings[: settings.index("nav:\n- ")].replace("tools/site/pages", "pages") + "nav: [docs/index.md]\n"
    )

    done = build(config, tmp_path / "site")

    assert done.returncode == 1
    assert link.removeprefix("index.md") in done.stderr
