"""The program as a child process."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from typing import IO, Any

from .errors import CofferError, CutStream, NotConfigured, WrongUse, by_code

#: A pipe of this size lets the child go on while samples are used.
_PIPE = 1 << 20
_LONGEST_LINE = 1 << 20
#: Seconds between the end of its output and its own.
_PATIENCE = 30
_PLACE = ("pseudonym", "subject", "week", "page", "object")


class Child:
    """`coffer`, whose stdout is a stream. It ends with its reader: when that is closed, or when its process dies."""

    def __init__(self, words: list[str], environment: Mapping[str, str]) -> None:
        self._owner = os.getpid()
        self._words = words
        self._environment = environment
        self._error: dict[str, Any] | None = None
        self._talk: deque[str] = deque(maxlen=20)
        self._failure: Exception | None = None
        self._process: subprocess.Popen[bytes] | None = None
        started = threading.Event()
        self._watcher = threading.Thread(target=self._watch, args=(started,), daemon=True, name="coffer-reader")
        self._watcher.start()
        started.wait()
        if isinstance(self._failure, ValueError):
            raise WrongUse("An option has a character that no option can have.") from self._failure
        if self._failure is not None:
            said = self._failure.strerror if isinstance(self._failure, OSError) else self._failure
            raise NotConfigured(
                f"The program {words[0]} cannot be started: {said}.",
                hint="Install coffer, or name it by the option coffer.",
            ) from self._failure

    def _watch(self, started: threading.Event) -> None:
        """Starts the child and reads what it says, until it ends.

        The system tells a child of the death of the thread that started it, and this thread lives as long as the child.
        """
        try:
            process = subprocess.Popen(
                self._bound(self._words),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment,
            )
        except Exception as error:
            self._failure = error
            return started.set()
        self._process = process
        started.set()
        assert process.stdout is not None and process.stderr is not None
        # A user may have only so much of it. A smaller pipe is slower and no more.
        with contextlib.suppress(OSError, ValueError):
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _PIPE)
        with process.stderr as stderr:
            for line in _lines(stderr):
                self._hear(line)

    @staticmethod
    def _bound(words: list[str]) -> list[str]:
        program = shutil.which(words[0])
        if program is None:
            raise FileNotFoundError(2, "there is no such program")
        setpriv = shutil.which("setpriv")
        bound = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
        return [*bound, program, *words[1:]]

    def _hear(self, line: bytes) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if isinstance(said, dict) and said.get("schema") == "coffer.error.v1":
            self._error = said
        elif said is None:
            self._talk.append(line.decode("utf-8", "replace").strip())

    @property
    def output(self) -> IO[bytes]:
        assert self._process is not None and self._process.stdout is not None
        return self._process.stdout

    def outcome(self) -> CofferError | None:
        """How the child ended, once its output has. None if it ended well."""
        assert self._process is not None
        self.output.close()
        try:
            status = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.end()
            return CutStream("coffer does not end.", rule="stream.cut")
        self._watcher.join(_PATIENCE)
        if status == 0:
            return None
        if status < 0:
            return CutStream(f"coffer was ended by signal {-status}.", rule="stream.cut")
        said = self._error or {}
        code = said.get("code")
        # An error of the argument parser is text. The exit code is the contract, whatever the text says.
        message = str(said.get("message") or " ".join(self._talk) or f"coffer ended with code {status}.")
        entry = said.get("entry")
        fits = code == status
        return by_code(status)(
            message,
            code=status,
            rule=str(said["rule"]) if fits and "rule" in said else None,
            entry=entry if fits and isinstance(entry, int) else None,
            hint=str(said["hint"]) if "hint" in said else None,
            place={name: str(said[name]) for name in _PLACE if name in said},
        )

    def end(self) -> None:
        """Ends the child, whatever it does. A process that was forked meanwhile leaves it alone."""
        process = self._process
        if process is None or os.getpid() != self._owner:
            return
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.output.close()
        # A process that the child left behind may hold stderr open; nobody waits for it.
        self._watcher.join(1)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines, of which only the beginning is kept if they are too long."""
    whole = True
    for part in iter(lambda: stream.readline(_LONGEST_LINE), b""):
        if whole:
            yield part
        whole = part.endswith(b"\n")
