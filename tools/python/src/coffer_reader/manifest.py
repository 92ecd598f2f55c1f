"""What a whole stream has and what it leaves out."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import CutStream


@dataclass(frozen=True)
class Manifest:
    """`coffer.manifest.v1` (page Sample, "The manifest"): its bytes, which `coffer job done` takes, and its members."""

    data: bytes
    members: dict[str, Any]

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        try:
            members = json.loads(data)
        except ValueError:
            members = None
        if not isinstance(members, dict) or members.get("schema") != "coffer.manifest.v1":
            raise CutStream("The stream's manifest cannot be read.", rule="stream.manifest")
        return cls(data, members)

    @property
    def plan(self) -> str | None:
        """By which shares that fit together are known; None for a stream that is not shared."""
        plan = self.members.get("plan")
        return plan if isinstance(plan, str) else None

    @property
    def samples(self) -> int:
        return sum(day["samples"] for person in self._people for day in person["days"])

    @property
    def subjects(self) -> frozenset[str]:
        """The people whose consent was live, by their names in the samples."""
        return frozenset(person["subject"] for person in self._people)

    @property
    def _people(self) -> list[dict[str, Any]]:
        people = self.members.get("subjects")
        well = isinstance(people, list) and all(
            isinstance(person, dict)
            and isinstance(person.get("subject"), str)
            and isinstance(person.get("days"), list)
            and all(isinstance(day, dict) and isinstance(day.get("samples"), int) for day in person["days"])
            for person in people
        )
        if not well:
            raise CutStream("The stream's manifest does not say whose samples it has.", rule="stream.manifest")
        return list(people or [])

    def keep(self, folder: str) -> Path:
        """Writes it into a folder, for this user only, under a name of its own."""
        path = Path(folder) / f"{hashlib.sha256(self.data).hexdigest()[:16]}.json"
        part = path.with_suffix(f".{os.getpid()}")
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(file, "wb") as open_file:
            open_file.write(self.data)
        part.replace(path)
        return path
