#!/usr/bin/env bash
# A ledger that serves junk holds up nothing that stops: a waiting revocation reaches the brokers by the keyholder's own
# round, by `sync`, and while the vault is locked.
. "$(dirname "$0")/lib.sh"

small_road "taken back in spite of it"
expect 0 open_samples
brokers_follow
employee lock >/dev/null
stop_server ledger
for name in $brokers; do stop_server "$name"; done
expect 75 employee revoke completion

python3 "$story_root/Tests/stories/impostor.py" "${port[ledger]}" junk "$ROAD" >/dev/null 2>>"$ROAD/log/impostor" &
impostor=$!
started+=($!)
wait_for 10 answers "${port[ledger]}" || fail "the impostor does not answer: $(cat "$ROAD/log/impostor")"
for name in $brokers; do serve_broker "$name"; done
for name in $brokers; do wait_for 20 answers "${port[$name]}" || fail "$name does not answer"; done

sub_keys() { broker_status "$1" | json subKeys; }
has_none() { [ "$(sub_keys "$1")" = 0 ]; }
for name in $brokers; do [ "$(sub_keys "$name")" -gt 0 ] || fail "$name holds no sub-key before it is asked"; done

# The keyholder's first round begins when it starts; nobody asks for it.
unlock_employee
for name in $brokers; do wait_for 30 has_none "$name" || fail "$name was not sent the revocation"; done
expect 75 employee sync
outbox() { find "$ROAD/employee/data/vault/outbox" -type f ! -name '.*' | wc -l; }
[ "$(outbox)" = 1 ] || fail "the outbox holds $(outbox) stops: the ledger has none yet"

# A halt, too: the brokers' copies say which rosters there are.
expect 0 "$COFFER" org halt --charter "$ROAD/charter" --key "$ROAD/org/emergency" --json
[ "$(json receipts <"$ROAD/out")" = 4 ] && [ "$(json pending <"$ROAD/out")" = true ] || fail "not halted: $(cat "$ROAD/out")"

end_process "$impostor"
serve ledger ledger
wait_for 20 curl_checkpoint || fail "no checkpoint is published"
synced() { employee sync >/dev/null 2>&1 && [ "$(outbox)" = 0 ]; }
wait_for 30 synced || fail "the outbox keeps what stands in the ledger"
expect 77 open_samples
expect_silence
pass "a junk ledger: the revocation reached all four brokers by the keyholder's round, the halt by the brokers' copies"
