#!/usr/bin/env bash
# The agent comes back by itself, as the unit of the session starts it again: after a lost display, a kill -9 and a full
# disk. It says so once; status, capture status and doctor agree; its helper ends with it. What is off stays off.
. "$(dirname "$0")/lib.sh"

home=$ROAD/employee
mkdir -p "$home"
mounted=
unmount() { [ -z "$mounted" ] || umount "$mounted" 2>/dev/null || umount -l "$mounted"; mounted=; }
trap 'status=$?; end_all; unmount; (exit $status); finish' EXIT
# The employee's machine is a small disk of its own, where the system allows to mount one.
if mount -t tmpfs -o size=24m,mode=700 coffer-story "$home" 2>/dev/null; then mounted=$home; fi

make_officers
draft_charter --demo
sign_charter
# No server runs: the agent's helper looks for the ledger in vain.
init_employee
employee capture on --apps editor --kinds keys >/dev/null

state() { employee capture status --json | json state; }
overall() { employee status --json | json capture; }
# agree WORD [PROBLEM] : the three commands say the same
agree() {
    wait_for 20 eval "[ \"\$(state)\" = $1 ]" || fail "capture status says $(state), not $1"
    wait_for 20 eval "[ \"\$(overall)\" = $1 ]" || fail "status says $(overall), not $1"
    employee doctor >"$ROAD/out" 2>/dev/null || true
    if [ -n "${2:-}" ]; then
        grep -qF "$2" "$ROAD/out" || fail "doctor does not say '$2': $(cat "$ROAD/out")"
    else
        ! grep -q "agent" "$ROAD/out" || fail "doctor finds fault with the agent: $(cat "$ROAD/out")"
    fi
}
said() { grep -cF "$1" "$ROAD/log/agent" || true; }
# once WORDS : the agents have said it, and only once, since the last call of `forget`
once() { [ "$(said "$1")" = 1 ] || fail "'$1' was said $(said "$1") times: $(cat "$ROAD/log/agent")"; }
forget() { : >"$ROAD/log/agent"; }
ends() { wc -l <"$ROAD/ends"; }
has_ended() { [ "$(ends)" -ge "$1" ]; }
pid() { employee capture status --json | json pid; }
start_unit() {
    COFFER_HOME=$home python3 "$story_root/Tests/stories/supervise.py" "$story_root/tools/systemd/user/coffer-capture.service" \
        "$COFFER" "$ROAD/ends" >>"$ROAD/log/agent" 2>&1 &
    unit=$!
    started+=("$unit")
}
unit_ended() { ! kill -0 "$unit" 2>/dev/null; }

# A display of a number that no other run takes while it is away.
export DISPLAY=:$((RANDOM % 6000 + 2000))
open_display() {
    Xvfb "$DISPLAY" -screen 0 1280x800x24 -nolisten tcp -noreset >"$ROAD/log/xvfb" 2>&1 &
    server=$!
    started+=("$server")
    wait_for 10 xprop -root || fail "there is no display $DISPLAY"
    openbox >"$ROAD/log/openbox" 2>&1 &
    started+=($!)
    wait_for 10 sh -c 'xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 0x' || fail "openbox did not start"
}
open_display
open_terminal Editor
: >"$ROAD/ends"
start_unit
records_now
agree recording
type_line first

# --- the display is lost --------------------------------------------------------------------------------------------

kill -9 "$server"
agree stopped "no agent runs"
# It is started again and again, and says each reason once.
wait_for 30 has_ended 5 || fail "it is not started again: $(cat "$ROAD/ends")"
once "display's connection was lost"
once "does not answer"
[ "$(sort -u "$ROAD/ends")" = 75 ] || fail "it ended with $(sort -u "$ROAD/ends")"
open_display
open_terminal Editor
records_now
agree recording
type_line second
once "goes on after an interruption"

# --- kill -9 --------------------------------------------------------------------------------------------------------

forget
killed=$(pid)
helper=$(pgrep -P "$killed")
[ -n "$helper" ] || fail "the agent has no helper"
kill -9 "$killed"
gone() { ! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null; }
wait_for 5 gone "$helper" || fail "the helper outlives its agent"
wait_for 10 eval '[ "$(state)" = recording ]' || fail "it does not come back after kill -9"
[ "$(pid)" != "$killed" ] || fail "it was not killed"
type_line third
once "was killed"
# A helper that ignored its agent's signals ends, too, when the agent is told to end.
helper=$(pgrep -P "$(pid)")

# --- a full disk ----------------------------------------------------------------------------------------------------

full=
if [ -n "$mounted" ]; then
    forget
    before=$(ends)
    dd if=/dev/zero of="$home/fill" bs=4k 2>/dev/null || true
    for _ in $(seq 40); do
        has_ended $((before + 3)) && break
        type_text "into a full disk "
        sleep 0.3
    done
    has_ended $((before + 3)) || fail "it does not notice that the disk is full"
    [ "$(tail -n 1 "$ROAD/ends")" = 75 ] || fail "on a full disk it ended with $(tail -n 1 "$ROAD/ends")"
    once "nearly full"
    agree stopped "nearly full"
    rm "$home/fill"
    wait_for 10 eval '[ "$(state)" = recording ]' || fail "it does not come back when there is room"
    type_line fourth
    full=", a full disk"
fi

# --- off, of an agent that hangs, while that cannot be written down ---------------------------------------------------

hangs=$(pid)
kill -STOP "$hangs"
list=$home/config/capture
mv "$list" "$list.away"
mkdir "$list"
status=0
employee capture off >"$ROAD/out" 2>&1 || status=$?
[ "$status" != 0 ] || fail "off says that it is kept: $(cat "$ROAD/out")"
wait_for 10 unit_ended || fail "an agent that 'off' killed is started again"
gone "$hangs" || fail "it was not killed"
rmdir "$list"
mv "$list.away" "$list"
start_unit
records_now

# --- off ------------------------------------------------------------------------------------------------------------

helper=$(pgrep -P "$(pid)")
employee capture off >/dev/null
wait_for 10 unit_ended || fail "it is started again after 'off'"
wait_for 5 gone "$helper" || fail "the helper outlives 'off'"
agree off
start_unit
wait_for 10 unit_ended || fail "it is started again while capture is off"
[ "$(tail -n 1 "$ROAD/ends")" = 78 ] || fail "off, it ended with $(tail -n 1 "$ROAD/ends")"

unlock_employee
typed=$(employee show --kind keys --json | python3 -c '
import json, sys
print("".join(r["key"] for r in map(json.loads, sys.stdin) if r["type"] == "press" and len(r["key"]) == 1))')
[[ $typed = firstsecondthird* ]] || fail "the vault holds '$typed'"
pass "agent returns: after a lost display, kill -9$full; said once, three commands agree, no helper is left; off is off"
