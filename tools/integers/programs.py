"""Runs the program, and says what it may not do: end by a signal or a trap, or take too long."""
import hashlib
import os
import pathlib
import resource
import signal
import subprocess
import threading
import time

SECONDS = 60
# Far more than any command needs. A read without a bound ends at it, by a trap.
MEMORY = 6 << 30


class Findings:
    def __init__(self):
        self.lock, self.found, self.ran = threading.Lock(), [], 0

    def add(self, case, arguments, why, stderr=b""):
        with self.lock:
            self.found.append(case)
            print(f"FAIL {case}\n     {why}: coffer {' '.join(map(str, arguments))}", flush=True)
            for line in stderr.decode(errors="replace").strip().splitlines()[-4:]:
                print(f"     {line[:300]}", flush=True)


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def is_trap(status, stderr):
    return status < 0 or status >= 128 or b"Fatal error" in stderr or b"Stack dump" in stderr


class Program:
    """`share` of a case's commands are run, always the same of the same case and seed."""

    def __init__(self, path, findings, share=1.0, seed=0):
        self.path, self.findings, self.share, self.seed = path, findings, share, seed

    def is_chosen(self, case, words):
        drawn = hashlib.sha256(f"{self.seed} {case} {words}".encode()).digest()
        return int.from_bytes(drawn[:4], "big") < self.share * (1 << 32)

    def environment(self, **more):
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return kept | {"SWIFT_BACKTRACE": "enable=no"} | {name: str(value) for name, value in more.items()}

    def run(self, case, arguments, is_always=False, **environment):
        """The exit code; a trap or a hang is found. Nil where the command is left out."""
        if not is_always and not self.is_chosen(case, arguments[:2]):
            return None
        process = subprocess.Popen(
            [self.path, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=self.environment(**environment), preexec_fn=limited, start_new_session=True)
        self.findings.ran += 1
        try:
            _, stderr = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            _, stderr = process.communicate()
            self.findings.add(case, arguments, f"still runs after {SECONDS} s", stderr)
            return None
        if is_trap(process.returncode, stderr):
            self.findings.add(case, arguments, f"ended with {process.returncode}", stderr)
        return process.returncode


class Server:
    """One that runs until `end`; whatever ends it before is found by `is_well`."""

    def __init__(self, program, arguments, log, **environment):
        self.program, self.arguments, self.log = program, arguments, pathlib.Path(log)
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                [program.path, "serve", *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=program.environment(**environment), preexec_fn=limited)
        program.findings.ran += 1

    def is_well(self, case):
        """Whether it still runs. One that has ended by itself must have said why, with a code of its own."""
        status = self.process.poll()
        if status is not None and is_trap(status, self.log.read_bytes()):
            self.program.findings.add(case, ["serve", *self.arguments], f"ended with {status}", self.log.read_bytes())
        return status is None

    def end(self, case):
        if not self.is_well(case):
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self.program.findings.add(case, ["serve", *self.arguments], f"SIGTERM did not end it in {SECONDS} s")
            return
        self.is_well(case)


def until(seconds, condition):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
