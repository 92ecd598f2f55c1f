#!/usr/bin/env bash
# Two laptops of one person: what one revokes or removes takes nothing from what the other offers besides, or says that it did
# not reach it; what the lake loses is found and put back.
# limit: 600
. "$(dirname "$0")/lib.sh"

make_officers
draft_charter --demo
sign_charter
start_servers
enrol_employee
record_words editor words of two days ago
# A second page, of the day before.
python3 - >"$ROAD/recording.jsonl" <<'PY'
import json, time
start = (int(time.time()) // 86400 - 3) * 86_400_000 + 36_000_000
for i, key in enumerate("secret"):
    print(json.dumps({"t": start + 90 * i, "kind": "keys", "app": "editor", "type": "press", "key": key,
                      "source": "device"}))
PY
employee import "$ROAD/recording.jsonl" --format jsonl >/dev/null
unlock_employee
publish_purpose completion keys editor
consent completion --kinds keys --apps editor
employee sync >/dev/null
make_job
days="$(date -u -d '3 days ago' +%F)..$(date -u -d '2 days ago' +%F)"

# The other laptop is restored from the sheet while this one goes on, and then consents to another purpose.
mkdir "$ROAD/second"
cp "$ROAD/employee/passphrase" "$ROAD/second/passphrase"
second() { EMPLOYEE=second employee "$@"; }
expect 0 second key restore "$ROAD/employee/recovery-sheet" --charter "$ROAD/charter" \
    --passphrase-file "$ROAD/second/passphrase"
EMPLOYEE=second unlock_employee
publish_purpose search keys editor
consent search --kinds keys --apps editor
[ "$(employee sync --json | json pages)" = 2 ] || fail "search has no two pages"
granted=$(grant search --kinds keys --apps editor --days "$days" --pages 1000)
samples() {
    expect 0 open_samples
    wc -l <"$ROAD/out"
}
all=$(samples)
[ "$all" -ge 2 ] || fail "search reads $all samples"

# --- what the lake loses --------------------------------------------------------------------------------------------
expect 0 employee doctor
rm "$ROAD"/lake/*
expect 75 open_samples
expect 1 employee doctor
grep -q "lacks objects of 4 pages and" "$ROAD/out" || fail "doctor does not see what the lake lost: $(cat "$ROAD/out")"
expect 0 employee sync --json
[ "$(json putBack <"$ROAD/out")" -ge 8 ] || fail "sync put back too little: $(cat "$ROAD/out")"
expect 0 employee doctor
[ "$(samples)" = "$all" ] || fail "after sync, search reads $(wc -l <"$ROAD/out") samples of $all"

# --- what one removes -----------------------------------------------------------------------------------------------
secret=$(second ls --json | python3 -c '
import json, sys
print(min(map(json.loads, sys.stdin), key=lambda segment: segment["from"])["id"])')
expect 75 second rm "$secret" --json
[ "$(json elsewhere.0 <"$ROAD/out")" = "$secret" ] || fail "rm does not say what is elsewhere: $(cat "$ROAD/out")"
[ "$(json effective <"$ROAD/out")" = true ] || fail "its page is not erased: $(cat "$ROAD/out")"
grep -q "Another laptop" "$ROAD/err" || fail "rm does not say that it did not reach it: $(cat "$ROAD/err")"
expect 0 second sync
brokers_follow
expect 0 employee sync --json
[ "$(json withheld <"$ROAD/out")" = 1 ] || fail "the other did not notice: $(cat "$ROAD/out")"
employee ls --json | python3 -c '
import json, sys
first, last = sorted(map(json.loads, sys.stdin), key=lambda segment: segment["from"])
sys.exit(not (first["withheld"] and first["offered"] == 0 and not last["withheld"] and last["offered"] == 2))' ||
    fail "the other laptop lists something else: $(employee ls)"
left=$(samples)
[ "$left" -ge 1 ] && [ "$left" -lt "$all" ] || fail "search reads $left of $all samples"

# --- what one revokes -----------------------------------------------------------------------------------------------
before=$(find "$ROAD/lake" -type f | wc -l)
expect 0 second revoke completion
expect 0 second sync
[ "$(find "$ROAD/lake" -type f | wc -l)" -lt "$before" ] || fail "the revocation left its objects in the lake"
brokers_follow
expect 0 employee sync
[ "$(samples)" = "$left" ] || fail "the revocation on one laptop took what the other offers to search"
expect 0 employee doctor

# The consent that only the other knows of gets a card at the next unlock, and can be revoked.
EMPLOYEE=second unlock_employee
expect 0 second revoke search
brokers_follow
expect 77 open_samples

pass "two laptops: a revocation leaves the other's $left samples, a removal says what it did not reach, the lake is repaired"
