#!/usr/bin/env bash
# One employee writes pages that no program of Coffer would write: no job is held up by them, and each message says whose page
# it is. When his consent is over, the others' samples come.
# limit: 600
. "$(dirname "$0")/lib.sh"

python=$("$story_root/tools/venv")
make_officers
draft_charter --demo
sign_charter
start_servers
publish_purpose completion keys,screen editor
day=$(date -u -d '2 days ago' +%F)
for person in employee bob; do
    EMPLOYEE=$person enrol_employee
    EMPLOYEE=$person record_words editor "words of $person"
    EMPLOYEE=$person unlock_employee
    EMPLOYEE=$person consent completion --kinds keys,screen --apps editor
    [ "$(EMPLOYEE=$person employee sync --json | json pages)" -ge 1 ] || fail "$person offers no page"
done
EMPLOYEE=bob employee consents --json >"$ROAD/consent"
pseudonym=$(json pseudonym <"$ROAD/consent")
owning() { "$python" "$story_root/Tests/stories/owning.py" "$1" "$ROAD/bob" "$ROAD/charter" "$ROAD/consent" "${@:2}"; }

make_job
granted=$(grant completion --kinds keys,screen --apps editor --days "$day..$day" --pages 1000)
expect 0 open_samples
whole=$(wc -l <"$ROAD/out")
cp -a "$ROAD/lake" "$ROAD/lake.whole"
mend() { rm -rf "$ROAD/lake" && cp -a "$ROAD/lake.whole" "$ROAD/lake"; }

# bomb WHAT RULE : a few kilobytes that would have taken minutes
bomb() {
    local page body size began=$SECONDS
    mend
    read -r page body < <(owning page "$ROAD/lake" "$day" editor "$1")
    size=$(($(du -sb "$ROAD/lake" | cut -f 1) - $(du -sb "$ROAD/lake.whole" | cut -f 1)))
    [ "$size" -lt 200000 ] || fail "the page takes $size bytes"
    expect 65 open_samples
    [ $((SECONDS - began)) -lt 60 ] || fail "$1: the job took $((SECONDS - began)) s"
    expect_words "$2" "pseudonym $pseudonym" "subject g" "page $page" "object $body"
    say "$1: $size bytes, refused after $((SECONDS - began)) s"
}
bomb empty segment.record
bomb black segment.pixels

# Junk under the name of his next index.
mend
monday=$(date -u -d "$day - $(($(date -u -d "$day" +%u) - 1)) days" +%F)
r=0
while [ -e "$ROAD/lake/$(owning name "$monday" $r)" ]; do r=$((r + 1)); done
name=$(owning name "$monday" $r)
head -c 30000 /dev/urandom >"$ROAD/lake/$name"
expect 65 job open --grant "$granted" --format jsonl --json
[ "$(json pseudonym <"$ROAD/err")" = "$pseudonym" ] && [ "$(json object <"$ROAD/err")" = "$name" ] &&
    [ "$(json week <"$ROAD/err")" = "$monday" ] || fail "the error does not name him: $(cat "$ROAD/err")"

# When he is gone, so is what he wrote.
EMPLOYEE=bob employee revoke completion >/dev/null
brokers_follow
expect 0 open_samples
left=$(wc -l <"$ROAD/out")
[ "$left" -ge 1 ] && [ "$left" -lt "$whole" ] || fail "without him there are $left of $whole samples"

pass "one employee: two page bombs and junk are refused by name within a minute; without him the other's $left samples come"
