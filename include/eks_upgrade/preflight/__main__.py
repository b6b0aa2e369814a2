"""python -m include.eks_upgrade.preflight: what could stop an upgrade, asked without Airflow.

    python -m include.eks_upgrade.preflight --cluster payments-prod --region eu-west-1 --to 1.36

docs/preflight.md has its exit codes and what each check asks.
"""

import sys

from include.eks_upgrade.common.missing_package import explains_missing_package

with explains_missing_package():
    from include.eks_upgrade.preflight.cli import preflight

if __name__ == "__main__":
    sys.exit(preflight())
