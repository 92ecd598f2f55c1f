#!/usr/bin/env bash
# The ledger's disk is lost: its brokers give the log back, and all that followed it continue.
. "$(dirname "$0")/lib.sh"

small_road "kept by others"
expect 0 open_samples
auditor() { COFFER_HOME=$ROAD/auditor "$COFFER" audit "$@" --charter "$ROAD/charter"; }
restore() { "$COFFER" serve restore-ledger --charter "$ROAD/charter" --dir "$ROAD/servers/ledger" "$@"; }
start_fails() {
    expect 78 "$COFFER" serve ledger --dir "$ROAD/servers/ledger" --key "$ROAD/org/ledger" --charter "$ROAD/charter" \
        --listen 127.0.0.1:0
}

expect 0 auditor mirror "$(url ledger)" "$ROAD/mirror"
size=$(published ledger)
brokers_follow

# a ledger that runs is not lost
expect 78 "$COFFER" serve restore-ledger --charter "$ROAD/charter" --dir "$ROAD/servers/second"
expect_words "still runs"
[ -e "$ROAD/servers/second" ] && [ -n "$(ls "$ROAD/servers/second")" ] && fail "a second folder was made"
stop_server ledger

# an existing log is not changed
expect 78 restore
expect_words "nothing in it was changed"
rm -rf "$ROAD/servers/ledger"

# four of nine cosigners answer: the other five could have published more
for name in $witnesses; do stop_server "$name"; done
expect 75 restore
expect_words north south
start_fails
expect_words "restore-ledger"
for name in $witnesses; do serve witness "$name"; done
for name in $witnesses; do wait_for 20 answers "${port[$name]}" || fail "$name does not answer"; done

# eight of them, three brokers among them
stop_server acme-3
expect 0 restore --json
[ "$(json size <"$ROAD/out")" = "$size" ] || fail "not all of it was restored: $(cat "$ROAD/out")"
[ "$(json silent <"$ROAD/out")" = '["acme-3"]' ] || fail "the output does not name the silent cosigner: $(cat "$ROAD/out")"
expect 78 restore
serve_broker acme-3
wait_for 20 answers "${port[acme-3]}" || fail "acme-3 does not answer"

: >"$ROAD/log/ledger"
serve ledger ledger
wait_for 20 curl_checkpoint || fail "the ledger does not continue: $(tail -n 2 "$ROAD/log/ledger")"
[ "$(published ledger)" -ge "$size" ] || fail "the ledger has gone back"

# a person, a job and an auditor continue
publish_purpose second keys editor
expect 0 employee purposes second
consent second --kinds keys --apps editor
expect 0 open_samples
expect 0 auditor mirror "$(url ledger)" "$ROAD/mirror"
expect 0 auditor verify "$ROAD/mirror"
expect 0 auditor watch --once
[ "$(published ledger)" -gt "$size" ] || fail "nothing was logged since"
pass "a lost ledger: $size entries restored from its brokers, $(published ledger) now; all that followed it continue"
