"""What test_worker_guide.py needs to run every command line of docs/worker-guide.md."""

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("expectations", "monitors", "running", "worker_lines"))
)
