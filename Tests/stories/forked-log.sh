#!/usr/bin/env bash
# A forked log: the ledger and a majority of the cosigners are put back to yesterday and sign another history.
#
# A client that followed the first history sees the second: exit 65, and a file with both heads that anyone can check.
. "$(dirname "$0")/lib.sh"

small_road "one history only"
number=0
expect 0 open_samples

# yesterday's stores of the ledger and of the outside witnesses, five of nine cosigners
keep_yesterday

# the first history continues, and everyone follows it: a client that did not would only know the second
publish_purpose first keys editor
expect 0 open_samples
expect 0 employee purposes first --json
brokers_follow

# the second, while the brokers are away; it has more entries than the first, which the ledger's key signed, too
size=$(published acme-1)
back_to_yesterday
# This officer's machine has not seen the first history.
export XDG_STATE_HOME=$ROAD/other-officer
until has_published ledger $((size + 1)); do publish_purpose "second-$((number += 1))" keys editor; done
for name in $brokers; do serve_broker "$name"; done

both_heads() { # FOLDER : a file of evidence in which the ledger signed two heads
    local file
    for file in $(find "$1" -path '*evidence*' -type f 2>/dev/null); do
        [ "$(grep -c "^$origin\$" "$file")" -ge 2 ] && return 0
    done
    return 1
}

expect 65 employee purposes
expect_silence
expect_words evidence
both_heads "$ROAD/employee" || fail "no file of evidence holds both heads on the employee's machine"
evidence=$(find "$ROAD/employee" -path '*evidence*' -type f | head -n 1)
expect 65 "$COFFER" audit verify "$evidence" --charter "$ROAD/charter"

# a broker stops serving, and keeps its own evidence
expect 65 open_samples
expect_silence
for name in $brokers; do
    wait_for 20 both_heads "$ROAD/servers/$name" || fail "$name keeps no evidence with both heads"
done

# the evidence outlives a restart: 65 again
expect 65 employee purposes
pass "a forked log: exit 65 for the employee and the job, every broker stopped, all with both heads as evidence"
