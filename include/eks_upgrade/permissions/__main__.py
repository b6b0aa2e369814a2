"""python -m include.eks_upgrade.permissions: the policies and roles of one cluster, to be applied."""

import sys

from include.eks_upgrade.permissions.cli import main

if __name__ == "__main__":
    sys.exit(main())
