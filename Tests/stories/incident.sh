#!/usr/bin/env bash
# The incident, replayed with 45 tables (page Incident): in clear a stranger's Spark job reads all canaries; sealed, it finds
# none; a granted job reads its scope and nothing else, the audit names whose, and a halt stops it. A job that asks for more
# than its grant, and a stranger who asks for himself, are refused. With a gap in what was found, the replay fails.
# limit: 600
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || skip "the stranger must be another user: run this as root"
"$story_root/tools/venv" spark >/dev/null || skip "Spark cannot be installed"
# The stranger passes through this folder to what is open to everyone.
chmod 711 "$ROAD"
export COFFER

"$story_root/tools/incident" --folder "$ROAD/replay" >"$ROAD/told" 2>"$ROAD/talk" ||
    fail "the replay failed: $(tail -n 20 "$ROAD/talk")"

# The judge of a replay finds what is wrong with one.
judge() { python3 "$story_root/tools/replay/report.py" "$ROAD/replay" 45 sentences >"$ROAD/out" 2>"$ROAD/err"; }
# wrong FILE PYTHON WORDS : with FILE changed so, the judge says WORDS
wrong() {
    cp "$ROAD/replay/$1" "$ROAD/kept"
    python3 -c "
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
$2
open(sys.argv[1], 'w').write(''.join(json.dumps(row) + '\n' for row in rows))" "$ROAD/replay/$1"
    if judge; then fail "the judge overlooks: $3"; fi
    expect_words "$3"
    cp "$ROAD/kept" "$ROAD/replay/$1"
}
judge || fail "the judge does not accept it again: $(cat "$ROAD/err")"
wrong stranger/read "rows[0]['canaries'].pop()" "in clear he found 44 canaries of 45"
wrong stranger/read "rows[1]['canaries'] = ['canary-0']" "he found 1 canaries in sealed tables"
wrong stranger/read "rows[1]['files'] -= 1" "sealed objects"
wrong stranger/read "rows[-1]['forms'].pop('zstd')" "the search finds"
wrong stranger/read "rows[0]['user'] = 0" "was not another user"
wrong results/read "rows[0]['canaries'].append('canary-0')" "its scope has 18"
wrong results/affected "rows.pop()" "the audit names 5 people"
wrong results/halted "rows[0] = {'canaries': [], 'people': 0}" "afterHalt was not refused"
wrong results/out-of-scope "rows[0]['code'] = 75" "outOfScope was not refused"
chmod 0700 "$ROAD/replay/lake"
if judge; then fail "the judge overlooks a lake that is not open"; fi
expect_words "is open to everyone"

pass "the incident: $(paste -sd '|' "$ROAD/told" | sed 's/|/; /g')"
