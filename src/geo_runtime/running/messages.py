"""The content of a message that starts a job: its id, and nothing else."""

from typing import Final, TypeGuard

TASK: Final = "geo_runtime.run_job"
"""Celery's name of the only task."""
_LARGEST_ID: Final = 2**63 - 1


def is_job_id(value: object) -> TypeGuard[int]:
    """Whether a value could be the id of a row; no other value may reach a statement."""
    return type(value) is int and 0 < value <= _LARGEST_ID
