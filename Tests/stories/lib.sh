# The base of every story: a fresh road in a temporary folder, ended and removed at exit. Sourced, never run.
#
# A story prints one line `PASS …` on stdout and exits 0; `skip REASON` exits 77; anything else is a failure: its reason
# is on stderr, and the last lines of the servers' logs on stdout. A story that needs more than 300 seconds says so at its
# top: `# limit: 600`. Two stories run at the same time: ports come from free_ports, a display from open_screen, and all
# files that a story writes lie below $ROAD.
# Everything that a person would do is in tools/lib/road.sh.
set -eEu
trap 'echo "stopped at $(basename "${BASH_SOURCE[0]}"), line $LINENO: $BASH_COMMAND" >&2' ERR
story_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
COFFER=${COFFER:-$story_root/.build/release/coffer}
[ -x "$COFFER" ] || { echo "build first: swift build -c release --product coffer" >&2; exit 1; }
ROAD=$(mktemp -d "${TMPDIR:-/tmp}/coffer-story.XXXXXX")
chmod 700 "$ROAD"
# Prompts of one story do not stop the agents of another one.
export XDG_RUNTIME_DIR=$ROAD
. "$story_root/tools/lib/road.sh"
. "$story_root/tools/lib/screen.sh"
. "$story_root/tools/lib/small.sh"

finish() {
    local status=$?
    trap - EXIT
    end_all
    if [ $status != 0 ] && [ $status != 77 ]; then
        for log in "$ROAD"/log/*; do [ -s "$log" ] && { echo "--- $(basename "$log")"; tail -n 3 "$log"; }; done
    fi
    [ -n "${KEEP:-}" ] && say "kept: $ROAD" || rm -rf "$ROAD"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

pass() { echo "PASS $*"; }
skip() { say "$*"; exit 77; }

# expect CODE COMMAND… : the command must exit with this code; its streams are in $ROAD/out and $ROAD/err
expect() {
    local wanted=$1 status=0
    shift
    "$@" >"$ROAD/out" 2>"$ROAD/err" || status=$?
    if [ $status != "$wanted" ]; then
        cat "$ROAD/err" >&2
        fail "expected exit $wanted, got $status: $*"
    fi
    if grep -qE 'Fatal error|Stack dump|Crash|Thread 0' "$ROAD/err"; then fail "a stack trace: $*"; fi
}

# expect_silence : the last command gave nothing on stdout
expect_silence() { [ ! -s "$ROAD/out" ] || fail "there is output on stdout: $(head -c 80 "$ROAD/out")"; }

# expect_words WORDS… : the last command's stderr holds each of them
expect_words() {
    local word
    for word in "$@"; do grep -qiF -- "$word" "$ROAD/err" || fail "stderr does not say '$word': $(cat "$ROAD/err")"; done
}

# open_mine KINDS : an unlocked employee's pages of the app mine, of two days ago, are granted to a job, which opens them into
# $ROAD/opened
open_mine() {
    publish_purpose completion "$1" mine
    consent completion --kinds "$1" --apps mine
    employee sync >/dev/null
    make_job
    day=$(date -u -d '2 days ago' +%F)
    granted=$(grant completion --kinds "$1" --apps mine --days "$day..$day" --pages 1000)
    job open --grant "$granted" --format tar >"$ROAD/samples.tar" 2>"$ROAD/err" ||
        fail "the job opened nothing: $(cat "$ROAD/err")"
    mkdir "$ROAD/opened"
    tar xf "$ROAD/samples.tar" -C "$ROAD/opened"
}

# --- what is followed -----------------------------------------------------------------------------------------------

# published SERVER : how many entries the head that it serves covers
published() { fetch "$(url "$1")/checkpoint" | sed -n 2p; }
has_published() { [ "$(published "$1")" -ge "$2" ]; } # SERVER SIZE

# Every broker has followed the log to the head that the ledger serves now.
brokers_follow() {
    local name size
    size=$(published ledger)
    for name in $brokers; do
        wait_for 20 has_published "$name" "$size" || fail "$name has not followed $size entries"
    done
}

# --- a store put back -----------------------------------------------------------------------------------------------

# Stops the ledger and the outside witnesses, five of nine cosigners, and keeps copies of their stores.
keep_yesterday() {
    local name
    for name in ledger $witnesses; do
        stop_server "$name"
        cp -a "$ROAD/servers/$name" "$ROAD/servers/$name.yesterday"
    done
    start_log
}

# Puts the kept stores back: these servers no longer know what came since. The brokers know it, and would show it to the
# ledger, which would stop: so they are ended first.
back_to_yesterday() {
    local name
    for name in $brokers; do stop_server "$name"; done
    for name in ledger $witnesses; do
        stop_server "$name"
        rm -rf "$ROAD/servers/$name"
        mv "$ROAD/servers/$name.yesterday" "$ROAD/servers/$name"
    done
    start_log
}

start_log() {
    local name
    for name in $witnesses; do serve witness "$name"; done
    for name in $witnesses; do wait_for 20 answers "${port[$name]}" || fail "$name does not answer"; done
    serve ledger ledger
    wait_for 20 curl_checkpoint || fail "no checkpoint is published: $(tail -n 2 "$ROAD/log/ledger")"
}

# --- amendments -----------------------------------------------------------------------------------------------------

# draft_amendment FILE "BROKER…" REVIEWER FLAGS… : the road's terms, with these company brokers, with $council as the
# council's broker if it is set, and with this reviewer on the company's side
draft_amendment() {
    local file=$1 reviewer=$3 name flags=() company=()
    for name in $2; do company+=("$ROAD/org/$name.pub"); done
    for name in $witnesses; do flags+=(--witness "$ROAD/org/$name.pub"); done
    shift 3
    "$COFFER" org charter amend --charter "$ROAD/charter" --ledger "$ROAD/org/ledger.pub" \
        --group "company=2:$(IFS=,; echo "${company[*]}")" --group "council=1:$ROAD/org/${council:-council-1}.pub" "${flags[@]}" \
        --reviewer "$ROAD/org/$reviewer.pub" --reviewer "$ROAD/org/works-council.pub" \
        --halter "$ROAD/org/emergency.pub" --desk "$ROAD/org/desk.pub" \
        --minimum-window 0s --minimum-notice 0s --lake "$ROAD/lake" --demo "$@" -o "$file" >/dev/null
}

# sign_amendment FILE NAME… : each of them signs it
sign_amendment() {
    local file=$1 name
    shift
    for name in "$@"; do "$COFFER" org charter sign "$file" --key "$ROAD/org/$name" >/dev/null; done
}

# publish FILE… : merged and appended
publish() { "$COFFER" org publish "$@" --charter "$ROAD/charter" --json; }
