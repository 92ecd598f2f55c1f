#!/usr/bin/env bash
# Nobody, then somebody: before any release the log answers "nobody", with its assumption; after one, exactly one.
. "$(dirname "$0")/lib.sh"

small_road "read by nobody yet"

# An auditor needs no account: a mirror, and the charter.
affected() { # NAME FLAGS… : makes a new mirror of the log and asks it
    local mirror=$ROAD/mirror-$1
    shift
    "$COFFER" audit mirror "$(url ledger)" "$mirror" --charter "$ROAD/charter" >/dev/null
    "$COFFER" audit affected --ledger "$mirror" --charter "$ROAD/charter" "$@"
}

expect 0 affected before --json
expect_silence
expect_words "assuming" "corrupt brokers"
expect 0 affected before-for-people
grep -q "assuming" "$ROAD/out" || fail "the answer does not say what it rests on"

expect 0 open_samples

expect 0 affected after --json
[ "$(wc -l <"$ROAD/out")" = 1 ] || fail "$(wc -l <"$ROAD/out") are affected, not one"
[ "$(json schema <"$ROAD/out")" = coffer.affected.v1 ] || fail "another schema: $(cat "$ROAD/out")"
[ "$(json pages <"$ROAD/out")" = "$pages" ] || fail "$(json pages <"$ROAD/out") pages are counted, $pages were made"
job_key=$(job init "$ROAD/charter" --json | json job)
[ "$(json job <"$ROAD/out")" = "$job_key" ] || fail "another job is named: $(json job <"$ROAD/out")"
line=$(cat "$ROAD/out")
for named in "pseudonym" "purpose" "first" "last"; do
    [ -n "$(json $named <<<"$line")" ] || fail "the answer does not name the $named"
done

# The employee's own machine shows the release too.
expect 0 employee history --json
grep -qF "$job_key" "$ROAD/out" || fail "the employee's history does not name the job"
pass "nobody, then somebody: 0 affected before, then 1, with its job, its purpose and $pages page(s)"
