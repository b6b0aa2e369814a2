"""The AWS side of the rehearsal: moto extended with what EKS does and moto does not."""
