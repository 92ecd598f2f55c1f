"""A ledger whose operator and cosigners lie together: the road's own log with one integer changed, signed again by
everyone, under a checkpoint that a quorum has cosigned. So the change reaches whatever comes after the signatures."""
import json
import os
import pathlib
import time

from encoding import encode_json, parse_note, sha256, statement_hash
from log import entries, parse_head, root
from values import DECIMAL, VALUES, replaced

KINDS_OF_OTHERS = (b"coffer/v1/consent\n", b"coffer/v1/revoke\n", b"coffer/v1/erase\n")


class HostileLog:
    def __init__(self, folder, keys, origin):
        self.keys, self.origin = keys, origin
        folder = pathlib.Path(folder)
        size, _ = parse_head(parse_note((folder / "checkpoint").read_bytes())[0], origin)
        notes = [(entry[:8], parse_note(entry[8:])) for entry in entries(folder, size)]
        # Pseudonyms' keys lie sealed in a vault: other keys take their places.
        strangers = {name for _, (text, lines) in notes if text.startswith(KINDS_OF_OTHERS) for name, _, _ in lines}
        places = {name: keys.add(os.urandom(32)).public_key().public_bytes_raw().hex() for name in sorted(strangers)}
        self.names = [[places.get(name, name) for name, _, _ in lines] for _, (_, lines) in notes]
        self.stamps = [int.from_bytes(stamp, "big") for stamp, _ in notes]
        texts = [self.ordered(self.replaced(text, places)) for _, (text, _) in notes]
        self.texts = self.consistent([text for _, (text, _) in notes], texts)
        self.amendments = [i for i, text in enumerate(texts) if text.startswith(b"coffer/v1/amend\n")]

    @staticmethod
    def replaced(text, places):
        for old, new in places.items():
            text = text.replace(old.encode(), new.encode())
        return text

    @staticmethod
    def ordered(text):
        """The pseudonyms of an enrolment stand in their order."""
        head, _, body = text.partition(b"\n")
        if head != b"coffer/v1/enrol":
            return text
        value = json.loads(body)
        value["pseudonyms"].sort()
        return head + b"\n" + encode_json(value).encode() + b"\n"

    def consistent(self, before, after):
        """Later statements name earlier ones by their hashes."""
        places, texts = {}, []
        for old, new in zip(before, after):
            new = self.replaced(new, places)
            texts.append(new)
            if statement_hash(old) != statement_hash(new):
                places[statement_hash(old).hex()] = statement_hash(new).hex()
        return texts

    def changes(self):
        """(what, which entry, its text or stamp)"""
        for index, text in enumerate(self.texts):
            kind = text.split(b"\n")[0].decode().removeprefix("coffer/v1/")
            for value in VALUES:
                yield f"the stamp of entry {index}, {kind}, is {value}", index, value
            for match in DECIMAL.finditer(text):
                for value in VALUES:
                    yield f"{match[0].decode()} at {match.start()} of entry {index}, {kind}, is {value}", index, (
                        replaced(text, *match.span(), str(value).encode()))

    def files(self, index=None, change=None, head_time=None, head_size=None, ports=None):
        """The log's files by path, and its charter; `ports` replaces ports in all terms."""
        texts, stamps = list(self.texts), list(self.stamps)
        if isinstance(change, bytes):
            texts[index] = change
        elif change is not None:
            stamps[index] = change
        for old, new in (ports or {}).items():
            texts = [text.replace(f"127.0.0.1:{old}\"".encode(), f"127.0.0.1:{new}\"".encode()) for text in texts]
        texts = self.consistent(self.texts, texts)
        notes = [self.keys.sign(text, names) for text, names in zip(texts, self.names)]
        whole = [stamp.to_bytes(8, "big") + note for stamp, note in zip(stamps, notes)]
        hashes = [sha256(b"\0", entry) for entry in whole]
        count, now = len(whole), int(time.time())
        seconds = now if head_time is None else head_time
        files = {
            "charter": notes[0],
            "checkpoint": self.keys.checkpoint(
                self.origin, count if head_size is None else head_size, root(hashes), seconds),
            f"tile/entries/000.p/{count}": b"".join(len(entry).to_bytes(2, "big") + entry for entry in whole),
            f"tile/0/000.p/{count}": b"".join(hashes),
        }
        for number, amendment in enumerate(self.amendments):
            files[f"charters/{number}/checkpoint"] = self.keys.checkpoint(
                self.origin, amendment + 1, root(hashes[: amendment + 1]), now)
        return files

    @staticmethod
    def write(files, folder):
        for path, data in files.items():
            file = pathlib.Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
