"""Load test: `python scripts/load_test_async_reports.py --help`. The same as `revrx-reports load-test`."""

import sys

from app.cli import main

if __name__ == "__main__":
    main(["load-test", *sys.argv[1:]], prog_name="load_test_async_reports.py")
