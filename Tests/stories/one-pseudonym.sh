#!/usr/bin/env bash
# One real pseudonym erases random ids under random consents, 600 times, at the ledger and at every broker: what it never
# had to stop is refused, and log and stores grow by a bound. A stop that strangers send again 640 times is answered
# without reading the megabytes beside it; the log does not grow, and others' statements are logged meanwhile.
. "$(dirname "$0")/lib.sh"
python=$("$story_root/tools/venv" reader)
pseudonym() { "$python" "$story_root/Tests/stories/pseudonym.py" "$@"; }

make_officers
draft_charter --demo
sign_charter
start_servers

bytes_in() { find "$@" -type f -printf '%s\n' | awk '{ all += $1 } END { print all + 0 }'; }
# count WORDS : how many answers were these, in the last answers
count() { python3 -c 'import json, sys; print(json.loads(sys.argv[1]).get(sys.argv[2], 0))' "$answers" "$1"; }

# --- what it never had to stop --------------------------------------------------------------------------------------
entries=$(published ledger)
# The newest bundle: the shorter ones before it stay on the disk until it is full.
bundle() { find "$ROAD/servers/ledger/tile/entries" -type f -printf '%s\n' | sort -n | tail -n 1; }
log=$(bundle)
stores=()
for name in $brokers; do stores+=("$ROAD/servers/$name/stops"); done
held=$(bytes_in "${stores[@]}")
answers=$(pseudonym erase "$ROAD/charter" "$ROAD/org/desk" "$ROAD/stop")
taken=$(count "200 accepted")
refused=$(($(count "403 erase.early") + $(count "403 stop.moot") + $(count "403 erase.ids")))
[ $((taken + refused)) = 600 ] || fail "600 erases got other answers: $answers"
[ "$taken" -le 63 ] || fail "$taken of 600 erases were taken, and 63 may be: $answers"
# One enrolment, the first erase, and those taken.
grew=$(($(published ledger) - entries))
[ $grew -le $((taken + 2)) ] || fail "the log grew by $grew entries"
log=$(($(bundle) - log))
[ $log -lt 200000 ] || fail "the log grew by $log bytes"
held=$(($(bytes_in "${stores[@]}") - held))
[ $held -lt 400000 ] || fail "the brokers' stops grew by $held bytes"

# --- what strangers send again --------------------------------------------------------------------------------------
answers=$(pseudonym fill "$ROAD/charter" "$ROAD/org/desk" 60)
[ "$(count "200 accepted")" = 60 ] || fail "the log cannot be filled: $answers"
beside=$(bundle)
[ "$beside" -gt 1500000 ] || fail "the bundle has only $beside bytes"
brokers_follow
entries=$(published ledger)
read_by_ledger() { awk '$1 == "rchar:" { print $2 }' "/proc/${server[ledger]}/io"; }
before=$(read_by_ledger)
pseudonym again "$ROAD/charter" "$ROAD/stop" 640 >"$ROAD/again" &
strangers=$!
publish_purpose honest keys editor
wait "$strangers" || fail "the strangers were not answered"
answers=$(cat "$ROAD/again")
[ "$(count "200 accepted")" = 640 ] || fail "a stop that is sent again got other answers: $answers"
each=$((($(read_by_ledger) - before) / 640))
# What followers fetch of the ledger meanwhile counts, too.
[ $each -lt $((beside / 5)) ] || fail "each repeated stop makes the ledger read $each bytes, beside a bundle of $beside"
[ "$(published ledger)" = $((entries + 1)) ] || fail "the log grew by $(($(published ledger) - entries)) entries, not by one"

pass "one pseudonym: $taken of 600 erases taken, $log bytes of log; a repeated stop reads $each bytes beside $beside"
