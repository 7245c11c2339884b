"""`python -m studies` is the command `breakeven`."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # `-m` puts the working folder first on the path, where a stray numpy.py would be imported for numpy.
    # The folder
    # is needed only when it is the one this package lies in.
    root = Path(__file__).resolve().parent.parent
    if sys.path and Path(sys.path[0] or ".").resolve() != root:
        del sys.path[0]
    from studies.cli import main

    sys.exit(main())
