#!/usr/bin/env bash
# Screen lock: a real locker holds the keyboard while windows of an allowed app open and close, a client names one of
# them as active, the agent starts again and is stopped for a while. No key of the password is recorded, and all are counted.
. "$(dirname "$0")/lib.sh"

make_officers
draft_charter --demo
sign_charter
# No server runs: capture and review need no network.
init_employee
employee capture on --apps editor --kinds keys,window,screen >/dev/null
open_screen
open_terminal Editor
editor=$window
start_agent
records_now

state_is() { employee capture status --json | grep -q "\"state\":\"$1\""; }
counted() { employee capture status --json | json keysNotRecorded; }
has_counted() { [ "$(counted)" -ge "$1" ]; }

locker_processes() { (cd /proc && grep -lzxF "COFFER_LOCKER=$ROAD" [0-9]*/environ 2>/dev/null | cut -d/ -f1) || true; }
no_locker() { [ -z "$(locker_processes)" ]; }
end_locker() {
    local process
    for process in $(locker_processes); do kill -9 "$process" 2>/dev/null || true; done
    wait_for 10 no_locker || fail "the locker does not end"
}

type_line open-to-all
for locker in "i3lock -n" xsecurelock; do
    before=$(counted)
    # Its helpers outlive it, so a mark in their environment tells them.
    COFFER_LOCKER=$ROAD $locker >"$ROAD/log/locker" 2>&1 &
    wait_for 20 state_is waiting || fail "the agent does not see that ${locker%% *} holds the keyboard"
    mapfile -t helpers < <(locker_processes)
    started+=("${helpers[@]}")
    type_text hunter
    # A chat of an allowed app opens behind the lock, and the window manager gives it the focus.
    xterm -class Editor -title popup -geometry 20x5+500+300 -e cat >/dev/null 2>&1 &
    popup=$!
    started+=("$popup")
    wait_for 10 sh -c 'xdotool search --name "^popup$" | grep -q .' || fail "no window opened behind the lock"
    xdotool windowactivate "$(xdotool search --name '^popup$' | tail -n 1)"
    type_text two
    # Any client may write this property.
    xprop -root -f _NET_ACTIVE_WINDOW 32x -set _NET_ACTIVE_WINDOW 0x0
    xprop -root -f _NET_ACTIVE_WINDOW 32x -set _NET_ACTIVE_WINDOW "$editor"
    type_text lock
    end_process "$popup"
    type_text gone
    state_is waiting || fail "the agent records behind ${locker%% *}"
    wait_for 10 has_counted $((before + 17)) || fail "of 17 keys typed into the lock, $(($(counted) - before)) are counted"

    # The agent starts again while the screen is locked.
    stop_agent
    start_agent
    type_text restart
    wait_for 10 has_counted 7 || fail "a new agent counted $(counted) of 7 keys"
    state_is waiting || fail "a new agent records behind ${locker%% *}"
    # It is stopped and continued.
    kill -STOP "$agent"
    type_text asleep
    kill -CONT "$agent"
    wait_for 10 has_counted 13 || fail "a stopped agent counted $(counted) of 13 keys"

    end_locker
    focus "$editor"
    records_now
    type_line unlocked
done
stop_agent

unlock_employee
employee show --kind keys --json >"$ROAD/records"
typed=$(python3 -c '
import json, sys
print("".join(r["key"] for r in map(json.loads, sys.stdin) if r["type"] == "press" and len(r["key"]) == 1))' <"$ROAD/records")
[ "$typed" = open-to-allunlockedunlocked ] || fail "the vault holds '$typed'"
pass "screen lock: i3lock and xsecurelock, with windows opening behind them: 0 of 60 keys recorded, all counted"
