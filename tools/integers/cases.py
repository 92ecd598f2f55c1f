"""What is changed, and what reads it afterwards: each case is (its name, what to call)."""
import base64
import contextlib
import functools
import os
import pathlib
import shutil
import socket
import sqlite3
import tempfile

import network
from asking import Job, SUITE, b64
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from encoding import D
from hostile import HostileLog
from programs import Server, until
from signing import is_note
from values import VALUES, changes, in_text

TEBIBYTE = 1 << 40


class Cases:
    def __init__(self, road, program, keys, world):
        self.road, self.program, self.keys, self.world = road, program, keys, world
        self.log = HostileLog(road / "servers" / "ledger", keys, world.origin)
        # As everything is before the servers start again, and write.
        self.kept = road / "kept"
        for folder in sorted({folder for folder, _, _ in self.read_by()} - {"."}):
            shutil.copytree(road / folder, self.kept / folder, symlinks=True, ignore=shutil.ignore_patterns("*.sock"))
        for paper in ("charter", "amendment", "draft", "purpose-completion", "token"):
            shutil.copy2(road / paper, self.kept)

    def all(self):
        """By family, in an order that does not change."""
        return {
            "files": list(self.files()), "folders": list(self.folders()), "log": list(self.logs()),
            "replies": list(self.replies()), "requests": list(self.requests()),
        }

    def run(self, case, *arguments, **environment):
        return self.program.run(case, arguments, **environment)

    def run_always(self, case, *arguments, **environment):
        return self.program.run(case, arguments, is_always=True, **environment)

    @contextlib.contextmanager
    def room(self):
        """A short path: sockets lie below it."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="i", dir=self.road))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    # --- files on the disk ----------------------------------------------------------------------------------------

    def read_by(self):
        """(the folder that is copied, which of its files, what reads it there)"""
        yield "employee", ("data/charter", "data/pins", "state/*", "config/*"), self.employee_cold
        yield "employee", ("data/identity", "data/vault/**/*", "state/*"), self.employee_open
        yield "employee", ("card-completion",), self.card
        yield "employee", ("recovery-sheet",), self.restore
        yield "job", ("*", "**/*"), self.job
        yield "auditor", ("**/*",), self.auditor
        yield "mirror", ("**/*",), self.mirror
        yield "servers/ledger", ("**/*",), functools.partial(self.server, "ledger", "ledger")
        yield "servers/acme-1", ("**/*",), functools.partial(self.server, "broker", "acme-1")
        yield "servers/north", ("**/*",), functools.partial(self.server, "witness", "north")
        yield "servers/desk", ("**/*",), functools.partial(self.server, "desk", "desk")
        yield "storage", ("acme-1",), self.storage
        yield "org", ("*.pub", "ledger", "acme-1", "privacy"), self.officer
        yield "lake", ("*",), self.lake
        yield ".", ("charter", "amendment", "draft", "purpose-completion", "token"), self.papers

    @staticmethod
    def kind(path):
        """Files whose names differ by digits or hashes alone are of one kind."""
        return tuple("#" if len(part) >= 16 or part.isdigit() else part for part in path.parts)

    def found(self, folder, patterns):
        seen = set()
        for pattern in patterns:
            for file in sorted((self.kept / folder).glob(pattern)):
                path = file.relative_to(self.kept / folder)
                if file.is_file() and not file.is_symlink() and file.stat().st_size and self.kind(path) not in seen:
                    seen.add(self.kind(path))
                    yield path

    def files(self):
        for folder, patterns, read in self.read_by():
            for path in self.found(folder, patterns):
                data = (self.kept / folder / path).read_bytes()
                for what, changed in self.changed(data):
                    yield f"{folder}/{path}: {what}", functools.partial(self.file, folder, path, changed, read)
                for what, change in self.columns(self.kept / folder / path, data):
                    yield f"{folder}/{path}: {what}", functools.partial(self.file, folder, path, change, read)

    def changed(self, data):
        can_sign = is_note(data) and self.keys.again(data, self.world.origin)
        for what, change in changes(data):
            yield what, change
            if can_sign:
                yield f"{what}, signed again", functools.partial(self.signed, change)

    def signed(self, change):
        return self.keys.again(change(), self.world.origin)

    @staticmethod
    def columns(file, data):
        """The integers in a database."""
        if not data.startswith(b"SQLite format 3\0"):
            return
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            tables = [name for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                for _, column, kind, *_ in database.execute(f'PRAGMA table_info("{table}")').fetchall():
                    if "INT" in kind.upper():
                        for value in [*VALUES, -1]:
                            value = value if value < 1 << 63 else value - (1 << 64)
                            yield f"{table}.{column} is {value}", f'UPDATE OR IGNORE "{table}" SET "{column}" = {value}'

    def folders(self):
        """A sparse file of a tebibyte in the place of each."""
        for folder, patterns, read in self.read_by():
            for path in self.found(folder, patterns):
                yield f"{folder}/{path}: has 1 TiB", functools.partial(self.file, folder, path, TEBIBYTE, read)

    def file(self, folder, path, change, read, case):
        with self.room() as room:
            copy = room / "c"
            if folder == ".":
                copy.mkdir()
                shutil.copy2(self.kept / path, copy / path)
            else:
                shutil.copytree(self.kept / folder, copy, symlinks=True)
            file = copy / path
            if change == TEBIBYTE:
                file.write_bytes(b"")
                os.truncate(file, TEBIBYTE)
            elif isinstance(change, str):
                with contextlib.closing(sqlite3.connect(file)) as database:
                    database.execute(change)
                    database.commit()
            else:
                file.write_bytes(change())
            read(case, copy, path)

    def employee_cold(self, case, home, _):
        for command in ("status", "doctor", "consents", "purposes", "history", "capture status"):
            self.run(case, *command.split(), COFFER_HOME=home)

    def employee_open(self, case, home, _):
        with self.unlocked(case, home) as is_open:
            for command in ("ls", "show", "consents", "history", "sync", "status", "key show") if is_open else ():
                self.run(case, *command.split(), COFFER_HOME=home)

    @contextlib.contextmanager
    def unlocked(self, case, home):
        """A vault that is open, if it can be opened."""
        status = self.run(case, "unlock", "--for", "1h", "--passphrase-file", home / "passphrase", COFFER_HOME=home)
        try:
            yield status == 0
        finally:
            if status == 0:
                self.run_always(case, "lock", COFFER_HOME=home)

    def card(self, case, home, path):
        with self.room() as other:
            self.run(case, "revoke", "--card", home / path, COFFER_HOME=other)

    def restore(self, case, home, path):
        with self.room() as other:
            shutil.copy2(home / "passphrase", other)
            self.run(case, "key", "restore", home / path, "--charter", self.road / "charter", "--passphrase-file",
                     other / "passphrase", COFFER_HOME=other)

    def job(self, case, home, _):
        environment = {"COFFER_HOME": home, "COFFER_JOB_KEY": home / "key"}
        self.run(case, "job", "open", "--grant", self.world.grant, **environment)
        self.run(case, "job", "open", "--grant", home / "grant", **environment)
        self.run(case, "job", "request", "completion", "--kinds", "keys", "--apps", "editor", "-o", home / "new",
                 **environment)

    def audit(self, case, home, log, *commands):
        pinned = ["--charter", self.road / "charter"]
        every = {
            "verify": ["verify", log], "explain": ["explain", self.world.newest, "--ledger", log],
            "affected": ["affected", "--ledger", log], "policy": ["policy", "--ledger", log],
            "report": ["report", "--ledger", log, "-o", home / "report.html", "--force"],
        }
        for name, command in every.items():
            if not commands or name in commands:
                self.run(case, "audit", *command, *pinned, COFFER_HOME=home)

    def auditor(self, case, home, _):
        self.audit(case, home, self.road / "mirror")
        self.run(case, "audit", "watch", "--once", "--charter", self.road / "charter", COFFER_HOME=home)

    def mirror(self, case, copy, path):
        with self.room() as home:
            self.audit(case, home, copy)
            for command in (["mirror", self.world.url("ledger"), copy], ["watch", "--once", "--mirror", copy]):
                self.run(case, "audit", *command, "--charter", self.road / "charter", COFFER_HOME=home)
            self.run(case, "serve", "restore-ledger", "--charter", self.road / "charter", "--dir", home / "new", "--from",
                     copy)

    def server(self, role, name, case, copy, path, charter=None, storage=None):
        common = ["--dir", copy, "--key", self.road / "org" / name, "--charter", charter or self.road / "charter"]
        common += ["--listen", f"127.0.0.1:{free_port()}"]
        if role == "broker":
            # A broker erases its key's file whenever it takes another.
            storage = storage or shutil.copy2(self.kept / "storage" / "acme-1", copy / "storage-key")
            common += ["--storage-key", storage]
        self.run(case, "serve", "doctor", *common)
        if not self.program.is_chosen(case, ("serve", role)):
            return
        server = Server(self.program, [role, *common], copy / "log-of-this-run")
        url = f"http://{common[7]}"
        until(5, lambda: not server.is_well(case) or answers(url))
        for path in ("checkpoint", "charter", "status", "state", "metrics", "tile/entries/000"):
            get(f"{url}/{path}")
        until(1.5, lambda: not server.is_well(case))
        server.end(case)

    def storage(self, case, copy, path):
        with self.room() as home:
            folder = shutil.copytree(self.kept / "servers" / "acme-1", home / "d")
            self.run(case, "serve", "rotate-storage-key", "--dir", folder, "--storage-key", copy / path)
        with self.room() as home:
            folder = shutil.copytree(self.kept / "servers" / "acme-1", home / "d")
            self.server("broker", "acme-1", case, folder, path, storage=copy / path)

    def officer(self, case, copy, path):
        keys = {name: copy / f"{name}.pub" for name in ("ledger", "acme-1", "council-1", "north", "privacy", "desk")}
        keys |= {name: copy / f"{name}.pub" for name in ("works-council", "emergency")}
        self.run(case, "org", "charter", "draft", "--origin", self.world.origin, "--ledger", keys["ledger"], "--group",
                 f"company=1:{keys['acme-1']}", "--group", f"council=1:{keys['council-1']}", "--witness", keys["north"],
                 "--reviewer", keys["privacy"], "--reviewer", keys["works-council"], "--halter", keys["emergency"],
                 "--desk", keys["desk"], "--minimum-window", "0s", "--minimum-notice", "0s", "--lake", copy / "lake",
                 "-o", copy / "new-charter")
        if not str(path).endswith(".pub"):
            shutil.copy2(self.kept / "draft", copy / "draft")
            self.run(case, "org", "sign", copy / "draft", "--key", copy / path)

    def lake(self, case, copy, path):
        """The charter names the folder itself, so the object is changed in its place, and put back."""
        changed = (copy / path)
        with self.world.alone:
            place = self.road / "lake" / path
            # Another case's laptop may have taken the object back meanwhile.
            kept = (self.kept / "lake" / path).read_bytes()
            try:
                os.replace(changed, place)
                self.run(case, "job", "open", "--grant", self.world.grant, COFFER_HOME=self.road / "job",
                         COFFER_JOB_KEY=self.road / "job" / "key")
            finally:
                place.unlink(missing_ok=True)
                place.write_bytes(kept)

    def papers(self, case, copy, path):
        paper, charter = copy / path, self.road / "charter"
        with self.room() as home:
            if str(path) == "token":
                shutil.copy2(self.road / "employee" / "passphrase", home)
                self.run(case, "init", charter, "--token-file", paper, "--passphrase-file", home / "passphrase", "--sheet",
                         home / "sheet", COFFER_HOME=home)
                return
            if str(path) == "charter":
                shutil.copy2(self.road / "employee" / "passphrase", home)
                self.run(case, "init", paper, "--passphrase-file", home / "passphrase", "--sheet", home / "sheet",
                         COFFER_HOME=home)
                self.run(case, "audit", "verify", self.world.url("ledger"), "--charter", paper, COFFER_HOME=home)
                self.run(case, "org", "charter", "publish", "--charter", paper)
                self.run(case, "job", "init", paper, COFFER_HOME=home, COFFER_JOB_KEY=home / "key")
                self.server("witness", "north", case, folder(home / "d"), path, charter=paper)
                self.server("ledger", "ledger", case, folder(home / "l"), path, charter=paper)
                return
            self.run(case, "org", "sign", paper, "--key", self.road / "org" / "privacy")
            self.run(case, "org", "charter", "merge", paper, paper, "-o", home / "merged")

    # --- a log that everyone signed -------------------------------------------------------------------------------

    def logs(self):
        for what, index, change in self.log.changes():
            yield f"log: {what}", functools.partial(self.hostile, {"index": index, "change": change})
        for value in [*VALUES, 1 << 64]:
            yield f"log: the checkpoint has {value} entries", functools.partial(self.hostile, {"head_size": value})
            yield f"log: all cosign at {value}", functools.partial(self.hostile, {"head_time": value})

    def check_log(self):
        """Signed again without a change, the log is good. Otherwise no change would reach what it is meant for."""
        files = self.log.files()
        with self.room() as room:
            HostileLog.write(files, room)
            if self.run("the log as it is", "audit", "verify", room, "--charter", room / "charter") != 0:
                raise SystemExit("integers: the log that was signed again does not verify")

    def hostile(self, change, case):
        files = self.log.files(**change)
        served = network.files(files)
        try:
            with self.room() as room:
                charter = room / "charter"
                charter.write_bytes(files["charter"])
                self.hostile_readers(case, room, served.url, charter)
                # Servers follow the addresses in the charter, so it names this server.
                files |= self.log.files(**change, ports={self.world.ports["ledger"]: served.server_port})
                charter.write_bytes(files["charter"])
                self.hostile_servers(case, room, files, charter)
        finally:
            served.shutdown()
            served.server_close()

    def hostile_readers(self, case, room, url, charter):
        home = folder(room / "a")
        for command in (
            ["mirror", url, room / "m"], ["verify", url], ["affected", "--ledger", url, "--replay"],
            ["affected", "--ledger", url], ["explain", self.world.newest, "--ledger", url], ["policy", "--ledger", url],
            ["report", "--ledger", url, "-o", room / "r.html", "--force"],
            ["watch", url, "--once", "--mirror", room / "w"],
        ):
            self.run(case, "audit", *command, "--charter", charter, COFFER_HOME=home)
        if charter.read_bytes() != self.log.files()["charter"]:
            return
        employee = shutil.copytree(self.kept / "employee", room / "e", symlinks=True)
        shutil.rmtree(employee / "state", ignore_errors=True)
        employee.joinpath("state").mkdir()
        for command in ("purposes", "status", "consents", "sync", "history", "doctor"):
            self.run(case, *command.split(), COFFER_HOME=employee, COFFER_LEDGER=url)
        job = shutil.copytree(self.kept / "job", room / "j")
        self.run(case, "job", "open", "--grant", self.world.grant, COFFER_HOME=job, COFFER_JOB_KEY=job / "key",
                 COFFER_LEDGER=url)

    def hostile_servers(self, case, room, files, charter):
        self.server("broker", "acme-1", case, folder(room / "b"), None, charter=charter)
        self.server("witness", "north", case, folder(room / "n"), None, charter=charter)
        self.server("desk", "desk", case, folder(room / "d"), None, charter=charter)
        # The ledger's own folder, as someone with its disk and its key would leave it.
        ledger = folder(room / "l")
        HostileLog.write(files, ledger)
        (ledger / "head").write_bytes(files["checkpoint"])
        self.server("ledger", "ledger", case, ledger, None, charter=charter)
        self.run(case, "serve", "restore-ledger", "--charter", charter, "--dir", room / "new", "--from", ledger)

    # --- replies --------------------------------------------------------------------------------------------------

    def replies(self):
        for name in self.world.behind:
            for (method, path), answer in sorted(self.world.behind[name].seen.items()):
                for what, changed in self.changed(answer):
                    reply = functools.partial(self.reply, name, method, path, changed, None, None)
                    yield f"{method} {path} of {name}: {what}", reply
                for value in VALUES:
                    yield f"{method} {path} of {name}: {value} bytes", functools.partial(
                        self.reply, name, method, path, answer, value, None)
                for status in (100, 101, 204, 206, 301, 304, 408, 429, 599, 999):
                    yield f"{method} {path} of {name}: status {status}", functools.partial(
                        self.reply, name, method, path, answer, None, status)

    def reply(self, name, method, path, body, length, status, case):
        body = body() if callable(body) else body

        def change(asked, at, code, answer):
            return (status or code, body, length) if (asked, at) == (method, path) else (code, answer, None)

        with self.world.alone, self.room() as room:
            self.world.behind[name].change = change
            try:
                self.speak(case, room)
            finally:
                self.world.behind[name].change = None

    def speak(self, case, room):
        """Everything that talks to servers, once."""
        pinned = ["--charter", self.road / "charter"]
        employee = shutil.copytree(self.kept / "employee", room / "e", symlinks=True)
        with self.unlocked(case, employee) as is_open:
            for command in ("revoke second", "sync", "status") if is_open else ():
                self.run(case, *command.split(), COFFER_HOME=employee)
        job = shutil.copytree(self.kept / "job", room / "j")
        self.run(case, "job", "open", "--grant", self.world.grant, COFFER_HOME=job, COFFER_JOB_KEY=job / "key")
        self.run(case, "org", "publish", self.road / "purpose-completion", *pinned)
        self.run(case, "audit", "watch", "--once", *pinned, COFFER_HOME=folder(room / "a"))
        self.run(case, "serve", "doctor", "--dir", self.road / "servers" / "desk", "--key", self.road / "org" / "desk",
                 *pinned)

    # --- requests -------------------------------------------------------------------------------------------------

    def requests(self):
        for value in VALUES:
            for path in (
                f"tile/entries/{value}", f"tile/entries/000.p/{value}", f"tile/0/{value:03}", f"tile/{value}/000",
                f"tile/0/000.p/{value}", f"state/{value}", f"charters/{value}/checkpoint", f"tile/entries/x{value}/000",
            ):
                yield f"GET {path}", functools.partial(self.ask_all, "GET", path, b"", {})
            for header in ("content-length", "range", "expect", "transfer-encoding", "if-none-match"):
                headers = {header: f"bytes=0-{value}" if header == "range" else str(value)}
                for path in ("append", "stop", "ask", "enrol", "add-checkpoint", "deposit"):
                    yield f"POST /{path} with {header} {value}", functools.partial(
                        self.ask_all, "POST", path, b"junk", headers)
        for index, text in enumerate(self.log.texts):
            # What ends something for good would leave less for the others to find; the log has it all the same.
            if text.split(b"\n")[0].rpartition(b"/")[2] in (b"charter", b"halt", b"dismiss", b"withdraw"):
                continue
            for what, changed in in_text(text):
                for path in ("append", "stop", "enrol", "deposit/key"):
                    yield f"POST /{path}, entry {index}: {what}", functools.partial(
                        self.say_note, path, changed, self.log.names[index])
        head = self.log.files()["checkpoint"]
        for value in VALUES:
            for body in (f"old {value}\n\n".encode() + head, b"old 0\n\n" + self.keys.checkpoint(
                    self.world.origin, value, bytes(32), 1 << 31)):
                yield f"POST /add-checkpoint with {value}", functools.partial(
                    self.ask_all, "POST", "add-checkpoint", body, {})
            for number in range(3):
                yield f"an ask whose number {number} is {value}", functools.partial(self.ask, number, value)

    def ask(self, number, value, case):
        job = Job(self.road / "charter", self.road / "job" / "key")
        values = [value if i == number else old for i, old in enumerate((0, 20_000, 1))]
        release = "0" * 64
        position = f'{{"kind":"keys","app":"editor","day":{values[1]},"at":[{values[0]}]}}'
        text = (f'coffer/v1/ask\n{{"origin":"{job.origin}","release":"{release}","recipient":"{b64(bytes(1216))}",'
                f'"positions":[{",".join([position] * min(values[2], 1000))}]}}\n').encode()
        note = self.keys.sign(text, [job.public.hex()])
        found = next(b for g in job.charter["groups"] for b in g["brokers"] if b["name"] == "acme-1")
        key = base64.b64decode(found["sealing"])
        public = hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(key[:1184]), X25519PublicKey.from_public_bytes(key[1184:]))
        box = SUITE.encrypt(note, public, D("ask") + job.origin.encode() + bytes.fromhex(release) + key)
        self.ask_all("POST", "ask", bytes.fromhex(release) + box, {}, case)

    def say_note(self, path, change, names, case):
        self.ask_all("POST", path, self.keys.sign(change(), names), {}, case)

    def ask_all(self, method, path, body, headers, case):
        for name, server in self.world.servers.items():
            say(self.world.hidden[name], method, path, body, headers)
            if not server.is_well(case):
                self.world.start(name)


def folder(path):
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def free_port():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


def answers(url):
    host, _, port = url.removeprefix("http://").partition(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
        return True
    except OSError:
        return False


def say(port, method, path, body, headers, seconds=5):
    """One request as bytes: a client would refuse to send some of them."""
    lines = {"host": f"127.0.0.1:{port}", "connection": "close"}
    if body:
        lines["content-length"] = str(len(body))
    lines |= headers
    head = f"{method} /{path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), seconds) as connection:
            connection.sendall(head.encode() + body)
            # A length that is not true would be waited for.
            connection.settimeout(seconds if not headers else 0.3)
            while connection.recv(1 << 16):
                pass
    except OSError:
        pass


def get(url):
    host, _, path = url.removeprefix("http://").partition("/")
    say(int(host.partition(":")[2]), "GET", path, b"", {}, 2)
