"""Arrow and pandas: samples as rows of one schema."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow
import pyarrow.compute
import pyarrow.json

from ..job import Job
from ..sample import Sample
from ..stream import Stream

#: A batch ends when it has so many rows, or so many bytes.
_ROWS, _BYTES = 1024, 16 << 20


def _struct(**fields: Any) -> Any:
    return pyarrow.struct(list(fields.items()))


_text, _whole, _number = pyarrow.string(), pyarrow.int64(), pyarrow.float64()
#: The members of a sample that a table has, in the order of the page Sample.
STEP = pyarrow.schema(
    {
        "t": _text,
        "kind": _text,
        "app": _text,
        "window": _text,
        "screen": _struct(w=_whole, h=_whole),
        "action": _struct(code=_text),
        "role": _text,
        "type": _text,
        "text": _text,
        "events": pyarrow.list_(
            _struct(
                dt=_whole,
                type=_text,
                key=_text,
                text=_text,
                button=_text,
                direction=_text,
                clicks=_whole,
                x=_number,
                y=_number,
                off=pyarrow.bool_(),
                source=_text,
            )
        ),
        "subject": _text,
        "episode": _text,
        "coffer": _struct(
            origin=_text,
            grant=_whole,
            release=_whole,
            page=_text,
            segment=_text,
            record=pyarrow.list_(_whole),
            purpose=_text,
        ),
    }
)
_TIME = pyarrow.timestamp("us", tz="UTC")
SCHEMA = pyarrow.schema(
    [
        pyarrow.field("key", _text),
        pyarrow.field("t", _TIME),
        *list(STEP)[1:],
        pyarrow.field("image", pyarrow.binary()),
        pyarrow.field("ending", _text),
    ]
)


def batches(samples: Iterable[Sample], rows: int = _ROWS) -> Iterator[Any]:
    """Batches of rows, in the order of the samples. An error of the stream comes through."""
    held: list[Sample] = []
    size = 0
    for sample in samples:
        held.append(sample)
        size += len(sample.json) + len(sample.image or b"")
        if len(held) >= rows or size >= _BYTES:
            yield _batch(held)
            held, size = [], 0
    if held:
        yield _batch(held)


def _batch(samples: list[Sample]) -> Any:
    lines = b"\n".join(sample.json for sample in samples) + b"\n"
    steps = pyarrow.json.read_json(
        io.BytesIO(lines),
        # One block, because no line may be longer than a block.
        read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
        parse_options=pyarrow.json.ParseOptions(explicit_schema=STEP, unexpected_field_behavior="ignore"),
    ).combine_chunks()
    if len(steps) != len(samples):
        raise ValueError(f"{len(samples)} samples made {len(steps)} rows")
    columns = {name: steps[name].chunk(0) for name in STEP.names}
    columns["t"] = pyarrow.compute.cast(columns["t"], _TIME)
    columns["key"] = pyarrow.array([sample.key for sample in samples], _text)
    columns["image"] = pyarrow.array([sample.image for sample in samples], pyarrow.binary())
    columns["ending"] = pyarrow.array([sample.ending for sample in samples], _text)
    return pyarrow.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def arrow(grant: Job | str | int, rows: int, **options: object) -> Any:
    job = Job.of(grant, **options)
    return pyarrow.RecordBatchReader.from_batches(SCHEMA, batches(Stream(job, epoch=job.epoch), rows))


def pandas(grant: Job | str | int, **options: object) -> Any:
    return arrow(grant, _ROWS, **options).read_pandas()
