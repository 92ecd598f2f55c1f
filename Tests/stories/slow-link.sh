#!/usr/bin/env bash
# Two bundles, 17 MB together, come at the same time over a link of 200 KB/s. A server that drips one byte a second, of
# its head or of its body, holds up nobody: it is named, and the others are asked.
# limit: 600
. "$(dirname "$0")/lib.sh"

python=$("$story_root/tools/venv")
make_officers
draft_charter --demo
sign_charter
start_servers
enrol_employee
publish_purpose completion keys editor
filled=$("$python" "$story_root/Tests/stories/filling.py" "$ROAD/charter" "$ROAD/org/desk" 520 490)
[ "$filled" = 520 ] || fail "$filled long entries of 520"
brokers_follow
bundles=$(cat "$ROAD"/servers/ledger/tile/entries/00[01] | wc -c)
[ "$bundles" -gt 16000000 ] || fail "the bundles have $bundles bytes only"

# slow PORT MODE… : in the place of a server
slow() {
    python3 "$story_root/Tests/stories/slow.py" "$@" 2>>"$ROAD/log/slow" &
    slow=$!
    started+=($slow)
    wait_for 10 answers "$1" || fail "the slow one does not answer: $(cat "$ROAD/log/slow")"
}
within() { # SECONDS COMMAND… : the command ends in this time
    local begun=$SECONDS limit=$1
    shift
    "$@"
    [ $((SECONDS - begun)) -le "$limit" ] || fail "it took $((SECONDS - begun)) s: $*"
}

auditor() { COFFER_HOME=$ROAD/auditor "$COFFER" audit "$@" --charter "$ROAD/charter"; }

# --- a link of 200 KB/s -----------------------------------------------------------------------------------------------
link=$(free_ports 1)
slow "$link" throttle 200000 "${port[ledger]}"
begun=$SECONDS
expect 0 auditor mirror "http://127.0.0.1:$link" "$ROAD/mirror"
took=$((SECONDS - begun))
[ "$took" -ge 60 ] || fail "17 MB came over 200 KB/s in $took s"
for number in 000 001; do cmp "$ROAD/servers/ledger/tile/entries/$number" "$ROAD/mirror/tile/entries/$number"; done
end_process "$slow"

# --- a ledger that drips ----------------------------------------------------------------------------------------------
stop_server ledger
EMPLOYEE=laptop
for part in head body chunks; do
    slow "${port[ledger]}" drip "$part"
    rm -rf "$ROAD/laptop"
    cp -r "$ROAD/employee" "$ROAD/laptop"
    within 90 expect 0 employee purposes
    [ $part = chunks ] || end_process "$slow"
done
within 45 expect 75 auditor mirror "$(url ledger)" "$ROAD/other"
expect_words "$(url ledger)" "too slowly"
within 60 expect 1 auditor watch --once --json
grep -q '"rule":"server.unreachable","subject":"ledger".*too slowly' "$ROAD/out" ||
    fail "the ledger is not named: $(cat "$ROAD/out")"
pass "a slow link: $bundles bytes of two bundles over 200 KB/s in $took s; who drips is named, and others are asked"
