"""What can be made to go wrong in a rehearsal: single calls, and how longer changes end."""

from include.rehearsal.faults.calls import ActiveFault, CallFaults, Fault
from include.rehearsal.faults.endings import AddonEnd, GroupEnd, UpdateEnd
from include.rehearsal.faults.fault_registry import FaultRegistry

__all__ = [
    "ActiveFault",
    "AddonEnd",
    "CallFaults",
    "Fault",
    "FaultRegistry",
    "GroupEnd",
    "UpdateEnd",
]
