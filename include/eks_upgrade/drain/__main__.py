"""Drain nodes from the command line: `python -m include.eks_upgrade.drain --help`."""

import sys

from include.eks_upgrade.common.missing_package import explains_missing_package

with explains_missing_package():
    from include.eks_upgrade.drain.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
