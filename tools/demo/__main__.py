"""``python -m tools.demo``."""

import signal
import sys

# Until something has been started, an interrupt simply ends the process: no traceback out of an import.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from tools.demo.main import main  # noqa: E402 - see above

sys.exit(main(sys.argv[1:]))
