# Builds that show their progress. Sourced, from the folder of the repository.

# with_progress LOG COMMAND… : runs a command that writes to LOG, and shows its progress on stderr: on a terminal in one
# line that changes, elsewhere in a line every 15 (PROGRESS_EVERY) seconds. Exits with the command's code.
with_progress() {
    local log=$1 watcher status=0
    shift
    : >"$log"
    progress_of "$log" $$ &
    watcher=$!
    "$@" >"$log" 2>&1 || status=$?
    kill $watcher 2>/dev/null || true
    wait $watcher 2>/dev/null || true
    [ ! -t 2 ] || printf '\r\033[K' >&2
    return $status
}

# progress_of LOG PROCESS : until it is killed, or the process has ended
progress_of() {
    local began=$SECONDS every=${PROGRESS_EVERY:-15} elapsed next line
    [ ! -t 2 ] || every=1
    next=$every
    while kill -0 "$2" 2>/dev/null; do
        sleep 1
        elapsed=$((SECONDS - began))
        [ $elapsed -ge "$next" ] || continue
        next=$((elapsed + every))
        line=$(tail -n 1 "$1" | tr -d '\r' | cut -c1-64)
        line=$(printf '%3d:%02d  %s' $((elapsed / 60)) $((elapsed % 60)) "$line")
        if [ -t 2 ]; then printf '\r\033[K%s' "$line" >&2; else printf '%s\n' "$line" >&2; fi
    done
}

# build_debug LOG OPTION… : with the flags of a bare `swift build`, since other flags build everything again.
build_debug() {
    local log=$1
    shift
    with_progress "$log" swift build "$@"
}

# build_release LOG : every program in one build: coffer, coffer-simulate, coffer-bench. The linker leaves out symbols and
# debug information, which are three quarters of coffer and which no one reads.
build_release() { with_progress "$1" swift build -c release -Xlinker --strip-all; }
