"""The DAG `eks_fleet`: its tasks, the waits of its runs, and what outlives them."""
