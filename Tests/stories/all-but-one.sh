#!/usr/bin/env bash
# All but one: if any part is missing, nothing is released; with all parts, the page opens.
. "$(dirname "$0")/lib.sh"

small_road "nothing opens alone"

refused() { # PART COMMAND… : exit 75 or 77, and nothing on stdout
    local part=$1 status=0
    shift
    "$@" >"$ROAD/out" 2>"$ROAD/err" || status=$?
    case $status in 75 | 77) ;; *) fail "without $part: exit $status: $(cat "$ROAD/err")" ;; esac
    expect_silence
}

# the job's key
JOB=stranger make_job
stranger() { COFFER_HOME=$ROAD/stranger COFFER_JOB_KEY=$ROAD/stranger/key "$COFFER" job open --grant "$granted" --format jsonl; }
refused "the job's key" stranger

# the company: one of three is below its threshold
stop_server acme-1
stop_server acme-2
refused "the company's brokers" open_samples
serve_broker acme-1
serve_broker acme-2

# the council
stop_server council-1
refused "the council's broker" open_samples
serve_broker council-1
wait_for 10 answers "${port[council-1]}"

# the log entry
stop_server ledger
refused "the log" open_samples
serve ledger ledger
wait_for 10 curl_checkpoint

# with all parts
wait_for 20 open_samples || fail "with every part it does not open: $(open_samples 2>&1 >/dev/null | tail -n 2)"
expect 0 open_samples
grep -q '"coffer.sample.v1"' "$ROAD/out" || fail "no sample came"

# the consent
employee revoke completion >/dev/null
refused "the consent" open_samples
pass "all but one: nothing opened when job key, company, council, log or consent was missing; with all parts, samples opened"
