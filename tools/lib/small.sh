# A road without a screen: the employee's input of two days ago is imported from a file of records. Sourced.

# record_words APP WORDS… : imports key presses of these words, two days ago, as APP
record_words() {
    local app=$1
    shift
    python3 - "$app" "$*" >"$ROAD/recording.jsonl" <<'PY'
import json, sys, time
day = (int(time.time()) // 86400 - 2) * 86400 * 1000
start = day + 9 * 3600 * 1000 + int(time.time() * 1000) % 3_000_000
for i, character in enumerate(sys.argv[2]):
    for offset, kind in ((0, "press"), (40, "release")):
        print(json.dumps({"t": start + i * 90 + offset, "kind": "keys", "app": sys.argv[1], "type": kind,
                          "key": character if character != " " else "space", "source": "device"}, separators=(",", ":")))
PY
    employee import "$ROAD/recording.jsonl" --format jsonl >/dev/null
    rm -f "$ROAD/recording.jsonl"
}

# small_road WORDS… : officers, servers, an employee who typed WORDS in an editor, purpose, consent, pages, job, grant
small_road() {
    make_officers
    draft_charter --demo "${charter_flags[@]}"
    sign_charter
    start_servers
    enrol_employee
    record_words editor "$@"
    unlock_employee
    publish_purpose completion keys editor
    consent completion --kinds keys --apps editor
    pages=$(employee sync --json | json pages)
    [ "$pages" -ge 1 ] || fail "no page was made"
    make_job
    day=$(date -u -d '2 days ago' +%F)
    granted=$(grant completion --kinds keys --apps editor --days "$day..$day" --pages 1000)
}
charter_flags=()

open_samples() { job open --grant "$granted" --format "${1:-jsonl}"; }
