"""What a rehearsal can be told to get wrong: single calls, and what becomes of the world."""

from include.rehearsal.faults.calls import CallFaults, Fault, Standing
from include.rehearsal.faults.endings import AddonEnd, GroupEnd, UpdateEnd
from include.rehearsal.faults.fault_registry import Faults

__all__ = ["AddonEnd", "CallFaults", "Fault", "Faults", "GroupEnd", "Standing", "UpdateEnd"]
