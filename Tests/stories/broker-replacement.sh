#!/usr/bin/env bash
# A broker is lost with its disks, and an amendment replaces it. Old consents continue with the brokers that are
# left, and new consents take the new roster. An amendment with `ends` ends the old consents.
. "$(dirname "$0")/lib.sh"

small_road "written under the old brokers"
expect 0 open_samples
sub_keys() { broker_status "$1" | json subKeys; }
has_some() { [ "$(sub_keys "$1")" -gt 0 ]; }

# --- a broker that lost only its sub-keys gets them again -----------------------------------------------------------
held=$(sub_keys acme-1)
# A keyholder deposits missing sub-keys again every minute. Lock the vault, so that it does not do so before the check.
employee lock >/dev/null
stop_server acme-1
rm "$ROAD/servers/acme-1/sub-keys"
serve_broker acme-1
wait_for 10 answers "${port[acme-1]}"
[ "$(sub_keys acme-1)" = 0 ] || fail "acme-1 holds sub-keys that it lost"
unlock_employee
sync_gives_back() { employee sync >/dev/null && has_some acme-1; }
wait_for 20 sync_gives_back || fail "acme-1 was not given its sub-keys again"
[ "$(sub_keys acme-1)" = "$held" ] || fail "acme-1 does not have as many sub-keys as before"

# --- acme-3 is lost: two of three are left, and that is enough ------------------------------------------------------
stop_server acme-3
rm -rf "$ROAD/servers/acme-3" "$ROAD/storage/acme-3"
expect 0 open_samples
old_lines=$(wc -l <"$ROAD/out")

# --- acme-4 in its place --------------------------------------------------------------------------------------------
port[acme-4]=$(free_ports 1)
key broker acme-4 --operator "Operator of acme-4" --side company --url "$(url acme-4)"

amend() { # FILE FLAGS… : acme-4 in acme-3's place, signed by all who are left
    draft_amendment "$1" "acme-1 acme-2 acme-4" privacy --notice 0s "${@:2}"
    sign_amendment "$1" ledger desk privacy works-council emergency acme-1 acme-2 council-1 acme-4
}
amend "$ROAD/amendment"
expect 0 publish "$ROAD/amendment"
amended=$(json statement <"$ROAD/out")
# The next entry brings it into force. A purpose will do.
publish_purpose afterwards keys editor

# The new broker starts from a mirror of the log: the pinned charter does not name it, but the log does.
mkdir -p "$ROAD/servers/acme-4"
expect 0 "$COFFER" audit mirror "$(url ledger)" "$ROAD/servers/acme-4/ledger" --charter "$ROAD/charter"
serve_broker acme-4
wait_for 20 answers "${port[acme-4]}" || fail "acme-4 does not answer: $(tail -n 2 "$ROAD/log/acme-4")"

# --- the old consent goes on, by acme-1 and acme-2 ------------------------------------------------------------------
expect 0 open_samples
[ "$(wc -l <"$ROAD/out")" = "$old_lines" ] || fail "the old consent's samples changed"
expect 75 employee sync # acme-3's deposit is still tried
[ "$(sub_keys acme-4)" = 0 ] || fail "acme-4 was given sub-keys of a roster that it is not in"

# --- a new consent takes the new roster -----------------------------------------------------------------------------
EMPLOYEE=second enrol_employee
EMPLOYEE=second record_words editor "written under the new brokers"
EMPLOYEE=second unlock_employee
EMPLOYEE=second consent completion --kinds keys --apps editor
deposited() { EMPLOYEE=second employee sync >/dev/null && has_some acme-4; }
wait_for 20 deposited || fail "acme-4 holds no sub-key of the new consent"
granted=$(grant completion --kinds keys --apps editor --days "$day..$day" --pages 1000)
expect 0 open_samples
both_lines=$(wc -l <"$ROAD/out")
[ "$both_lines" -gt "$old_lines" ] || fail "the new consent's samples do not open"

# --- an amendment that ends the old rosters -------------------------------------------------------------------------
amend "$ROAD/ending" --amends "$amended" --ends
expect 0 publish "$ROAD/ending"
publish_purpose last keys editor
only_new() { open_samples >"$ROAD/out" 2>"$ROAD/err" && [ "$(wc -l <"$ROAD/out")" = $((both_lines - old_lines)) ]; }
wait_for 20 only_new || fail "after the end of the old roster: $(wc -l <"$ROAD/out") samples; $(cat "$ROAD/err")"
# and acme-2 and acme-4 alone can open them
stop_server acme-1
wait_for 20 only_new || fail "acme-4's part is not enough beside acme-2's: $(cat "$ROAD/err")"
pass "a broker replaced: lost sub-keys deposited again; old consents continue with t of the old roster until an amendment ends them"
