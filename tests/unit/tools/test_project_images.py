from pathlib import Path

import pytest

from tools.kind import project_images
from tools.kind.cache import REPOSITORY


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text("1")
    (tmp_path / "lock.txt").write_text("x==1")
    return tmp_path


def key(root: Path, base: str = "base") -> str:
    return project_images.key(root, ["app", "lock.txt"], base)


def test_nothing_changed_gives_the_same_key(root: Path) -> None:
    assert key(root) == key(root)


def test_what_python_leaves_behind_does_not_change_the_key(root: Path) -> None:
    before = key(root)
    (root / "app" / "__pycache__").mkdir()
    (root / "app" / "__pycache__" / "a.pyc").write_text("2")
    assert key(root) == before


def test_a_changed_renamed_or_added_file_and_another_base_each_change_the_key(root: Path) -> None:
    keys = [key(root), key(root, base="another")]
    (root / "app" / "a.py").write_text("2")
    keys.append(key(root))
    (root / "app" / "a.py").rename(root / "app" / "b.py")
    keys.append(key(root))
    (root / "app" / "c.py").touch()
    keys.append(key(root))
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("image", project_images.BUILT, ids=lambda image: image.image)
def test_the_key_covers_the_dockerfile_and_everything_it_takes_from_the_repository(image: project_images.Built) -> None:
    assert all((REPOSITORY / name).exists() for name in image.inputs)
    assert image.dockerfile in image.inputs or str(Path(image.dockerfile).parent) in image.inputs
