"""Keys and rights for a SeaweedFS of the tests.

seaweed.py FOLDER   reads lines `NAME RIGHT…` and writes FOLDER/rights.json for the server and FOLDER/keys, AWS's shared file
                    with a profile for each name but `anonymous`, which is everyone without a key
"""
import json
import os
import secrets
import sys

folder, identities, profiles = sys.argv[1], [], []
for name, *rights in (line.split() for line in sys.stdin if line.strip()):
    identity = {"name": name, "actions": rights}
    if name != "anonymous":
        key, secret = f"AK{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30)
        identity["credentials"] = [{"accessKey": key, "secretKey": secret}]
        profiles.append(f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    identities.append(identity)
os.umask(0o077)
for file, text in ("rights.json", json.dumps({"identities": identities})), ("keys", "".join(profiles)):
    with open(f"{folder}/{file}", "w", encoding="utf-8") as out:
        out.write(text)
