#!/usr/bin/env bash
# Revocation is final: old broker stores, a ledger that is down and a machine without the identity change nothing.
. "$(dirname "$0")/lib.sh"

small_road "said once and taken back"
expect 0 open_samples
sub_keys() { broker_status "$1" | json subKeys; }
has_none() { [ "$(sub_keys "$1")" = 0 ]; }
[ "$(sub_keys acme-1)" -gt 0 ] || fail "the broker holds no sub-key"

# yesterday's stores
for name in $brokers; do
    stop_server "$name"
    cp -a "$ROAD/servers/$name" "$ROAD/servers/$name.yesterday"
    cp -a "$ROAD/storage/$name" "$ROAD/storage/$name.yesterday"
    serve_broker "$name"
done
for name in $brokers; do wait_for 10 answers "${port[$name]}"; done

# The ledger is down: the brokers obey at once, and the card needs no identity.
stop_server ledger
mkdir "$ROAD/elsewhere"
expect 0 env COFFER_HOME="$ROAD/elsewhere" "$COFFER" revoke --card "$ROAD/employee/card-completion" --json
[ "$(json pending <"$ROAD/out")" = true ] || fail "the revocation is not said to be pending"
for name in $brokers; do wait_for 10 has_none "$name" || fail "$name still holds sub-keys"; done

held() { ls "$ROAD/servers/$1/stops"; }
for name in $brokers; do [ -n "$(held "$name")" ] || fail "$name does not hold the revocation"; done

# The ledger is back: the brokers submit the stop themselves, and delete it when they see it in the log.
serve ledger ledger
wait_for 10 curl_checkpoint
let_go() { [ -z "$(held "$1")" ]; }
for name in $brokers; do wait_for 30 let_go "$name" || fail "$name has not logged the revocation"; done
expect 77 open_samples
expect_silence

# Yesterday's stores replay before they serve.
for name in $brokers; do
    stop_server "$name"
    rm -rf "$ROAD/servers/$name" "$ROAD/storage/$name"
    mv "$ROAD/servers/$name.yesterday" "$ROAD/servers/$name"
    mv "$ROAD/storage/$name.yesterday" "$ROAD/storage/$name"
    serve_broker "$name"
done
for name in $brokers; do wait_for 10 answers "${port[$name]}"; done
expect 77 open_samples
expect_silence
for name in $brokers; do wait_for 20 has_none "$name" || fail "$name, restored, still holds sub-keys"; done
pass "revocation is final: ledger down, card elsewhere, yesterday's stores restored; refused every time"
