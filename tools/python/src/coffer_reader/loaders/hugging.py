"""Hugging Face's datasets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import datasets

from ..job import Job, Share
from ..shares import pass_name, read


def samples(grant: Job | str | int, shares: int, **options: object) -> Any:
    """Shares are divided among the workers of a DataLoader and the nodes of `split_dataset_by_node`."""
    job = Job.of(grant, **options)
    parts = [Share(index, shares) for index in range(shares)]
    return datasets.IterableDataset.from_generator(
        rows, features=features(job), gen_kwargs={"job": job, "shares": parts, "name": uuid.uuid4().hex}
    )


def rows(job: Job, shares: list[Share], name: str) -> Iterator[dict[str, Any]]:
    for share in shares:
        for sample in read(job, share, pass_name() or name):
            row = {"key": sample.key, **sample.step}
            if sample.image is not None:
                row["image"] = sample.image if sample.ending == "npy" else {"bytes": sample.image, "path": None}
            yield row


def features(job: Job) -> Any:
    """Every column and its type, so that none is inferred from the first samples."""
    text, whole, number = (datasets.Value(name) for name in ("string", "int64", "float64"))
    event = {name: text for name in ("type", "key", "text", "button", "direction", "source")}
    columns: dict[str, Any] = {name: text for name in ("key", "schema", "t", "kind", "app", "window", "role", "type")}
    columns |= {name: text for name in ("text", "subject", "episode")}
    columns |= {
        "screen": {"w": whole, "h": whole},
        "action": {"code": text},
        "events": datasets.List(
            {**event, "dt": whole, "clicks": whole, "x": number, "y": number, "off": datasets.Value("bool")}
        ),
        "coffer": {
            **{name: text for name in ("origin", "page", "segment", "purpose")},
            **{"grant": whole, "release": whole, "record": datasets.List(whole)},
        },
    }
    if job.images != "none":
        columns["image"] = datasets.Value("binary") if job.images == "raw" else datasets.Image()
    return datasets.Features(columns)
