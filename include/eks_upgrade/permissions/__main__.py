"""python -m include.eks_upgrade.permissions: policies and roles of one cluster, to be applied."""

import sys

from include.eks_upgrade.common.missing_package import explains_missing_package

with explains_missing_package():
    from include.eks_upgrade.permissions.cli import main

if __name__ == "__main__":
    sys.exit(main())
