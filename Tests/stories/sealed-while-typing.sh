#!/usr/bin/env bash
# Sealed while typing: the agent is killed in the middle of a word. The word is in no file; at most a second of it is lost.
. "$(dirname "$0")/lib.sh"

make_officers
draft_charter --demo
sign_charter
# No server runs: capture and review need no network.
init_employee
employee capture on --apps editor --kinds keys,window,screen >/dev/null
open_screen
start_agent
open_terminal Editor
records_now

# Letters only, so that each is one key press; long enough that the agent dies in the middle.
canary=$(head -c 600 /dev/urandom | base64 -w 0 | tr -dc 'a-z' | cut -c1-120)
[ ${#canary} = 120 ] || fail "the canary has another length"
xdotool type --delay 40 -- "$canary" &
typist=$!
sleep 3
kill -9 "$agent"
killed=$(date +%s%3N)
wait "$typist"

# No part of it is in any file: not raw, not in UTF-16, not in base64 at any of the three offsets.
python3 - "$ROAD" "$canary" <<'PY' || fail "what was typed lies in a file"
import base64, os, sys
root, canary = sys.argv[1:]
needles = []
for at in range(0, 64, 8):
    piece = canary[at:at + 8]
    needles += [piece.encode(), piece.encode("utf-16-le"), piece.encode("utf-16-be"), piece.encode().hex().encode()]
    for pad in range(3):
        needles.append(base64.b64encode(b"x" * pad + piece.encode())[4 if pad else 0:-4])
for folder, _, files in os.walk(root):
    for name in files:
        path = os.path.join(folder, name)
        if not os.path.isfile(path): continue
        data = open(path, "rb").read()
        for needle in needles:
            if needle in data: sys.exit(f"{path} holds {needle[:12]!r}")
PY
open_journals=$(find "$ROAD/employee/data/vault/journals" -type f | wc -l)
[ "$open_journals" -gt 0 ] || fail "the agent left no journal"

# Unlocking adopts the journals that the agent left.
unlock_employee
employee show --kind keys --json >"$ROAD/records"
python3 - "$ROAD/records" "$canary" "$killed" >"$ROAD/told" <<'PY' || fail "$(cat "$ROAD/told")"
import datetime, json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
typed = "".join(r["key"] for r in records if r["type"] == "press")
if not sys.argv[2].startswith(typed): sys.exit(print(f"it reads back as something else: {typed} of {sys.argv[2]}") or 1)
if not 10 < len(typed) < 120: sys.exit(print(f"{len(typed)} of 120 characters came back") or 1)
last = datetime.datetime.fromisoformat(records[-1]["t"].replace("Z", "+00:00")).timestamp() * 1000
missing = int(sys.argv[3]) - last
# A second, and the time between two keys on a busy machine.
if missing > 1250: sys.exit(print(f"{missing:.0f} ms are missing") or 1)
if any(r["source"] != "synthetic" for r in records): sys.exit(print("xdotool passed for a person") or 1)
print(len(typed), int(max(missing, 0)))
PY
read -r back missing <"$ROAD/told"
pass "sealed while typing: killed mid-word, the word is in no file; $back characters read back, $missing ms missing"
