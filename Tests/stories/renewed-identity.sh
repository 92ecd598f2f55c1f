#!/usr/bin/env bash
# The identity is renewed while the agent records: the agent seals what it has, waits, and goes on with the new key. What was
# typed before and after opens with the new identity, and nothing is lost but what was typed meanwhile.
. "$(dirname "$0")/lib.sh"

make_officers
draft_charter --demo
sign_charter
start_servers
enrol_employee
home=$ROAD/employee
employee capture on --apps editor --kinds keys >/dev/null
open_screen
start_agent
open_terminal Editor
records_now
type_line before
expect 0 employee key rotate --sheet "$home/new-sheet" --passphrase-file "$home/passphrase"
kill -0 "$agent" || fail "the agent has ended"
records_now
type_line after
[ "$(employee capture status --json | json pid)" = "$agent" ] || fail "another agent runs"
employee capture off >/dev/null
unlock_employee
typed=$(employee show --kind keys --json | python3 -c '
import json, sys
print("".join(r["key"] for r in map(json.loads, sys.stdin) if r["type"] == "press" and len(r["key"]) == 1))')
[ "$typed" = beforeafter ] || fail "the vault holds '$typed'"
expect 0 employee doctor
# With an agent that cannot be asked, nothing is renewed.
employee capture on --apps editor --kinds keys >/dev/null
start_agent
kill -STOP "$agent"
expect 75 employee key rotate --sheet "$home/newer-sheet" --passphrase-file "$home/passphrase"
kill -CONT "$agent"
[ ! -e "$home/newer-sheet" ] || fail "a sheet was written for an identity that is not there"
pass "renewed identity: the agent goes on with the new key, and both days open"
