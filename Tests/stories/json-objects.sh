#!/usr/bin/env bash
# What scripts read: runs every command that takes --json, and compares the members of its objects with the committed
# ones. With COFFER_WRITE_SNAPSHOTS=1 it writes what it sees in place of comparing.
. "$(dirname "$0")/lib.sh"

snapshot=$story_root/Tests/Snapshots/json-fields.txt
export KEPT=$ROAD/kept REAL_COFFER=$COFFER
mkdir "$KEPT"
# Stands in place of the binary: runs it, and keeps its output when --json is among its arguments.
cat >"$ROAD/coffer" <<'SH'
#!/usr/bin/env bash
kept=
for word in "$@"; do
    [ "$word" != -- ] || break
    [ "$word" != --json ] || kept=$(mktemp -d "$KEPT/XXXXXX")
done
[ -n "$kept" ] || exec "$REAL_COFFER" "$@"
printf '%s\n' "$@" >"$kept/arguments"
status=0
"$REAL_COFFER" "$@" >"$kept/out" 2>"$kept/err" || status=$?
cat "$kept/out"
cat "$kept/err" >&2
exit $status
SH
chmod 700 "$ROAD/coffer"
COFFER=$ROAD/coffer

org() { "$COFFER" org "$@" --json; }
audit() { COFFER_HOME=$ROAD/auditor "$COFFER" audit "$@" --charter "$ROAD/charter" --json; }
home=$ROAD/employee
passphrase=(--passphrase-file "$home/passphrase")

# --- officers and servers -------------------------------------------------------------------------------------------
make_officers
expect 0 org key new reviewer --name spare --side company -o "$ROAD/org/spare"
draft_charter --demo --json
cp "$ROAD/charter" "$ROAD/draft"
sign_charter
cp "$ROAD/draft" "$ROAD/copy"
expect 0 org charter show "$ROAD/copy"
expect 0 org charter sign "$ROAD/copy" --key "$ROAD/org/ledger"
expect 0 org charter merge "$ROAD/draft" "$ROAD/charter" "$ROAD/copy" -o "$ROAD/merged"
start_servers
expect 0 org charter publish --charter "$ROAD/charter"
expect 1 "$COFFER" serve doctor --dir "$ROAD/servers/acme-1" --key "$ROAD/org/acme-1" --charter "$ROAD/charter" \
    --storage-key "$ROAD/storage/acme-1" --json

# --- an employee ----------------------------------------------------------------------------------------------------
enrol_employee
expect 0 "$COFFER" org enrol token --dir "$ROAD/servers/desk" -o "$ROAD/token"
expect 0 employee key enrol --token-file "$ROAD/token" "${passphrase[@]}" --json
expect 0 org enrol publish --dir "$ROAD/servers/desk" --key "$ROAD/org/desk" --charter "$ROAD/charter"
mkdir "$ROAD/newcomer"
EMPLOYEE=newcomer expect 0 employee init "$ROAD/charter" "${passphrase[@]}" --sheet "$ROAD/newcomer/sheet" --json

for switch in "on --kinds keys --apps editor" pause resume status off; do
    # shellcheck disable=SC2086
    expect 0 employee capture $switch --json
done
expect 78 employee capture run --json
expect 0 employee capture secrets --addresses on --pattern 'Project [A-Z]+' --json

mkdir "$ROAD/recording"
python3 - "$ROAD/recording" <<'PY'
import json, struct, sys, time, zlib

folder = sys.argv[1]
start = (int(time.time()) // 86400 - 2) * 86_400_000 + 9 * 3_600_000
lines = []


def record(kind, **members):
    lines.append(json.dumps({"t": start + 50 * len(lines), "kind": kind, "app": "editor", **members}))


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


rows = b"".join(b"\0" + bytes(3 * 64) for _ in range(64))
with open(folder + "/0.png", "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))
               + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
at = {"x": 10, "y": 20, "w": 64, "h": 64, "source": "device"}
record("window", title="notes")
record("screen", image="0.png")
for key in "words":
    record("keys", type="press", key=key, source="device")
    record("keys", type="release", key=key, source="device")
record("pointer", type="press", button="left", **at)
record("pointer", type="release", button="left", **at)
record("pointer", type="scroll", direction="down", clicks=1, **at)
record("prompt", role="user", text="write it")
record("terminal", type="output", text="written")
with open(folder + "/records.jsonl", "w") as file:
    print(*lines, sep="\n", file=file)
PY
expect 0 employee import "$ROAD/recording/records.jsonl" --format jsonl --json
record_words other "what goes again"
unlock_employee
expect 0 employee unlock --for 1h "${passphrase[@]}" --json
expect 0 employee ls --json
expect 0 employee show --app editor --json
expect 0 employee export "$ROAD/exported" --app editor "${passphrase[@]}" --json
expect 0 employee key backup --sheet "$ROAD/sheet" "${passphrase[@]}" --json

# --- a purpose, a consent, a job ------------------------------------------------------------------------------------
everything=keys,pointer,screen,window,prompt,terminal
"$COFFER" org purpose draft --charter "$ROAD/charter" --name completion --text "Complete text." --basis consent \
    --owner research --kinds $everything --apps editor,other --outputs weights --pages 1000 --notice 0s --ends 30d \
    -o "$ROAD/purpose" >/dev/null
expect 0 org purpose sign "$ROAD/purpose" --key "$ROAD/org/privacy"
expect 0 org sign "$ROAD/purpose" --key "$ROAD/org/works-council"
expect 0 org show "$ROAD/purpose" --charter "$ROAD/charter"
expect 0 org purpose publish "$ROAD/purpose" --charter "$ROAD/charter"
expect 0 employee purposes --json
consent completion --json
expect 0 employee sync --json
expect 0 employee consents --json
expect 0 employee status --json
expect 0 employee doctor --json
expect 0 employee key show --json
make_job
JOB=second
mkdir "$ROAD/second"
expect 0 job init "$ROAD/charter" --json
JOB=job
day=$(date -u -d '2 days ago' +%F)
expect 0 job request completion --kinds $everything --apps editor,other --days "$day..$(date -u +%F)" --pages 1000 \
    -o "$ROAD/job/grant" --json
for reviewer in privacy works-council; do expect 0 org grant sign "$ROAD/job/grant" --key "$ROAD/org/$reviewer"; done
expect 0 org grant publish "$ROAD/job/grant" --charter "$ROAD/charter"
granted=$(json statement <"$ROAD/out")
expect 0 job open --grant "$granted" --format jsonl --manifest "$ROAD/manifest" --json
expect 0 job run --grant "$granted" --json -- sh -c 'cat >/dev/null'
expect 5 job run --grant "$granted" --json -- sh -c 'cat >/dev/null; exit 5'
JOB=second expect 77 job open --grant "$granted" --json
model=$(sha256sum <"$ROAD/charter" | cut -c1-64)
expect 0 job done --grant "$granted" --model "$model" --json
expect 0 job done --grant "$granted" --model "$model" --manifest "$ROAD/manifest" --json
expect 0 employee history --proof "$ROAD/proofs" --json
expect 0 env COFFER_JOB_KEY="$ROAD/job/key" "$COFFER" drill --on "$ROAD" --json

# --- auditors -------------------------------------------------------------------------------------------------------
expect 0 audit mirror "$(url ledger)" "$ROAD/mirror"
expect 0 audit verify "$ROAD/mirror"
expect 0 audit report -o "$ROAD/report.html" --ledger "$ROAD/mirror"
expect 0 audit affected --ledger "$ROAD/mirror"
expect 0 audit explain 1 --ledger "$ROAD/mirror"
expect 0 audit explain 1 --ledger "$ROAD/mirror"
[ "$(json basis <"$ROAD/out")" = snapshot ] || fail "the second answer does not rest on the snapshot"
expect 0 audit entries --ledger "$ROAD/mirror" --type consent
expect 0 audit proof 1 --ledger "$ROAD/mirror" -o "$ROAD/entry.tlog-proof"
expect 0 audit policy
expect 0 audit manifest "$ROAD/manifest"
expect 0 audit watch --once

# --- what ends ------------------------------------------------------------------------------------------------------
expect 0 employee redact --app other --last 4d --json
expect 0 employee erase --kind keys --json
expect 0 employee rm --kind pointer --json
pseudonym=$(employee consents --json | json pseudonym)
expect 0 employee revoke completion --json
expect 0 employee consents --json
expect 0 org dismiss "$pseudonym" --charter "$ROAD/charter" --key "$ROAD/org/desk"
cp "$home/passphrase" "$ROAD/changed"
expect 0 employee key passwd "${passphrase[@]}" --new-passphrase-file "$ROAD/changed" --json
expect 0 employee key rotate "${passphrase[@]}" --sheet "$ROAD/new-sheet" --json
mkdir "$ROAD/restored"
EMPLOYEE=restored expect 0 employee key restore "$ROAD/sheet" "${passphrase[@]}" --json
expect 0 employee lock --json

expect 0 org halt --charter "$ROAD/charter" --key "$ROAD/org/emergency"
"$COFFER" org resume --charter "$ROAD/charter" -o "$ROAD/resume" >/dev/null
for reviewer in privacy works-council; do expect 0 org sign "$ROAD/resume" --key "$ROAD/org/$reviewer"; done
expect 0 org publish "$ROAD/resume" --charter "$ROAD/charter"

stop_server acme-1
expect 0 "$COFFER" serve rotate-storage-key --dir "$ROAD/servers/acme-1" --storage-key "$ROAD/storage/acme-1" --json
serve_broker acme-1
wait_for 20 answers "${port[acme-1]}" || fail "acme-1 does not answer"
brokers_follow
stop_server ledger
rm -rf "$ROAD/servers/ledger"
expect 0 "$COFFER" serve restore-ledger --charter "$ROAD/charter" --dir "$ROAD/servers/ledger" --json

# --- the same members -----------------------------------------------------------------------------------------------
"$REAL_COFFER" --experimental-dump-help >"$ROAD/help"
python3 "$story_root/Tests/stories/fields.py" "$KEPT" "$ROAD/help" >"$ROAD/fields" || fail "the objects cannot be read"
if [ -n "${COFFER_WRITE_SNAPSHOTS:-}" ]; then cp "$ROAD/fields" "$snapshot"; fi
diff -u "$snapshot" "$ROAD/fields" >&2 ||
    fail "members differ; if you meant this change, run tools/snapshots --write and check the difference"
pass "$(find "$KEPT" -name arguments | wc -l) runs with --json print the committed members, each command at least once"
