"""One step of a trajectory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sample:
    """`json` is the object `coffer.sample.v1` as it was written (page Sample, "The object"), `image` the frame before the
    step in the form that `ending` names, or None for a stream without images."""

    key: str
    json: bytes
    image: bytes | None = None
    ending: str = ""

    @property
    def step(self) -> dict[str, Any]:
        step = json.loads(self.json)
        if not isinstance(step, dict):
            raise ValueError(f"the sample {self.key} is not an object")
        return step
