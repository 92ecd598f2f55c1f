#!/usr/bin/env bash
# Measures the capture agent in a session of its own; started by tools/bench capture. Needs COFFER; the options are those of
# capture_bench.py beside it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
ROAD=$(mktemp -d "${TMPDIR:-/tmp}/coffer-bench.XXXXXX")
export XDG_RUNTIME_DIR=$ROAD ROAD
. "$here/road.sh"
. "$here/screen.sh"
trap 'status=$?; end_all; rm -rf "$ROAD"; exit $status' EXIT
trap 'exit 130' INT TERM

make_officers
draft_charter --demo 2>"$ROAD/log/drafting"
sign_charter 2>"$ROAD/log/signing"
init_employee
employee capture on --apps editor --kinds keys,pointer,window,screen >/dev/null 2>&1
screen=1920x1080 open_screen
export COFFER COFFER_HOME=$ROAD/employee
python3 "$here/capture_bench.py" "$@"
