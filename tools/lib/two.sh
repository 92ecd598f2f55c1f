# Two people with the same twenty days of text, and streams that are stopped in the middle. Sourced by stories.

day() { date -u -d "$1 days ago" +%F; } # DAYS

# Two people who consent to the purpose completion and have published pages, and a job.
two_people() {
    local person
    # Without it a stream can have its end before it is stopped.
    "$(command -v clang || command -v cc)" -shared -fPIC -o "$ROAD/slow-open.so" "$story_root/Tests/stories/slow-open.c"
    make_officers
    draft_charter --demo
    sign_charter
    start_servers
    publish_purpose completion terminal editor
    python3 - >"$ROAD/recording.jsonl" <<'PY'
import json, time
today = int(time.time()) // 86400
for day in range(today - 20, today):
    for i in range(2):
        print(json.dumps({"t": day * 86_400_000 + 36_000_000 + 60_000 * i, "kind": "terminal", "app": "editor",
                          "type": "output", "text": f"day {day} step {i} " + "text " * 10_000}))
PY
    for person in employee second; do
        EMPLOYEE=$person enrol_employee
        EMPLOYEE=$person employee import "$ROAD/recording.jsonl" --format jsonl >/dev/null
        EMPLOYEE=$person unlock_employee
        EMPLOYEE=$person offer_all
    done
    make_job
}

# offer_all : the person consents and publishes twenty days of pages
offer_all() {
    consent completion --kinds terminal --apps editor
    [ "$(employee sync --json | json pages)" = 20 ] || fail "twenty days make other than twenty pages"
}

subjects() { python3 -c 'import json, sys; print(len({json.loads(line)["subject"] for line in open(sys.argv[1])}))' "$1"; } # FILE
releases() { COFFER_HOME=$ROAD/job "$COFFER" audit entries --type release --charter "$ROAD/charter" --json | wc -l; }

# in_between FILE COMMAND… : starts the command on a slow lake, stdout to $ROAD/stream, and stops it once it has written some
# of FILE, by default; once it has written samples of as many people as PEOPLE says
in_between() {
    local file=$1 i
    shift
    rm -f "$file"
    LD_PRELOAD=$ROAD/slow-open.so "$@" >"$ROAD/stream" 2>"$ROAD/stream.err" &
    stream=$!
    for i in $(seq 3000); do
        [ ! -s "$file" ] || [ "$(grep -ao '"subject":"[^"]*"' "$file" | sort -u | wc -l)" -lt "${PEOPLE:-0}" ] || break
        sleep 0.01
    done
    # The shell that waits for the program, or the program itself.
    process=$(pgrep -P "$stream" || echo "$stream")
    kill -STOP "$process" || fail "it ended before it could be stopped: $(cat "$ROAD/stream.err")"
}

# finished CODE : it goes on, and must exit with this code; its streams are in $ROAD/out and $ROAD/err
finished() {
    local status=0
    kill -CONT "$process"
    wait "$stream" || status=$?
    cp "$ROAD/stream" "$ROAD/out"
    cp "$ROAD/stream.err" "$ROAD/err"
    [ $status = "$1" ] || fail "expected exit $1, got $status: $(cat "$ROAD/err")"
}
