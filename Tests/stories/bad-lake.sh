#!/usr/bin/env bash
# The operator of the lake loses, swaps and invents objects: every epoch that would lack a page ends, with the person and the
# week in the message; nothing that is not a file hangs it; the laptop puts back what was lost.
# limit: 600
. "$(dirname "$0")/lib.sh"

python=$("$story_root/tools/venv")
make_officers
draft_charter --demo
sign_charter
start_servers
enrol_employee

# record DAY WORD : a word of that day
record() {
    python3 - "$1" "$2" >"$ROAD/recording.jsonl" <<'PY'
import datetime, json, sys
days = (datetime.date.fromisoformat(sys.argv[1]) - datetime.date(1970, 1, 1)).days
for i, key in enumerate(sys.argv[2]):
    print(json.dumps({"t": days * 86_400_000 + 36_000_000 + 90 * i, "kind": "keys", "app": "editor", "type": "press",
                      "key": key, "source": "device"}))
PY
    employee import "$ROAD/recording.jsonl" --format jsonl >/dev/null
}
weekday() { date -u -d "$(date -u +%F) - $(($(date -u +%u) - 1)) days + $1 days" +%F; } # DAYS after this week's Monday
first=$(weekday -21) second=$(weekday -14) third=$(weekday -7) today=$(date -u +%F)

record "$first" one
record "$second" two
record "$third" three
unlock_employee
publish_purpose completion keys editor
consent completion --kinds keys --apps editor
[ "$(employee sync --json | json pages)" = 3 ] || fail "three weeks make other than three pages"
# Late pages: each comes in the second index of a week that is closed already.
for late in "$(weekday -20) four" "$(weekday -13) five"; do
    # shellcheck disable=SC2086
    record $late
    [ "$(employee sync --json | json pages)" = 1 ] || fail "a late recording makes other than one page"
done
employee consents --json >"$ROAD/consent"
pseudonym=$(json pseudonym <"$ROAD/consent")
index() { "$python" "$story_root/Tests/stories/owning.py" name "$ROAD/employee" "$ROAD/charter" "$ROAD/consent" "$@"; }

make_job
granted=$(grant completion --kinds keys --apps editor --days "$first..$today" --pages 1000)
expect 0 open_samples
whole=$(wc -l <"$ROAD/out")
[ "$whole" = 5 ] || fail "five words make $whole samples"
expect_words "open week: $(weekday 0) (1 of the consents)"
expect 0 job open --grant "$granted" --format jsonl --json
grep -qF "\"open\":[{\"week\":\"$(weekday 0)\",\"consents\":1}]" "$ROAD/err" || fail "no open week: $(cat "$ROAD/err")"

# --- indices --------------------------------------------------------------------------------------------------------
cp -a "$ROAD/lake" "$ROAD/lake.whole"
mend() { rm -rf "$ROAD/lake" && cp -a "$ROAD/lake.whole" "$ROAD/lake"; }

# lost WEEK R… : without these indices of a week no epoch is taken for a whole one
lost() {
    local week=$1 r
    for r in "${@:2}"; do rm "$ROAD/lake/$(index "$week" "$r")"; done
    expect 75 open_samples
    expect_silence
    expect_words index.missing "pseudonym $pseudonym" "week of $week" "object $(index "$week" "$2")"
}
lost "$first" 1
expect 75 job open --grant "$granted" --format jsonl --json
[ "$(json week <"$ROAD/err")" = "$first" ] && [ "$(json pseudonym <"$ROAD/err")" = "$pseudonym" ] ||
    fail "the error has no place: $(cat "$ROAD/err")"
# The laptop puts it back.
expect 1 employee doctor
expect 0 employee sync
expect 0 open_samples
[ "$(wc -l <"$ROAD/out")" = "$whole" ] || fail "after sync there are $(wc -l <"$ROAD/out") of $whole samples"
mend
lost "$second" 0
mend
lost "$second" 0 1
mend
lost "$third" 0

# foreign WEEK R FILE : these bytes under an index's name
foreign() {
    mend
    cp "$3" "$ROAD/lake/$(index "$1" "$2")"
    expect 65 open_samples
    expect_silence
    expect_words index.open "pseudonym $pseudonym" "week of $1" "object $(index "$1" "$2")"
}
foreign "$first" 1 "$ROAD/lake.whole/$(index "$first" 0)"
foreign "$first" 0 "$ROAD/lake.whole/$(index "$first" 1)"
foreign "$second" 0 "$ROAD/lake.whole/$(index "$third" 0)"
head -c 20000 /dev/urandom >"$ROAD/junk"
foreign "$third" 1 "$ROAD/junk"
foreign "$(weekday 0)" 0 "$ROAD/junk"

# --- what is not a file ---------------------------------------------------------------------------------------------
name=$(index "$second" 1)
mend
for strange in "mkfifo" "mkdir" "ln -s /dev/zero" "ln -s $ROAD/junk" "truncate -s 1T"; do
    rm -rf "${ROAD:?}/lake/$name"
    $strange "$ROAD/lake/$name"
    expect 75 timeout 60 env COFFER_HOME="$ROAD/job" COFFER_JOB_KEY="$ROAD/job/key" \
        "$COFFER" job open --grant "$granted" --format jsonl
    expect_words lake.object "object $name" "pseudonym $pseudonym"
done

# --- a new laptop ---------------------------------------------------------------------------------------------------
mend
rm "$ROAD/lake/$(index "$second" 1)"
mkdir "$ROAD/second"
cp "$ROAD/employee/passphrase" "$ROAD/second/passphrase"
EMPLOYEE=second expect 0 employee key restore "$ROAD/employee/recovery-sheet" --charter "$ROAD/charter" \
    --passphrase-file "$ROAD/second/passphrase" --json
[ "$(json missing <"$ROAD/out")" = 1 ] || fail "the restored laptop misses nothing: $(cat "$ROAD/out")"

mend
expect 0 open_samples
[ "$(wc -l <"$ROAD/out")" = "$whole" ] || fail "the whole lake gives $(wc -l <"$ROAD/out") of $whole samples"
pass "a bad lake: lost, swapped and invented indices end an epoch of $whole samples by name, nothing hangs it, sync repairs it"
