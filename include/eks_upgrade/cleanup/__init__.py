"""Lifting what a dead run left behind: its lock, its cordons, its taint and its cap.

Everything is found by the marks of `marks.py` alone; what carries none is somebody else's and
stays. `judgement.py` decides, `release.py` looks and lifts; whether the lock may be taken is in
`lock/takeover.py`.
"""
