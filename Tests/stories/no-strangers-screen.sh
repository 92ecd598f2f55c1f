#!/usr/bin/env bash
# No stranger's screen: two windows, side by side and one above the other. Only one app is consented. The colour of the
# other window, a canary in pixels, is in no sample that a job opens; the colour of the consented window is.
. "$(dirname "$0")/lib.sh"

make_officers
draft_charter --demo
sign_charter
start_servers
enrol_employee
employee capture on --apps mine --kinds screen,keys,window >/dev/null
open_screen
start_agent --demo-clock -2d

mine='#1e6fc8' stranger='#c81e5a'
coloured() { # CLASS COLOUR X,Y : an xterm of one colour, its window in $window
    xterm -class "$1" -title "$1" -bg "$2" -fg white -geometry "50x16+$3" -e cat >"$ROAD/log/xterm-$1" 2>&1 &
    started+=($!)
    wait_for 10 sh -c "xdotool search --class '^$1\$' | grep -q ." || fail "no window of $1"
    window=$(xdotool search --class "^$1\$" | tail -n 1)
    focus "$window"
}

# side by side
coloured Stranger "$stranger" 640+20
other=$window
type_text "the stranger's own words"
coloured Mine "$mine" 20+20
records_now
type_text "my words beside a stranger"
sleep 1.2
# the stranger's window over half of mine, then away: what it uncovers is recorded again
xdotool windowmove --sync "$other" 200 120
focus "$other"
type_text "more of the stranger"
sleep 0.6
focus "$window"
sleep 1.2
type_text "mine once more"
# mine has the keyboard while the stranger lies above it
xdotool windowraise "$other"
type_text "beneath a stranger"
sleep 1.2
xdotool windowmove --sync "$other" 640 300
focus "$window"
type_text "and free again"
sleep 1.2
stop_agent

unlock_employee
open_mine screen,keys,window

told=$(python3 "$story_root/Tests/stories/pixels.py" "$mine" "$stranger" "$ROAD"/opened/*.png) || fail "$told"
if cat "$ROAD"/opened/*.json | grep -qiE 'stranger"|"Stranger'; then fail "a sample names the stranger's window"; fi
pass "no stranger's screen: $told"
