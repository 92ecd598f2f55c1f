#!/usr/bin/env bash
# A small organisation with an employee, a job and a log that has most types of statements; then run.py, which changes
# the integers in what they keep and say. `tools/fuzz integers` starts it. With --planted first, the program ends by a
# signal when a file that it is given holds 2^63 - 1, and run.py must find it.
set -eEu
trap 'echo "stopped at road.sh, line $LINENO: $BASH_COMMAND" >&2' ERR
root=$(cd "$(dirname "$0")/../.." && pwd)
COFFER=${COFFER:-$root/.build/release/coffer}
planted=
[ "${1:-}" != --planted ] || { planted=yes; shift; }
[ -x "$COFFER" ] || { echo "build first, or name the program in COFFER" >&2; exit 78; }
# Sockets lie below it, and their paths are short.
ROAD=$(mktemp -d /tmp/integers.XXXXXX)
chmod 700 "$ROAD"
brokers="acme-1 council-1"
witnesses="north"
company_threshold=1
. "$root/tools/lib/road.sh"
. "$root/tools/lib/small.sh"
finish() {
    local status=$?
    trap - EXIT
    end_all
    [ -n "${KEEP:-}" ] && say "kept: $ROAD" || rm -rf "$ROAD"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM
# by_reviewers FILE : both sign it, and it is published
by_reviewers() {
    for name in privacy works-council; do "$COFFER" org sign "$1" --key "$ROAD/org/$name"; done
    "$COFFER" org publish "$1" --charter "$ROAD/charter"
}

python=$("$root/tools/venv")
mkdir "$ROAD/log"

{
    small_road "one two three"
    open_samples >/dev/null
    publish_purpose second keys editor
    consent second --kinds keys --apps editor
    EMPLOYEE=leaver
    enrol_employee
    consent completion --kinds keys --apps editor
    employee revoke completion >/dev/null
    EMPLOYEE=employee
    job done --grant "$granted" --model "$(printf '%064d' 7)"
    "$COFFER" org halt --charter "$ROAD/charter" --key "$ROAD/org/emergency"
    "$COFFER" org resume --charter "$ROAD/charter" -o "$ROAD/resume"
    by_reviewers "$ROAD/resume"
    "$COFFER" org charter amend --charter "$ROAD/charter" --ledger "$ROAD/org/ledger.pub" \
        --group "company=1:$ROAD/org/acme-1.pub" --group "council=1:$ROAD/org/council-1.pub" \
        --witness "$ROAD/org/north.pub" --reviewer "$ROAD/org/privacy.pub" --reviewer "$ROAD/org/works-council.pub" \
        --halter "$ROAD/org/emergency.pub" --desk "$ROAD/org/desk.pub" --minimum-window 0s --minimum-notice 0s \
        --lake "$ROAD/lake" --demo --notice 0s -o "$ROAD/amendment"
    for name in ledger desk acme-1 council-1 privacy works-council emergency; do
        "$COFFER" org charter sign "$ROAD/amendment" --key "$ROAD/org/$name"
    done
    "$COFFER" org publish "$ROAD/amendment" --charter "$ROAD/charter"
    wait_for 20 publish_purpose third keys editor
    "$COFFER" org purpose withdraw "$ROAD/purpose-third" --charter "$ROAD/charter" -o "$ROAD/withdraw"
    by_reviewers "$ROAD/withdraw"
    "$COFFER" org purpose draft --charter "$ROAD/charter" --name fourth --text "Another." --basis consent --owner research \
        --kinds keys --apps editor --outputs "model weights" --pages 10 --notice 0s --ends 30d -o "$ROAD/draft"
    COFFER_HOME=$ROAD/auditor "$COFFER" audit mirror "$(url ledger)" "$ROAD/mirror" --charter "$ROAD/charter"
    COFFER_HOME=$ROAD/auditor "$COFFER" audit affected --ledger "$ROAD/mirror" --charter "$ROAD/charter"
    "$COFFER" org enrol token --dir "$ROAD/servers/desk" -o "$ROAD/token"
    employee sync || true
    employee lock
} >"$ROAD/log/road" 2>&1 || { tail -n 5 "$ROAD/log/road" >&2; exit 1; }
# run.py starts the servers again, each behind what can change its replies.
for name in ledger desk $brokers $witnesses; do stop_server "$name"; done
ports=
for name in "${!port[@]}"; do ports+="$name=${port[$name]} "; done
program=$COFFER
if [ -n "$planted" ]; then
    program=$ROAD/planted
    cat >"$program" <<EOF
#!/bin/sh
for one; do
    [ -e "\$one" ] && grep -qrs 9223372036854775807 "\$one" && kill -ILL \$\$
done
exec "$COFFER" "\$@"
EOF
    chmod +x "$program"
fi
status=0
PORTS=$ports GRANT=$granted ORIGIN=$origin PYTHONPATH=$root/tools/reader:$root/Tests/stories PYTHONDONTWRITEBYTECODE=1 \
    "$python" "$root/tools/integers/run.py" "$program" "$ROAD" "$@" || status=$?
exit $status
