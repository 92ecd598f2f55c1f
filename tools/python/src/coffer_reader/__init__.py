"""Samples of a grant of Coffer's, in the libraries that train.

This package has no cryptography in it. It starts `coffer job open` and reads its stream; the program asks, opens and
refuses. A stream that has no end raises an error, always: what came of it is not an epoch.

    import coffer_reader
    for sample in coffer_reader.samples("48320"): print(sample.step["action"])

Options are those of `coffer job open`, as `Job` has them.
"""

from __future__ import annotations

from typing import Any

from .errors import (
    CofferError,
    CutStream,
    NotConfigured,
    NotFound,
    PlansDiffer,
    Refused,
    SamplesMustGo,
    Tampered,
    TryLater,
    WrongUse,
    reason,
)
from .job import Job, Share
from .manifest import Manifest
from .plans import require_plan
from .sample import Sample
from .stream import Stream
from .stream import survey as _survey

__all__ = [
    "CofferError",
    "CutStream",
    "Job",
    "Manifest",
    "NotConfigured",
    "NotFound",
    "PlansDiffer",
    "Refused",
    "Sample",
    "SamplesMustGo",
    "Share",
    "Stream",
    "Tampered",
    "TryLater",
    "WrongUse",
    "arrow",
    "huggingface",
    "pandas",
    "pytorch",
    "reason",
    "require_plan",
    "samples",
    "survey",
    "webdataset",
]

Grant = Job | str | int


def samples(grant: Grant, *, share: Share = Share(), **options: object) -> Stream:
    """The samples of a grant, one after the other."""
    job = Job.of(grant, **options)
    return Stream(job, share, job.epoch)


def survey(grant: Grant, **options: object) -> Manifest:
    """Who is live now, and the plan of the shares, for the price of the index weeks."""
    job = Job.of(grant, **options)
    return _survey(job, job.epoch)


def webdataset(grant: Grant, *, rank: int | None = None, world_size: int | None = None, **options: object) -> Any:
    """A dataset with the methods of WebDataset. A share without samples is no error."""
    from .loaders import web

    return web.samples(grant, rank, world_size, **options)


def pytorch(grant: Grant, **options: Any) -> Any:
    """A PyTorch IterableDataset (`loaders.pytorch.Samples`) for a DataLoader with any number of workers."""
    from .loaders.pytorch import Samples

    return Samples(grant, **options)


def huggingface(grant: Grant, *, shares: int = 1, **options: object) -> Any:
    """An IterableDataset of Hugging Face, in so many shares; nothing is cached."""
    from .loaders import hugging

    return hugging.samples(grant, shares, **options)


def arrow(grant: Grant, *, rows: int = 1024, **options: object) -> Any:
    """A RecordBatchReader of Arrow, with batches of at most so many rows."""
    from .loaders import tables

    return tables.arrow(grant, rows, **options)


def pandas(grant: Grant, **options: object) -> Any:
    """A DataFrame with all samples, in memory."""
    from .loaders import tables

    return tables.pandas(grant, **options)
