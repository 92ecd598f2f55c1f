#!/usr/bin/env bash
# A monitor beside a log: all is well, a witness that stopped cosigning, a ledger that is down or runs on an old copy, a
# log that no one cosigns any more, a fork. Each has its exit code. A monitor that keeps running ends as it should.
. "$(dirname "$0")/lib.sh"

make_officers
draft_charter --demo
sign_charter
start_servers

# the monitor's machine
watch() { COFFER_HOME=$ROAD/auditor "$COFFER" audit watch --charter "$ROAD/charter" "$@"; }
rule() { # RULE SUBJECT : the last round reported this
    grep -q "\"rule\":\"$1\",\"subject\":\"$2\"" "$ROAD/out" || fail "no $1 of $2: $(cat "$ROAD/out" "$ROAD/err")"
}
fresh() { publish_purpose "fresh$((number += 1))" keys editor; }
number=0

fresh
expect 0 watch --once --json
rule log log

# a witness is down, then stale: named, a warning
stop_server up
fresh
expect 1 watch --once --json
rule server.unreachable up
stale() {
    fresh
    watch --once --fresh-within 15s --json >"$ROAD/out" 2>"$ROAD/err" || [ $? = 1 ] || return 1
    grep -q '"rule":"cosigner.stale","subject":"up"' "$ROAD/out"
}
wait_for 60 stale || fail "a witness that stopped cosigning is not named: $(cat "$ROAD/out" "$ROAD/err")"
serve witness up
wait_for 10 answers "${port[up]}"
fresh
expect 0 watch --once --json

# a monitor that keeps running: it reports changes, and ends on SIGTERM
COFFER_HOME=$ROAD/auditor "$COFFER" audit watch --charter "$ROAD/charter" --interval 1s --json \
    >"$ROAD/stays" 2>"$ROAD/stays-talk" &
stays=$!
started+=($stays)
wait_for 10 grep -q '"rule":"log"' "$ROAD/stays" || fail "the monitor said nothing: $(cat "$ROAD/stays-talk")"
stop_server north
wait_for 10 grep -q '"rule":"server.unreachable","subject":"north"' "$ROAD/stays" || fail "the monitor missed a witness"
serve witness north
wait_for 10 grep -q '"level":"ok","rule":"server.unreachable","subject":"north"' "$ROAD/stays" ||
    fail "the monitor did not report that it was over"
kill "$stays"
status=0
wait "$stays" || status=$?
[ $status = 0 ] || fail "the monitor ended with $status on SIGTERM: $(cat "$ROAD/stays-talk")"

# yesterday's copy in the ledger's place: named at once, although every checkpoint is fresh; also by a broker's doctor
doctor() {
    "$COFFER" serve doctor --dir "$ROAD/servers/acme-1" --key "$ROAD/org/acme-1" --charter "$ROAD/charter" \
        --storage-key "$ROAD/storage/acme-1" --listen "127.0.0.1:${port[acme-1]}"
}
doctor_says() { # WORDS
    expect 1 doctor
    grep -qF "$1" "$ROAD/out" || fail "the doctor does not say '$1': $(cat "$ROAD/out" "$ROAD/err")"
}
cp -a "$ROAD/servers/ledger" "$ROAD/old-copy"
fresh
brokers_follow
stop_server ledger
doctor_says "The ledger does not answer"
python3 -m http.server --bind 127.0.0.1 --directory "$ROAD/old-copy" "${port[ledger]}" >"$ROAD/log/old-copy" 2>&1 &
static=$!
started+=("$static")
wait_for 20 answers "${port[ledger]}" || fail "the old copy is not served"
expect 1 watch --once --json
rule ledger.back ledger
doctor_says "runs on an old copy"
end_process "$static"
serve ledger ledger
wait_for 20 curl_checkpoint || fail "the ledger does not answer again"

# the ledger is down: brokers still serve the log; then its head grows old
stop_server ledger
status=0
watch --once --json >"$ROAD/out" 2>"$ROAD/err" || status=$?
[ $status = 1 ] || [ $status = 75 ] || fail "a ledger that is down: exit $status"
rule server.unreachable ledger
not_fresh() {
    local status=0
    watch --once --fresh-within 15s --json >"$ROAD/out" 2>"$ROAD/err" || status=$?
    [ $status = 75 ]
}
wait_for 60 not_fresh || fail "a log that no one cosigns any more is not 75"
rule head.freshness head

# yesterday's stores of the ledger and the outside witnesses: another history
keep_yesterday
publish_purpose first keys editor
expect 0 watch --once --json
back_to_yesterday
# This officer's machine has not seen the first history.
export XDG_STATE_HOME=$ROAD/other-officer
publish_purpose second keys editor
publish_purpose third keys editor
expect 65 watch --once --json
rule fork ledger
expect_words evidence
evidence=$(find "$ROAD/auditor" -path '*evidence*' -name 'fork-*' | head -n 1)
[ -n "$evidence" ] || fail "no evidence was kept"
expect 65 "$COFFER" audit verify "$evidence" --charter "$ROAD/charter"
expect_words "two different histories"

# a monitor that keeps running ends at once
expect 65 watch --interval 1h --json
pass "a monitor: 0 all is well, 1 a witness down or stale, 75 no fresh head, 65 a fork with evidence that convicts"
