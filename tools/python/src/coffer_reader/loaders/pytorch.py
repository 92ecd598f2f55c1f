"""PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from torch.utils.data import IterableDataset

from ..job import Job
from ..sample import Sample
from ..shares import Workers, pass_name, read


class Samples(IterableDataset):  # type: ignore[misc]
    """One pass over the samples of a grant for each iteration. Each worker of each rank reads one share.

    An item is what `transform` makes of a `Sample`; without it `{"key", "step", "image"}`. Give a DataLoader
    `batch_size=None` or a `collate_fn`, because steps differ in length.
    """

    def __init__(
        self,
        grant: Job | str | int,
        *,
        transform: Callable[[Sample], Any] | None = None,
        rank: int | None = None,
        world_size: int | None = None,
        **options: object,
    ) -> None:
        super().__init__()
        self.job = Job.of(grant, **options)
        self.transform = transform or as_item
        self.workers = Workers.of(rank, world_size)
        self._epoch = 0
        self._passes = 0

    def set_epoch(self, epoch: int) -> None:
        """Names the next pass, as a DistributedSampler does, so that ranks on one machine compare what they read."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[Any]:
        self._passes += 1
        # Workers that persist keep their seed, and ranks have seeds of their own.
        name = f"epoch {self._epoch}" if self.workers.world_size > 1 else f"{pass_name()} pass {self._passes}"
        for sample in read(self.job, self.workers.share(), name):
            yield self.transform(sample)


def as_item(sample: Sample) -> dict[str, Any]:
    return {"key": sample.key, "step": sample.step, "image": sample.image}
