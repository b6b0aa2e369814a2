"""python -m include.eks_upgrade.plan: the plan of an upgrade, made and printed without Airflow.

python -m include.eks_upgrade.plan --cluster payments-prod --region eu-west-1 --to 1.36
"""

import sys

from include.eks_upgrade.common.missing_package import explains_missing_package

with explains_missing_package():
    from include.eks_upgrade.preflight.cli import plan

if __name__ == "__main__":
    sys.exit(plan())
