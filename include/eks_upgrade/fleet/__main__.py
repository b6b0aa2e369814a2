"""python -m include.eks_upgrade.fleet: look at a fleet before it counts. Changes nothing in AWS.

    python -m include.eks_upgrade.fleet check
    python -m include.eks_upgrade.fleet plan --until 2026-12-31
    python -m include.eks_upgrade.fleet schema

docs/fleet.md has more. Exit code 0: done. 1: AWS, or a file other than the fleet file, could not be
read. 2: the command line or the fleet file is wrong, and standard error says what, with lines.
"""

import sys

from include.eks_upgrade.common.missing_package import explains_missing_package

with explains_missing_package():
    from include.eks_upgrade.fleet.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
