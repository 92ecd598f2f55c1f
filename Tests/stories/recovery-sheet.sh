#!/usr/bin/env bash
# Recovery sheet: the sheet is shown in a terminal whose keys and screen are allowed, and ends by Return, Ctrl-C, TERM, HUP and
# KILL; another vault's agent records the same terminal. No frame of either shows the sheet, and no key of the
# passphrase is recorded.
# limit: 600
. "$(dirname "$0")/lib.sh"

make_officers
draft_charter --demo
sign_charter
# No server runs: capture and review need no network.
for person in employee second; do
    EMPLOYEE=$person init_employee
    EMPLOYEE=$person employee capture on --apps sheet --kinds keys,screen >/dev/null
done
open_screen
second() { EMPLOYEE=second employee "$@"; }
state_is() { # STATE : of both agents
    employee capture status --json | grep -q "\"state\":\"$1\"" && second capture status --json | grep -q "\"state\":\"$1\""
}

# The sheet is written in a colour that nothing else has.
ink='#c81e5a'
open_sheet() { # HOW : a terminal that asks for the passphrase and shows the sheet; its window is in $window
    rm -f "$ROAD/sheet-pid"
    # A story in the background ignores SIGINT, and what it starts would, too.
    COFFER_HOME=$ROAD/employee env --default-signal=INT xterm -class Sheet -title Sheet -fg "$ink" -bg '#102030' -geometry 100x30+20+20 -e sh -c '
        trap : INT
        (while ! pgrep -P "$$" -x coffer >"$0"; do sleep 0.1; done) &
        "$1" key backup
        exec cat' "$ROAD/sheet-pid" "$COFFER" >"$ROAD/log/sheet" 2>&1 &
    terminal=$!
    started+=("$terminal")
    wait_for 10 sh -c 'xdotool search --class "^Sheet$" | grep -q .' || fail "no window of the sheet"
    window=$(xdotool search --class '^Sheet$' | tail -n 1)
    focus "$window"
}

start_agent
first_agent=$agent
EMPLOYEE=second start_agent

for how in return int term hup kill; do
    open_sheet
    wait_for 10 state_is discarding || fail "the agents do not discard while the prompt is open ($how)"
    wait_for 10 test -s "$ROAD/sheet-pid" || fail "the prompt does not run"
    sleep 1.5
    type_text "$(cat "$ROAD/employee/passphrase")"
    xdotool key Return
    # The sheet is there once its ink covers more than a prompt's line does.
    sleep 4
    state_is discarding || fail "an agent records while the sheet is shown ($how)"
    process=$(head -n 1 "$ROAD/sheet-pid")
    case $how in
        return) xdotool key Return ;;
        int) xdotool key ctrl+c ;;
        *) kill "-$(tr '[:lower:]' '[:upper:]' <<<"$how")" "$process" ;;
    esac
    wait_for 15 state_is recording ||
        fail "the agents do not record again ($how): $(employee capture status --json) $(second capture status --json)"
    type_text "after-$how"
    sleep 2
    end_process "$terminal"
    sleep 0.5
done
stop_agent
agent=$first_agent
stop_agent

check() { # PERSON : nothing of the sheet in its records
    local home=$ROAD/$1
    EMPLOYEE=$1 employee unlock --passphrase-file "$home/passphrase" >/dev/null
    EMPLOYEE=$1 employee show --kind keys --json >"$home/records"
    python3 - "$home/records" "$ROAD/employee/passphrase" <<'PY' || fail "the keys of $1 are not as they should be"
import json, sys
typed = "".join(r["key"] for r in map(json.loads, open(sys.argv[1])) if r["type"] == "press" and len(r["key"]) == 1)
secret = open(sys.argv[2]).read().strip()
if any(secret[i:i + 4] in typed for i in range(len(secret) - 4)): sys.exit("the passphrase was recorded")
for how in "return", "int", "term", "hup", "kill":
    if "after-" + how not in typed: sys.exit(f"after-{how} was not recorded: {typed}")
PY
    EMPLOYEE=$1 employee export "$home/exported" --kind screen --passphrase-file "$home/passphrase" >/dev/null
    find "$home/exported" -name '*.png' >"$home/frames"
    [ -s "$home/frames" ] || fail "$1 recorded no frame"
    # A frame of the terminal has some ink; the sheet's two dozen lines have much.
    python3 - "$story_root/Tests/stories" "$home/frames" "$ink" >>"$ROAD/ink" <<'PY' || fail "a frame of $1 shows the sheet"
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from pixels import count
ink = bytes.fromhex(sys.argv[3][1:])
counts = [count(path, ink) for path in open(sys.argv[2]).read().split()]
print(len(counts), max(counts))
if max(counts) > 3000: sys.exit(f"{max(counts)} pixels of ink")
if max(counts) < 50: sys.exit("no frame shows even what was typed afterwards")
PY
}
check employee
check second
frames=$(awk '{ sum += $1 } END { print sum }' "$ROAD/ink")
pass "recovery sheet: ended in 5 ways under two vaults' agents; 0 of $frames frames show it, no key of the passphrase is there"
