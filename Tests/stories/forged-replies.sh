#!/usr/bin/env bash
# Someone answers in the ledger's place: "logged already", "accepted", "refused at entry 1". None of it is proof: no stop
# leaves an outbox, a desk's list or a broker's store for it, and no command says that something stands.
. "$(dirname "$0")/lib.sh"

small_road "nobody's word for it"
expect 0 open_samples
brokers_follow
expect 0 "$COFFER" audit mirror "$(url ledger)" "$ROAD/mirror" --charter "$ROAD/charter"

impostor=""
# impersonate MODE : answers at the ledger's address from now on
impersonate() {
    if [ -n "$impostor" ]; then end_process "$impostor"; else stop_server ledger; fi
    python3 "$story_root/Tests/stories/impostor.py" "${port[ledger]}" "$1" "$ROAD/mirror" >"$ROAD/posts" 2>>"$ROAD/log/impostor" &
    impostor=$!
    started+=($!)
    wait_for 10 answers "${port[ledger]}" || fail "the impostor does not answer: $(cat "$ROAD/log/impostor")"
}
honest() {
    end_process "$impostor"
    impostor=""
    serve ledger ledger
    wait_for 20 curl_checkpoint || fail "no checkpoint is published"
}
outbox() { find "$ROAD/employee/data/vault/outbox" -type f ! -name '.*' | wc -l; }
waiting() { wc -l <"$ROAD/servers/desk/waiting"; }

# --- no broker can be reached ---------------------------------------------------------------------------------------
EMPLOYEE=second
mkdir -p "$ROAD/second"
(umask 077 && echo "another passphrase" >"$ROAD/second/passphrase")
"$COFFER" org enrol token --dir "$ROAD/servers/desk" -o "$ROAD/second/token" >/dev/null
employee init "$ROAD/charter" --token-file "$ROAD/second/token" --passphrase-file "$ROAD/second/passphrase" \
    --sheet "$ROAD/second/recovery-sheet" >/dev/null
EMPLOYEE=employee
handed_in=$(waiting)
[ "$handed_in" -gt 0 ] || fail "nobody waits to be enrolled"
employee lock >/dev/null
for name in $brokers; do stop_server "$name"; done
pseudonym=$(printf '%064d' 7)

declare -A code=([duplicate]=75 [accepted]=75 [refused]=77)
for mode in duplicate accepted refused; do
    impersonate "$mode"
    expect 75 "$COFFER" org halt --charter "$ROAD/charter" --key "$ROAD/org/emergency" --json
    [ "$(json pending <"$ROAD/out")" = true ] && [ "$(json receipts <"$ROAD/out")" = 0 ] ||
        fail "$mode: a halt is believed: $(cat "$ROAD/out")"
    expect "${code[$mode]}" "$COFFER" org dismiss "$pseudonym" --charter "$ROAD/charter" --key "$ROAD/org/desk"
    expect_silence
    expect "${code[$mode]}" "$COFFER" org enrol publish --dir "$ROAD/servers/desk" --key "$ROAD/org/desk" --charter "$ROAD/charter"
    expect_silence
    [ "$(waiting)" = "$handed_in" ] || fail "$mode: the desk's list has shrunk to $(waiting)"
    expect 75 employee revoke completion --json
    [ "$(json effective <"$ROAD/out")" = false ] && [ "$(json pending <"$ROAD/out")" = true ] ||
        fail "$mode: a revocation is believed: $(cat "$ROAD/out")"
    expect 75 "$COFFER" revoke --card "$ROAD/employee/card-completion" --json
    [ "$(json effective <"$ROAD/out")" = false ] || fail "$mode: the card believes it: $(cat "$ROAD/out")"
    expect 69 employee sync
    [ "$(outbox)" -ge 1 ] || fail "$mode: the revocation has left the outbox"
done
kept=$(outbox)

# --- the brokers are back, the ledger's place is still taken --------------------------------------------------------
impersonate refused
for name in $brokers; do serve_broker "$name"; done
for name in $brokers; do wait_for 20 answers "${port[$name]}" || fail "$name does not answer"; done
expect 69 employee sync
held() { ls "$ROAD/servers/$1/stops"; }
for name in $brokers; do [ -n "$(held "$name")" ] || fail "$name does not hold the revocation"; done
refused() { [ "$(wc -l <"$ROAD/posts")" -ge 4 ]; }
wait_for 20 refused || fail "no broker has submitted the revocation"
for name in $brokers; do [ -n "$(held "$name")" ] || fail "$name has dropped the revocation for a refusal"; done
[ "$(outbox)" = "$kept" ] || fail "receipts have emptied the outbox"

# --- everybody is honest again --------------------------------------------------------------------------------------
honest
expect 0 "$COFFER" org enrol publish --dir "$ROAD/servers/desk" --key "$ROAD/org/desk" --charter "$ROAD/charter" --json
[ "$(json logged <"$ROAD/out")" = "$handed_in" ] || fail "not everybody was enrolled: $(cat "$ROAD/out")"
expect 69 employee sync
[ "$(outbox)" = 0 ] || fail "the outbox keeps what stands in the ledger"
let_go() { [ -z "$(held "$1")" ]; }
for name in $brokers; do wait_for 30 let_go "$name" || fail "$name keeps what stands in the ledger"; done
expect 0 employee consents --json
[ "$(json status <"$ROAD/out")" = revoked ] || fail "the consent is $(json status <"$ROAD/out")"
expect 77 open_samples
expect_silence
pass "forged replies: $kept stops kept in the outbox, $handed_in pseudonyms at the desk, all four brokers hold; done by the log alone"
