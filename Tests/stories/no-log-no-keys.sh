#!/usr/bin/env bash
# No log, no keys: without witnesses, then without a ledger, no broker answers, and capture loses nothing.
#
# Four brokers and five outside witnesses: without the outside witnesses, all brokers together are not a majority.
. "$(dirname "$0")/lib.sh"

small_road "the log comes first"
expect 0 open_samples

answers_given() {
    local name total=0
    for name in $brokers; do total=$((total + $(broker_status "$name" | json answers))); done
    echo $total
}
before=$(answers_given)
[ "$before" -gt 0 ] || fail "no broker counted an answer"

for name in $witnesses; do stop_server "$name"; done
expect 75 open_samples
expect_silence
[ "$(answers_given)" = "$before" ] || fail "a broker answered without witnesses"

stop_server ledger
expect 75 open_samples
expect_silence
[ "$(answers_given)" = "$before" ] || fail "a broker answered without the ledger"

# Capture never needs a network.
held=$(employee ls --json | wc -l)
record_words editor "still mine"
employee sync >/dev/null 2>&1 || true
[ "$(employee ls --json | wc -l)" -gt "$held" ] || fail "what was recorded without a ledger is not there"

# A charter without witnesses is refused.
mkdir "$ROAD/unwitnessed"
charter=$ROAD/charter
(
    witnesses=""
    status=0
    draft_charter --demo >"$ROAD/out" 2>"$ROAD/err" || status=$?
    [ $status = 78 ] || fail "a charter without witnesses was drafted (exit $status)"
)
python3 - "$charter" >"$ROAD/unwitnessed/charter" <<'PY'
import re, sys
print(re.sub(r'"witnesses":\[.*?\],"reviewers"', '"witnesses":[],"reviewers"', open(sys.argv[1]).read()), end="")
PY
expect 78 "$COFFER" serve ledger --dir "$ROAD/unwitnessed" --key "$ROAD/org/ledger" --charter "$ROAD/unwitnessed/charter" \
    --listen 127.0.0.1:0
pass "no log, no keys: $before answers before, $before after; recording continued"
