#!/usr/bin/env bash
# A ledger that starts on yesterday's copy, on an empty directory, or where it cannot listen, signs nothing. It asks its
# cosigners first; they show what its own key has signed, and it ends with 78 and says what to do.
. "$(dirname "$0")/lib.sh"

make_officers
draft_charter --demo
sign_charter
directory=$ROAD/servers/ledger
start() { # DIRECTORY PORT : the ledger, until it ends; it must end by itself
    timeout 30 "$COFFER" serve ledger --dir "$1" --key "$ROAD/org/ledger" --charter "$ROAD/charter" \
        --listen "127.0.0.1:$2"
}
nothing_signed() { [ ! -e "$1/head" ] && [ ! -e "$1/checkpoint" ] || fail "it has signed something in $1"; }

# --- a new ledger: not before its port is bound, and not before a quorum has said that it knows of no log ------------
python3 -m http.server "${port[ledger]}" --bind 127.0.0.1 --directory "$ROAD/lake" >/dev/null 2>&1 &
web=$!
started+=($web)
for name in $witnesses; do serve witness "$name"; done
for name in $brokers; do serve_broker "$name"; done
for name in $witnesses $brokers "ledger"; do wait_for 20 answers "${port[$name]}" || fail "$name does not answer"; done
expect 78 start "$directory" "${port[ledger]}"
nothing_signed "$directory"
expect 78 start "$directory" "${port[acme-1]}"
nothing_signed "$directory"
end_process "$web"

for name in $brokers; do stop_server "$name"; done
stop_server north # four of nine are left
serve ledger ledger
wait_for 20 answers "${port[ledger]}" || fail "the ledger does not answer"
expect 75 publish_purpose early keys editor
nothing_signed "$directory"
for name in $brokers; do serve_broker "$name"; done
wait_for 30 curl_checkpoint || fail "the ledger has not begun: $(tail -n 2 "$ROAD/log/ledger")"
serve witness north
wait_for 20 answers "${port[north]}" || fail "north does not answer"

# --- yesterday's copy ------------------------------------------------------------------------------------------------
publish_purpose first keys editor
stop_server ledger
cp -a "$directory" "$ROAD/yesterday"
serve ledger ledger
wait_for 20 answers "${port[ledger]}" || fail "the ledger does not answer"
publish_purpose second keys editor
brokers_follow
size=$(published ledger)
stop_server ledger
mv "$directory" "$ROAD/today"
cp -a "$ROAD/yesterday" "$directory"
expect 78 start "$directory" "${port[ledger]}"
expect_words "this ledger's key signed" "restore-ledger"
cmp -s "$directory/head" "$ROAD/yesterday/head" || fail "the old copy has signed another checkpoint"

# --- an empty directory, and a mistyped one ----------------------------------------------------------------------------
for wrong in "$ROAD/empty" "$ROAD/servers/legder"; do
    expect 78 start "$wrong" "${port[ledger]}"
    expect_words "shows a checkpoint over $size entries" "restore-ledger"
    nothing_signed "$wrong"
done

# One cosigner that remembers is enough. Without a quorum nothing is signed, but what was published is served.
for name in $brokers south east west up; do stop_server "$name"; done
expect 78 start "$ROAD/empty" "${port[ledger]}"
stop_server north
serve ledger ledger
wait_for 20 curl_checkpoint || fail "the ledger does not serve what it has published"
expect 75 publish_purpose third keys editor
stop_server ledger
cmp -s "$directory/head" "$ROAD/yesterday/head" || fail "without cosigners the old copy has signed another checkpoint"
for name in $witnesses; do serve witness "$name"; done
for name in $brokers; do serve_broker "$name"; done

# --- the newest directory ----------------------------------------------------------------------------------------------
rm -rf "$directory"
mv "$ROAD/today" "$directory"
serve ledger ledger
wait_for 20 publish_purpose third keys editor || fail "the ledger does not go on: $(tail -n 2 "$ROAD/log/ledger")"
[ "$(published ledger)" = $((size + 1)) ] || fail "it has $(published ledger) entries, not $((size + 1))"
expect 0 "$COFFER" audit verify "$(url ledger)" --charter "$ROAD/charter"
COFFER_HOME=$ROAD/auditor expect 0 "$COFFER" audit watch --charter "$ROAD/charter" --once
pass "an old copy, an empty directory, a port in use: 78 or a wait, and nothing is signed that is not the one history"
