"""Spark's format `coffer`: a partition for each share.

The driver asks first, for index weeks only: so a refusal comes before any task, and every task asks under the same
releases. What goes to executors has paths, and no secret.
"""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.pandas.types import from_arrow_schema

from ..epoch import epoch_file, note
from ..errors import FINAL, CofferError, NotConfigured, WrongUse, by_code
from ..job import Job, Share
from ..plans import require_plan
from ..stream import Stream, survey
from .tables import SCHEMA, batches

#: More shares than any cluster has tasks for.
_MOST = 65_535
_DAY = 86_400
_OPTIONS = {"onended": "on_ended", "onunreadable": "on_unreadable"}


@dataclass
class Part(InputPartition):  # type: ignore[misc]
    """A share, and what it must have in common with the others."""

    share: Share
    epoch: str
    plan: str | None
    query: str
    machine: str


class Reader(DataSourceReader):  # type: ignore[misc]
    def __init__(self, job: Job, shares: int, rows: int) -> None:
        self.job = job
        self.shares = shares
        self.rows = rows

    def partitions(self) -> list[Part]:
        """Makes the epoch, has its index weeks released, and learns the plan."""
        epoch = epoch_file(self.job)
        common = (epoch, survey(self.job, epoch).plan, uuid.uuid4().hex, socket.gethostname())
        return [Part(Share(i, self.shares), *common) for i in range(self.shares)]

    def read(self, partition: Part) -> Iterator[Any]:
        refusals = Refusals(note(self.job, "refused"))
        refusals.require_none(partition.query)
        # Where the driver is, the file may be made again; elsewhere it would be another epoch.
        if socket.gethostname() != partition.machine and not os.path.exists(partition.epoch):
            raise NotConfigured(
                f"The epoch's file {partition.epoch} is not on this machine.",
                hint="Name the epoch's file by the option epoch, and bring it to every executor's machine.",
            )
        try:
            with Stream(self.job, partition.share, partition.epoch) as stream:
                yield from batches(stream, self.rows)
            assert stream.manifest is not None
            if self.shares > 1:
                require_plan(partition.plan, stream.manifest)
        except CofferError as error:
            if isinstance(error, FINAL):
                refusals.add(partition.query, error)
            raise


class CofferDataSource(DataSource):  # type: ignore[misc]
    """`spark.read.format("coffer").option("grant", …).load()`; the options are those of `Job`, `shares`, and
    `rows` of a batch."""

    @classmethod
    def name(cls) -> str:
        return "coffer"

    def schema(self) -> Any:
        return from_arrow_schema(SCHEMA)

    def reader(self, schema: Any) -> Reader:
        return Reader(*_parsed(dict(self.options)))


def _parsed(options: Mapping[str, str]) -> tuple[Job, int, int]:
    """Spark gives the names of options in small letters."""
    given = {_OPTIONS.get(name.lower(), name.lower()): value for name, value in options.items()}
    grant = given.pop("grant", None)
    if grant is None:
        raise WrongUse("The option grant is missing.")
    shares = _number("shares", given.pop("shares", "8"), _MOST)
    rows = _number("rows", given.pop("rows", "1024"), 1 << 20)
    return Job.of(grant, **given), shares, rows


def _number(name: str, text: str, largest: int) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    if not 0 < number <= largest:
        raise WrongUse(f"The option {name} is a number from 1 to {largest}.")
    return number


@dataclass(frozen=True)
class Refusals:
    """What was refused to tasks on this machine. Spark tries a failed task again: it gets the same refusal, and nobody is
    asked, because a second try could succeed without those whose consent has ended."""

    path: str

    def require_none(self, query: str) -> None:
        for told in self._lines():
            if told.get("query") == query:
                raise by_code(int(told["code"]))(
                    str(told["message"]), rule=told.get("rule"), entry=told.get("entry"), hint=told.get("hint")
                )

    def add(self, query: str, error: CofferError) -> None:
        now = int(time.time())
        kept = [told for told in self._lines() if now - int(told["t"]) < _DAY]
        members = {name: getattr(error, name) for name in ("code", "message", "rule", "entry", "hint")}
        lines = [json.dumps(told) for told in [*kept, {"query": query, "t": now, **members}]]
        part = Path(f"{self.path}.{uuid.uuid4().hex}")
        part.write_text("\n".join(lines) + "\n")
        part.replace(self.path)

    def _lines(self) -> list[dict[str, Any]]:
        try:
            return [json.loads(line) for line in Path(self.path).read_text().splitlines()]
        except FileNotFoundError:
            return []
