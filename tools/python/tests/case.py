"""What the tests have in common."""

from __future__ import annotations

import shutil
import tempfile
import unittest
from typing import Any

from fake import Fake

#: Refusals as `coffer` gives them.
REVOKED = {"code": 77, "rule": "revoked", "entry": 171, "message": "A consent has ended.", "hint": "Begin again."}
DAMAGED = {"code": 65, "rule": "page.open", "message": "A page is not what its owner wrote.", "subject": "g1"}
LATER = {"code": 75, "rule": "lake.object", "message": "An object is missing."}


class Case(unittest.TestCase):
    """Each test has a folder of its own, in memory, with a fake program in it."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(dir="/dev/shm")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def fake(self, shares: dict[str, dict[str, Any]] | None = None, **plan: Any) -> Fake:
        return Fake(self.folder, shares, **plan)

    def options(self, fake: Fake) -> dict[str, Any]:
        return {"coffer": fake.path, "epoch": f"{self.folder}/epoch"}
