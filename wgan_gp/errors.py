"""The Lab's errors: one small tree, so that a page or the command line catches one class and shows its sentence.

LabError
├── InvalidConfig     a value is out of range: the field, what was given, what is allowed
├── UnknownRun        no run has this id
├── UnknownGenerator  no shipped generator has this name
├── Refused           the request is understood but cannot be done now (a run is running, the home is read-only, ...)
├── Damaged           a file is not what it should be (truncated, altered, of a newer version)
├── DataMissing       a data set is not on this machine and cannot be fetched
└── DeviceMissing     the device asked for is not on this machine
"""

from __future__ import annotations


def is_out_of_memory(error: BaseException) -> bool:
    """Host and device: torch has a class of its own for CUDA, and a RuntimeError with these words for the host."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or "DefaultCPUAllocator" in str(error)


class LabError(Exception):
    """Base of all errors that are meant to be read by a person: ``str(error)`` is one sentence that says what to do."""


class InvalidConfig(LabError):
    """A value is out of range or of the wrong kind."""


class UnknownRun(LabError):
    """No run has this id."""


class UnknownGenerator(LabError):
    """No generator that ships has this name."""


class Refused(LabError):
    """The request is understood, but cannot be carried out now."""


class Damaged(LabError):
    """A stored file is truncated, altered or of a version this code cannot read."""


class DataMissing(LabError):
    """A data set is not on this machine and could not be downloaded."""


class DeviceMissing(LabError):
    """The device asked for is not on this machine."""
