"""Lifting what a dead run left behind: its lock, its cordons, its taint and its cap.

Everything is found by the marks of `marks.py` alone; what carries none is somebody else's and
stays. `lock.py` and `judgement.py` decide, `lift.py` looks and lifts.
"""
