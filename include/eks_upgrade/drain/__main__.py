"""Drain nodes from the command line: `python -m include.eks_upgrade.drain --help`."""

import sys

from include.eks_upgrade.drain.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
