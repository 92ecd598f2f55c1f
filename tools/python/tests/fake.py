"""Stands for `coffer job open`: writes a stream as it does, or one that goes wrong in a way that the tests choose.

`Fake` makes the program; run as a program, this file is it. What it does is in `plan.json` beside it, by share.
"""

from __future__ import annotations

import io
import json
import os
import stat
import struct
import sys
import tarfile
import time
import zlib
from pathlib import Path
from typing import Any


def png(value: int) -> bytes:
    """A picture of two by two pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + bytes([value % 256, 0, 0] * 2) for _ in range(2))
    header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def step(number: int, size: int = 0) -> dict[str, Any]:
    event = {"dt": 0, "type": "press", "key": "l", "text": "l", "button": "", "direction": "", "clicks": 0}
    event |= {"x": 0.0, "y": 0.0, "off": False, "source": "device"}
    place = {"origin": "o", "grant": 7, "release": 8, "page": "aa", "segment": "bb", "record": [number, number]}
    return {
        "schema": "coffer.sample.v1", "t": f"2026-11-23T09:12:{number % 60:02}.120Z", "kind": "keys", "app": "code",
        "window": "a.swift", "screen": {"w": 2, "h": 2}, "action": {"code": f"pyautogui.write(message='{number}')"},
        "role": "", "type": "", "text": "é" + "x" * size, "events": [event], "subject": "g1", "episode": "e1",
        "coffer": {**place, "purpose": "sha256:cc"},
    }  # fmt: skip


def tar(numbers: list[int], plan: str | None, images: str, size: int, claimed: int | None, live: list[str]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as archive:

        def add(name: str, contents: bytes) -> None:
            info = tarfile.TarInfo(name)
            info.size = len(contents)
            archive.addfile(info, io.BytesIO(contents))

        for number in numbers:
            if images != "none":
                add(f"{number:08x}-000000.png", png(number))
            add(f"{number:08x}-000000.json", json.dumps(step(number, size), separators=(",", ":")).encode())
        count = len(numbers) if claimed is None else claimed
        days = [{"day": "2026-11-23", "pages": 1, "samples": count}] if count else []
        people = [{"subject": name, "days": days if name == "g1" else []} for name in live]
        manifest = {"schema": "coffer.manifest.v1", "subjects": people, "mustGo": []}
        if plan is not None:
            manifest["plan"] = plan
        add("__manifest__", json.dumps(manifest).encode() + b"\n")
        end = data.tell()
    return data.getvalue()[:end] + bytes(1024)


class Fake:
    """A program in `folder` with this plan for every share, and others for the shares that `shares` names."""

    def __init__(self, folder: str, shares: dict[str, dict[str, Any]] | None = None, **plan: Any) -> None:
        self.folder = Path(folder)
        self.path = str(self.folder / "coffer")
        (self.folder / "plan.json").write_text(json.dumps({"shares": shares or {}, **plan}))
        Path(self.path).write_text(f'#!/bin/sh\nexec {sys.executable} -S {Path(__file__).resolve()} "$0" "$@"\n')
        os.chmod(self.path, stat.S_IRWXU)

    @property
    def starts(self) -> list[list[str]]:
        """The command lines so far."""
        try:
            return [json.loads(line) for line in (self.folder / "starts").read_text().splitlines()]
        except FileNotFoundError:
            return []

    @property
    def pids(self) -> list[int]:
        return [int(path.name[4:]) for path in self.folder.glob("pid-*")]

    def alive(self) -> bool:
        return any(os.path.exists(f"/proc/{pid}") and not _is_dead(pid) for pid in self.pids)

    def gone(self, seconds: float = 5) -> bool:
        """Whether every child is gone, or goes soon."""
        until = time.monotonic() + seconds
        while self.alive() and time.monotonic() < until:
            time.sleep(0.02)
        return not self.alive()


def _is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _main(path: str, words: list[str]) -> int:
    folder = Path(path).parent
    plan = json.loads((folder / "plan.json").read_text())
    options = dict(word.lstrip("-").split("=", 1) for word in words if "=" in word)
    share = options.get("shard", "0/1")
    with open(folder / "starts", "a") as file:
        file.write(json.dumps(words) + "\n")
    tries = (folder / "starts").read_text().count(f"--shard={share}")
    (folder / f"pid-{os.getpid()}").touch()
    plan |= plan["shares"].get(share, {})
    if tries > 1:
        plan |= plan.get("again", {})
    index, count = map(int, share.split("/"))
    numbers = [number for number in range(plan.get("samples", 12)) if number % count == index]
    name = plan.get("plan", "p") if count > 1 else None
    data = tar(numbers, name, options["images"], plan.get("size", 0), plan.get("claimed"), plan.get("live", ["g1"]))
    cut = plan.get("cut")
    sys.stdout.buffer.write(data if cut is None else data[: int(len(data) * cut)] if cut < 1 else data[:-1024])
    sys.stdout.buffer.flush()
    sys.stderr.write("".join(line + "\n" for line in plan.get("says", [])))
    if "error" in plan:
        sys.stderr.write(json.dumps({"schema": "coffer.error.v1", **plan["error"]}) + "\n")
    sys.stderr.flush()
    if plan.get("hang"):
        time.sleep(600)
    if plan.get("signal"):
        os.kill(os.getpid(), plan["signal"])
    return int(plan.get("code", 0))


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], sys.argv[2:]))
