"""Trains a tiny model that says the next action from a frame and the action before, on one processor: from a grant of
desktop steps to `coffer job done`.

    next_action.py GRANT [--passes 100] [--model model.pt] [--manifests FOLDER]

The grant is read once, by two workers; what is kept of it are small tensors in memory. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import glob
import hashlib
import io
import json
import re
import subprocess
from typing import Any

import coffer_reader
import numpy
import torch
from torch.utils.data import DataLoader

KINDS = ["none", "click", "doubleClick", "rightClick", "write", "press", "hotkey", "scroll", "dragTo", "other"]
HIGH, WIDE = 36, 64


def example(sample: coffer_reader.Sample) -> dict[str, Any] | None:
    """A step as tensors; None if it is no action."""
    step = sample.step
    code = step["action"]["code"].splitlines()
    if not code or sample.image is None:
        return None
    name = re.search(r"\.(\w+)\(", code[-1])
    kind = name[1] if name and name[1] in KINDS else "other"
    place = re.search(r"x=(0\.\d+|1\.0+), y=(0\.\d+|1\.0+)", code[-1])
    frame = torch.from_numpy(numpy.load(io.BytesIO(sample.image))).permute(2, 0, 1)[None].float() / 255
    return {
        "order": (step["episode"], step["t"]),
        "frame": torch.nn.functional.interpolate(frame, (HIGH, WIDE))[0],
        "kind": KINDS.index(kind),
        "place": [float(place[1]), float(place[2])] if place else [0.5, 0.5],
    }


def read(grant: str, manifests: str | None) -> tuple[torch.Tensor, ...]:
    """Frames, actions before, actions and places, in the order of the steps."""
    data = coffer_reader.pytorch(grant, images="raw", scale="0.1", transform=example, manifests=manifests)
    steps = [step for step in DataLoader(data, batch_size=None, num_workers=2) if step is not None]
    if not steps:
        raise SystemExit("the grant has no desktop steps")
    steps.sort(key=lambda step: step["order"])
    before = [
        earlier["kind"] if earlier["order"][0] == step["order"][0] else 0
        for earlier, step in zip([{"order": (None,), "kind": 0}, *steps], steps)
    ]
    frames = torch.stack([step["frame"] for step in steps])
    kinds = torch.tensor([step["kind"] for step in steps])
    return frames, torch.tensor(before), kinds, torch.tensor([step["place"] for step in steps])


class NextAction(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.look = torch.nn.Sequential(
            torch.nn.Conv2d(3, 8, 5, stride=3), torch.nn.ReLU(), torch.nn.Conv2d(8, 16, 3, stride=2), torch.nn.ReLU()
        )
        self.before = torch.nn.Embedding(len(KINDS), 16)
        wide = self.look(torch.zeros(1, 3, HIGH, WIDE)).numel() + 16
        self.decide = torch.nn.Sequential(torch.nn.Linear(wide, 64), torch.nn.ReLU(), torch.nn.Linear(64, len(KINDS) + 2))

    def forward(self, frames: torch.Tensor, before: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen = torch.cat([self.look(frames).flatten(1), self.before(before)], 1)
        said = self.decide(seen)
        return said[:, : len(KINDS)], said[:, len(KINDS) :]


def train(model: NextAction, data: tuple[torch.Tensor, ...], passes: int) -> list[float]:
    frames, before, kinds, places = data
    steps = torch.optim.Adam(model.parameters(), 3e-3)
    losses = []
    for _ in range(passes):
        said, where = model(frames, before)
        loss = torch.nn.functional.cross_entropy(said, kinds) + torch.nn.functional.mse_loss(where, places)
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(loss.item())
    return losses


def done(grant: str, model: str, manifests: str) -> list[int]:
    """Logs the model and the manifests of what it was trained on. Gives the entries of the log."""
    with open(model, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    words = ["coffer", "job", "done", "--json", "--grant", grant, "--model", digest]
    for path in sorted(glob.glob(f"{manifests}/*.json")):
        words += ["--manifest", path]
    said = subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    return [json.loads(line)["index"] for line in said]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("grant")
    parser.add_argument("--passes", type=int, default=100)
    parser.add_argument("--model", default="model.pt")
    parser.add_argument("--manifests", default="manifests")
    options = parser.parse_args()
    torch.manual_seed(0)
    data = read(options.grant, options.manifests)
    model = NextAction()
    losses = train(model, data, options.passes)
    torch.save(model.state_dict(), options.model)
    right = (model(data[0], data[1])[0].argmax(1) == data[2]).float().mean().item()
    outcomes = done(options.grant, options.model, options.manifests)
    said = {"steps": len(data[0]), "first": losses[0], "last": losses[-1], "right": right, "outcomes": outcomes}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
