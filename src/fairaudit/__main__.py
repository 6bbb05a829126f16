"""The command line, for ``python -m fairaudit``."""

from __future__ import annotations

from fairaudit.cli.app import main

if __name__ == "__main__":
    main()
