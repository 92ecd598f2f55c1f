"""An epoch that is read in shares."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .epoch import epoch_file, note
from .errors import WrongUse
from .job import Job, Share
from .plans import PlanBook
from .sample import Sample
from .stream import Stream


@dataclass(frozen=True)
class Workers:
    """The workers of a training run that share an epoch: those of each rank's DataLoader, over all ranks."""

    rank: int = 0
    world_size: int = 1

    @classmethod
    def of(cls, rank: int | None, world_size: int | None) -> Workers:
        """As given, else as the process group says, else as torchrun does."""
        if (rank is None) != (world_size is None):
            raise WrongUse("The options rank and world_size come together.")
        if rank is None or world_size is None:
            distributed = getattr(sys.modules.get("torch"), "distributed", None)
            if distributed is not None and distributed.is_available() and distributed.is_initialized():
                rank, world_size = distributed.get_rank(), distributed.get_world_size()
            else:
                rank, world_size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
        if not 0 <= rank < world_size:
            raise WrongUse(f"There is no rank {rank} of {world_size}.")
        return cls(rank, world_size)

    def share(self) -> Share:
        """This worker's share."""
        info = _worker()
        worker, count = (info.id, info.num_workers) if info is not None else (0, 1)
        return Share(self.rank * count + worker, self.world_size * count)


def pass_name() -> str | None:
    """The name of the pass that the workers of one loader make together; None if this process is no worker."""
    info = _worker()
    # Every worker of a loader has the same base seed, and another one in each pass.
    return f"seed {info.seed - info.id}" if info is not None else None


def _worker() -> Any:
    """What PyTorch says of this worker, if it is loaded."""
    data = getattr(getattr(sys.modules.get("torch"), "utils", None), "data", None)
    return data.get_worker_info() if data is not None else None


def read(job: Job, share: Share, name: str) -> Iterator[Sample]:
    """The samples of a share. At its end its plan is compared with those of the shares of the same pass."""
    epoch = epoch_file(job) if share.count > 1 else job.epoch
    with Stream(job, share, epoch) as stream:
        yield from stream
        if share.count > 1 and stream.manifest is not None:
            # Another part of the grant has another plan.
            part = f"{job.kinds} {job.apps} {job.days}"
            PlanBook(note(job, "plans")).agree(f"{name} {part}", share, stream.manifest)
