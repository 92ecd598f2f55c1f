"""One real pseudonym that stops what it never had, and strangers who send its stops again.

pseudonym.py erase CHARTER DESKKEY KEEP   enrols a pseudonym, then has it erase random ids under random consents, 600
                                          times, at the ledger and at every broker; prints the count of each answer,
                                          and keeps one accepted stop in the file KEEP
pseudonym.py fill CHARTER DESKKEY COUNT   the desk dismisses 500 random pseudonyms so many times: a bundle of megabytes
pseudonym.py again CHARTER NOTE COUNT     sends the note so many times on 32 connections; prints the count of each
                                          answer
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import sys
import time

from asking import Job, b64, post

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from encoding import parse_note, statement_hash


def outcome(reply):
    status, body = reply
    try:
        said = json.loads(body)
    except ValueError:
        said = {}
    return f"{status} {said.get('rule') or said.get('verdict') or ''}".strip()


def all_at_once(work, items):
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        return dict(collections.Counter(map(outcome, pool.map(work, items))))


def erase(charter, key_file, keep):
    desk = Job(charter, key_file)
    ledger = desk.charter["ledger"]["url"]
    brokers = [broker["url"] for group in desk.charter["groups"] for broker in group["brokers"]]
    person = Job(charter, key_file)
    person.key = Ed25519PrivateKey.generate()
    person.public = person.key.public_key().public_bytes_raw()
    pinned = statement_hash(parse_note(pathlib.Path(charter).read_bytes())[0]).hex()
    enrol = {"origin": desk.origin, "id": b64(os.urandom(16)), "until": int(time.time() * 1000) + 600_000}
    enrol |= {"charter": pinned, "pseudonyms": [person.public.hex()]}
    enrolled = outcome(post(ledger + "/append", desk.note("enrol", enrol)))
    if enrolled != "200 accepted":
        sys.exit(f"the pseudonym is not enrolled: {enrolled}")

    def note(number):
        # Every other one has as many ids as a note can hold.
        ids = sorted(os.urandom(16) for _ in range(2_000 if number % 2 else 1))
        members = {"origin": desk.origin, "id": b64(os.urandom(16)), "pseudonym": person.public.hex()}
        return person.note("erase", members | {"consent": os.urandom(32).hex(), "pages": b64(b"".join(ids))})

    first = note(0)
    pathlib.Path(keep).write_bytes(first)
    if outcome(post(ledger + "/append", first)) != "200 accepted":
        sys.exit("a stop that comes before the consent is not taken")

    def send(number):
        text = note(number)
        for broker in brokers:
            post(broker + "/stop", text)
        return post(ledger + "/append", text)

    print(json.dumps(all_at_once(send, range(600))))


def fill(charter, key_file, count):
    desk = Job(charter, key_file)

    def dismiss(_):
        pseudonyms = sorted(os.urandom(32).hex() for _ in range(500))
        members = {"origin": desk.origin, "id": b64(os.urandom(16)), "pseudonyms": pseudonyms}
        return post(desk.charter["ledger"]["url"] + "/append", desk.note("dismiss", members))

    print(json.dumps(all_at_once(dismiss, range(int(count)))))


def again(charter, note, count):
    text, _ = parse_note(pathlib.Path(charter).read_bytes())
    url = json.loads(text.split(b"\n", 1)[1])["ledger"]["url"] + "/append"
    body = pathlib.Path(note).read_bytes()
    print(json.dumps(all_at_once(lambda _: post(url, body), range(int(count)))))


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    {"erase": erase, "fill": fill, "again": again}[command](*rest)
