"""Whether shares fit together."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from .errors import NotConfigured, PlansDiffer
from .job import Share
from .manifest import Manifest

_LARGEST = 1 << 20


class _Note(NamedTuple):
    name: str
    shares: int
    share: int
    plan: str


def require_plan(expected: str | None, manifest: Manifest) -> None:
    """Shares that were made from other pages than expected can overlap, or leave days out."""
    if manifest.plan is None or manifest.plan != expected:
        raise PlansDiffer(
            "The lake changed while the shares were opened, so they may overlap or leave days out.",
            rule="plan.differs",
            hint="Throw the epoch away and begin it again.",
        )


@dataclass(frozen=True)
class PlanBook:
    """A file in which workers of one machine note the plans of the shares that they have read.

    A pass is over all shares. When every share of it was noted, its notes are removed, so that the next pass may have the
    same name.
    """

    path: str

    def agree(self, name: str, share: Share, manifest: Manifest) -> None:
        """Notes a share that was read whole. Raises if another share of its pass was made from another plan."""
        own = _Note(name, share.count, share.index, manifest.plan or "")
        with self._locked() as file:
            notes = [note for note in _parse(os.pread(file, _LARGEST, 0)) if note[:3] != own[:3]] + [own]
            others = [note for note in notes if note[:2] == own[:2]]
            if len(others) == share.count:
                notes = [note for note in notes if note[:2] != own[:2]]
            data = "".join(json.dumps(note) + "\n" for note in notes[-4096:]).encode()
            os.ftruncate(file, 0)
            os.pwrite(file, data, 0)
        for note in others:
            require_plan(note.plan, manifest)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise NotConfigured(f"{self.path} cannot note the shares' plans: {error.strerror}.") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def _parse(data: bytes) -> list[_Note]:
    """The notes. What is no note was not written by a reader, and says nothing."""
    notes = []
    for line in data.splitlines():
        try:
            note = json.loads(line)
        except ValueError:
            continue
        if isinstance(note, list) and [type(part) for part in note] == [str, int, int, str]:
            notes.append(_Note(*note))
    return notes
