#!/usr/bin/env bash
# Open segments: what was typed a second ago is reached by redact, rm and erase, or the exit is 75 and names what was not. A
# copy of the vault, an hour that comes twice and a midnight that never comes are selected as meant.
# limit: 600
. "$(dirname "$0")/lib.sh"

home=$ROAD/employee
make_officers
draft_charter --demo
sign_charter
# No server runs: what is not offered needs no network.
init_employee
employee capture on --apps editor --kinds keys,window >/dev/null
open_screen
start_agent
open_terminal Editor
records_now
unlock_employee

typed() { # COMMAND… : what the keys of its records say
    "$@" --kind keys --json | python3 -c '
import json, sys
print("".join(r.get("key", "") for r in map(json.loads, sys.stdin) if r.get("type") == "press"))'
}
journals() { find "$home/data/vault/journals" -type f ! -name '.*' | wc -l; }
has_open() { [ "$(journals)" -ge 1 ]; }

# --- an agent that answers ------------------------------------------------------------------------------------------
# Typed right before the command, so that nothing is sealed yet and some of it is still held.
type_text my-pin-4711
expect 0 employee ls
expect_words "still open"
expect 0 employee ls --json
grep -q '"schema":"coffer.open.v1"' "$ROAD/out" || fail "ls does not list what is open: $(cat "$ROAD/out")"
expect 0 employee show --json
grep -q '"schema":"coffer.open.v1"' "$ROAD/out" || fail "show does not list what is open: $(cat "$ROAD/out")"
type_text -and-more
expect 0 employee redact --last 10m --json
[ "$(json records <"$ROAD/out")" -ge 40 ] || fail "redact left what was open: $(cat "$ROAD/out")"
[ "$(json unreached <"$ROAD/out")" = "[]" ] || fail "redact reached not all: $(cat "$ROAD/out")"
[ -z "$(typed employee show)" ] || fail "redacted, and still there: $(typed employee show)"

type_text my-pin-4712
expect 0 employee rm --last 10m --kind keys --json
[ "$(json segments <"$ROAD/out")" != "[]" ] || fail "rm --kind removed nothing: $(cat "$ROAD/out")"
[ -z "$(typed employee show)" ] || fail "removed, and still there: $(typed employee show)"

type_text my-pin-4713
expect 0 employee erase --last 10m
employee ls --kind keys --json | grep -v coffer.open | grep -q '"withheld":true' ||
    fail "what was open is not withheld: $(employee ls --json)"
# It records on.
type_text on
wait_for 10 has_open || fail "the agent records no more"

# --- one that does not answer ---------------------------------------------------------------------------------------
kill -STOP "$agent"
expect 75 employee erase --last 10m --json
[ "$(json unreached <"$ROAD/out")" != "[]" ] || fail "a stopped agent's segments count as erased: $(cat "$ROAD/out")"
expect 75 employee erase --last 10m
expect_words "$(find "$home/data/vault/journals" -type f -printf '%f\n' | head -n 1)" "not reached"
# rm takes the journals away from it; what it holds in memory is named.
expect 75 employee rm --last 10m
expect_words memory
[ "$(journals)" = 0 ] || fail "rm left open segments"
# A range of the past has nothing to do with it.
expect 0 employee rm --since 2001-01-01 --until 2001-01-02
kill -CONT "$agent"

# --- one that is dead -----------------------------------------------------------------------------------------------
records_now
type_text left-behind
wait_for 10 has_open || fail "the agent records no more"
sleep 1
kill -9 "$agent"
wait "$agent" 2>/dev/null || true
employee lock >/dev/null
expect 75 employee erase --last 10m
expect_words "not reached"
cp -r "$home" "$ROAD/other"
expect 0 employee rm --last 10m
[ "$(journals)" = 0 ] || fail "rm left what a dead agent had open"
# Unlocked, the keyholder adopts it first.
EMPLOYEE=other
unlock_employee
expect 0 employee rm --last 10m --kind keys --json
[ "$(json segments <"$ROAD/out")" != "[]" ] || fail "an orphan was not removed: $(cat "$ROAD/out")"
employee lock >/dev/null
EMPLOYEE=employee

# --- a copy of the vault --------------------------------------------------------------------------------------------
segments() { find "$ROAD/$EMPLOYEE/data/vault/segments" -name '*.label' | wc -l; }
import_at() { # RFC 3339…
    local moment
    for moment in "$@"; do
        python3 - "$moment" >"$ROAD/recording.jsonl" <<'PY'
import datetime, json, sys
start = int(datetime.datetime.fromisoformat(sys.argv[1].replace("Z", "+00:00")).timestamp() * 1000)
print(json.dumps({"t": start, "kind": "keys", "app": "editor", "type": "press", "key": "k", "source": "device"}))
print(json.dumps({"t": start + 90_000, "kind": "keys", "app": "editor", "type": "press", "key": "l", "source": "device"}))
PY
        employee import "$ROAD/recording.jsonl" --format jsonl >/dev/null
    done
}
employee rm --since 2001-01-01 >/dev/null
[ "$(segments)" = 0 ] || fail "the vault is not empty"
import_at 2025-03-04T09:29:00Z 2025-03-04T12:00:00Z
cp -r "$home" "$ROAD/copy"
EMPLOYEE=copy
expect 0 employee rm --since 2025-03-04T09:00Z --until 2025-03-04T10:00Z --json
[ "$(segments)" = 1 ] || fail "in a copy rm removed not what was meant: $(cat "$ROAD/out")"
# Without the times, as in a copy of an earlier version's vault: named, and not removed.
find "$ROAD/copy/data/vault/segments" -regextype posix-extended -regex '.*\.[0-9a-f]{24}' -delete
id=$(basename "$(find "$ROAD/copy/data/vault/segments" -name '*.label')" .label)
expect 75 employee rm --since 2025-03-04T11:00Z --until 2025-03-04T13:00Z --json
[ "$(json unknown.0 <"$ROAD/out")" = "$id" ] || fail "rm does not name the segment: $(cat "$ROAD/out")"
[ "$(segments)" = 1 ] || fail "rm removed what it could not know"
expect 75 employee rm --since 2025-03-04T11:00Z
expect_words "${id:0:8}"
# Unlocked, the time is read from the label.
unlock_employee
expect 0 employee rm --since 2025-03-04T11:00Z --until 2025-03-04T13:00Z
[ "$(segments)" = 0 ] || fail "unlocked, rm removed nothing"
employee lock >/dev/null
EMPLOYEE=employee

# --- hours that come twice, and midnights that never come -----------------------------------------------------------
employee rm --since 2001-01-01 >/dev/null
import_at 2025-10-26T00:30:00Z 2025-10-26T01:30:00Z 2025-10-26T02:30:00Z
TZ=Europe/Berlin expect 0 employee rm --since 2025-10-26T02:15 --until 2025-10-26T02:45
[ "$(segments)" = 1 ] || fail "of an hour that comes twice, rm left $(segments) of 3"
import_at 2018-11-04T03:00:00Z
TZ=America/Sao_Paulo expect 0 employee rm --since 2018-11-04 --until 2018-11-04T01:05
[ "$(segments)" = 1 ] || fail "a day without a midnight was not removed"
TZ=Africa/Cairo expect 0 employee rm --since 2014-05-16 --until 2014-05-16T00:59
expect 64 employee rm --since 2025-02-29

pass "open segments: redact, rm and erase reach them, or exit 75 with their names; copies and changes of clocks, too"
