"""A desk that dismisses pseudonyms that never were, so that a log becomes long: nobody's rate bounds what stops.

filling.py CHARTER DESKKEY COUNT [MANY]   appends so many entries, each with as many pseudonyms, and prints how many were
                                          accepted
"""
import concurrent.futures
import json
import os
import sys

from asking import Job, b64, post


def main(charter, key_file, count, many=1):
    desk = Job(charter, key_file)
    url = desk.charter["ledger"]["url"] + "/append"

    def dismiss(_):
        pseudonyms = sorted(os.urandom(32).hex() for _ in range(int(many)))
        members = {"origin": desk.origin, "id": b64(os.urandom(16)), "pseudonyms": pseudonyms}
        status, body = post(url, desk.note("dismiss", members))
        accepted = status == 200 and json.loads(body)["verdict"] == "accepted"
        if not accepted:
            print(status, body[:300], file=sys.stderr)
        return accepted

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        print(sum(pool.map(dismiss, range(int(count)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
