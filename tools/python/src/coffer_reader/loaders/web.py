"""WebDataset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import webdataset

from ..job import Job
from ..sample import Sample
from ..shares import Workers, pass_name, read


class Source:
    """The first stage of a pipeline: samples as WebDataset has them. Each worker of each rank reads one share."""

    def __init__(self, job: Job, workers: Workers) -> None:
        self.job = job
        self.workers = workers
        self._passes = 0

    def __call__(self) -> Iterator[dict[str, Any]]:
        share = self.workers.share()
        self._passes += 1
        for sample in read(self.job, share, f"{pass_name()} pass {self._passes}"):
            yield self._members(sample, share)

    def _members(self, sample: Sample, share: object) -> dict[str, Any]:
        members: dict[str, Any] = {"__key__": sample.key, "__url__": f"coffer:{self.job.grant}#{share}"}
        if sample.image is not None:
            members[sample.ending] = sample.image
        return {**members, "json": sample.json}


class Samples(webdataset.DataPipeline, webdataset.compat.FluidInterface):  # type: ignore[misc]
    """Has the methods of a `WebDataset`: decode, to_tuple, map, shuffle, batched …"""


def samples(grant: Job | str | int, rank: int | None, world_size: int | None, **options: object) -> Any:
    return Samples(Source(Job.of(grant, **options), Workers.of(rank, world_size)))
