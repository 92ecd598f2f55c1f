#!/usr/bin/env bash
# An amendment replaces every broker. Old consents stay with the old ones, and only these can stop them: a revocation is
# not done by the new council's receipt, and a halt is not done by one roster alone.
. "$(dirname "$0")/lib.sh"
# limit: 600

small_road "written under the first brokers"
expect 0 open_samples
old_lines=$(wc -l <"$ROAD/out")

# --- four new brokers -----------------------------------------------------------------------------------------------
new="acme-4 acme-5 acme-6 council-2"
ports=$(free_ports 4)
for name in $new; do
    port[$name]=${ports%% *}
    ports=${ports#* }
    case $name in council*) side=employees ;; *) side=company ;; esac
    key broker "$name" --operator "Operator of $name" --side $side --url "$(url "$name")"
done
council=council-2 draft_amendment "$ROAD/amendment" "acme-4 acme-5 acme-6" privacy --notice 0s
# shellcheck disable=SC2086
sign_amendment "$ROAD/amendment" ledger desk privacy works-council emergency $brokers $new
expect 0 publish "$ROAD/amendment"
publish_purpose afterwards keys editor # the next entry brings it into force
for name in $new; do
    mkdir -p "$ROAD/servers/$name"
    expect 0 "$COFFER" audit mirror "$(url ledger)" "$ROAD/servers/$name/ledger" --charter "$ROAD/charter"
    serve_broker "$name"
done
for name in $new; do wait_for 20 answers "${port[$name]}" || fail "$name does not answer: $(tail -n 2 "$ROAD/log/$name")"; done

EMPLOYEE=second enrol_employee
EMPLOYEE=second record_words editor "written under the second brokers"
EMPLOYEE=second unlock_employee
EMPLOYEE=second consent completion --kinds keys --apps editor
EMPLOYEE=second employee sync >/dev/null
granted=$(grant completion --kinds keys --apps editor --days "$day..$day" --pages 1000)
expect 0 open_samples
[ "$(wc -l <"$ROAD/out")" -gt "$old_lines" ] || fail "the second employee's samples do not open"
expect 0 employee purposes # the first laptop knows the new terms
brokers="$brokers $new" brokers_follow

sub_keys() { broker_status "$1" | json subKeys; }
has_none() { [ "$(sub_keys "$1")" = 0 ]; }
start_brokers() { # NAME…
    local name
    for name in "$@"; do serve_broker "$name"; done
    for name in "$@"; do wait_for 20 answers "${port[$name]}" || fail "$name does not answer"; done
}

# --- a revocation: its own roster, and no other ---------------------------------------------------------------------
employee lock >/dev/null
stop_server ledger
for name in $brokers; do stop_server "$name"; done
expect 75 employee revoke completion --json
[ "$(json effective <"$ROAD/out")" = false ] || fail "the new brokers' receipts are taken for the old ones': $(cat "$ROAD/out")"
expect 75 "$COFFER" revoke --card "$ROAD/employee/card-completion" --json
[ "$(json effective <"$ROAD/out")" = false ] || fail "the card takes them, too: $(cat "$ROAD/out")"
start_brokers council-1
expect 0 "$COFFER" revoke --card "$ROAD/employee/card-completion" --json
[ "$(json effective <"$ROAD/out")" = true ] || fail "its own council is not enough: $(cat "$ROAD/out")"
start_brokers acme-1 acme-2 acme-3
expect 69 employee sync
for name in $brokers; do wait_for 10 has_none "$name" || fail "$name still holds sub-keys"; done

# --- a halt: every roster that something can be opened by -----------------------------------------------------------
halt() { "$COFFER" org halt --charter "$ROAD/charter" --key "$ROAD/org/emergency" "$@"; }
roster() { json "rosters.$1.$2" <"$ROAD/out"; } # NUMBER MEMBER
expect 0 halt --json # the ledger is down: the brokers' copies say which rosters there are
[ "$(json receipts <"$ROAD/out")" = 8 ] && [ "$(json pending <"$ROAD/out")" = true ] || fail "not halted by all: $(cat "$ROAD/out")"
[ "$(roster 0 stopped) $(roster 1 stopped)" = "true true" ] || fail "a roster goes on: $(cat "$ROAD/out")"
[ "$(json size <"$ROAD/out")" -gt 0 ] || fail "the tree whose terms it used is not named"

for name in $brokers; do stop_server "$name"; done
expect 75 halt --json
[ "$(roster 0 stopped) $(roster 1 stopped)" = "true false" ] || fail "the old brokers are down: $(cat "$ROAD/out")"
expect_words "1 live consent"

# An officer who has followed nothing learns the terms from the amendment alone.
expect 75 env XDG_STATE_HOME="$ROAD/fresh" "$COFFER" org halt --charter "$ROAD/charter" --key "$ROAD/org/emergency" --json
[ "$(json receipts <"$ROAD/out")" = 0 ] && [ "$(json size <"$ROAD/out")" = None ] || fail "unexpected: $(cat "$ROAD/out")"
expect 75 env XDG_STATE_HOME="$ROAD/fresh" "$COFFER" org halt --charter "$ROAD/charter" --key "$ROAD/org/emergency" \
    --amendment "$ROAD/amendment" --json
[ "$(json receipts <"$ROAD/out")" = 4 ] && [ "$(roster 0 stopped)" = true ] || fail "the new brokers were not reached: $(cat "$ROAD/out")"
expect_words "unknown number"

# The first charter's brokers confirm, and it is not enough.
start_brokers acme-1 acme-2 acme-3 council-1
for name in $new; do stop_server "$name"; done
expect 75 halt --json
[ "$(json receipts <"$ROAD/out")" = 4 ] && [ "$(roster 0 stopped) $(roster 1 stopped)" = "false true" ] ||
    fail "the pinned charter's brokers are taken for all: $(cat "$ROAD/out")"
expect_words "Too few brokers" "1 live consent"

# The ledger is back: what the brokers hold reaches it.
serve ledger ledger
wait_for 20 curl_checkpoint || fail "no checkpoint is published"
# shellcheck disable=SC2086
start_brokers $new
expect 0 halt --json
[ "$(json pending <"$ROAD/out")" = false ] || fail "the ledger has no halt: $(cat "$ROAD/out")"
expect 77 open_samples
expect_silence
pass "another roster: the new council's receipt revoked nothing; a halt named each roster, and was done only when all were stopped"
