"""Where shares of one epoch on one machine find its secret."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from .errors import NotConfigured
from .job import Job


def folder() -> Path:
    """A folder of this user in memory, which nobody else reads."""
    path = Path(f"/dev/shm/coffer-reader-{os.getuid()}")
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise NotConfigured(
            f"{path} cannot hold the epoch's secret: {error.strerror}.",
            hint="Name a file on a tmpfs by the option epoch.",
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise NotConfigured(
            f"{path} is not a folder of this user alone.", hint="Remove it, or name a file by the option epoch."
        )
    return path


def epoch_file(job: Job) -> str:
    """The file of the epoch: the job's own, or one in memory that workers of the same job find by its name."""
    return job.epoch if job.epoch is not None else str(folder() / f"{_name(job)}.epoch")


def note(job: Job, ending: str) -> str:
    """A file beside the epoch's, in which readers of the same job on one machine tell each other something."""
    given = job.epoch is not None and not job.epoch.startswith("/dev/fd/")
    path = f"{job.epoch}.{ending}" if given else str(folder() / f"{_name(job)}.{ending}")
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return path
    except OSError as error:
        raise NotConfigured(f"{path} cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
        raise NotConfigured(f"{path} is not a file of this user.", hint="Name another file by the option epoch.")
    return path


def _name(job: Job) -> str:
    home = job.environment()
    named = (job.grant, job.epoch, home.get("COFFER_HOME", ""), home.get("COFFER_JOB_KEY", ""))
    return hashlib.sha256(repr(named).encode()).hexdigest()[:16]
