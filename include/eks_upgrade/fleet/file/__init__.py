"""The file in which a team writes what its fleet is and how it is upgraded."""
