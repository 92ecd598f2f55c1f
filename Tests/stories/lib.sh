# What every story stands on: a fresh road in a temporary folder, ended and removed at exit. Sourced, never run.
#
# A story prints one line `PASS …` on stdout and exits 0; `skip REASON` exits 77; anything else is a failure.
# Everything a person would do is in tools/lib/road.sh.
set -eu
story_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
COFFER=${COFFER:-$story_root/.build/release/coffer}
[ -x "$COFFER" ] || { echo "build first: swift build -c release --product coffer" >&2; exit 1; }
ROAD=$(mktemp -d "${TMPDIR:-/tmp}/coffer-story.XXXXXX")
chmod 700 "$ROAD"
. "$story_root/tools/lib/road.sh"
. "$story_root/tools/lib/screen.sh"
. "$story_root/tools/lib/small.sh"

finish() {
    local status=$?
    trap - EXIT
    end_all
    if [ $status != 0 ] && [ $status != 77 ]; then
        for log in "$ROAD"/log/*; do [ -s "$log" ] && { say "--- $(basename "$log")"; tail -n 4 "$log" >&2; }; done
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
expect_silence() { [ ! -s "$ROAD/out" ] || fail "something stood on stdout: $(head -c 80 "$ROAD/out")"; }

# expect_words WORDS… : the last command's stderr holds each of them
expect_words() {
    local word
    for word in "$@"; do grep -qiF -- "$word" "$ROAD/err" || fail "stderr does not say '$word': $(cat "$ROAD/err")"; done
}
