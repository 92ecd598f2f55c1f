#!/usr/bin/env bash
# Docked: the screen grows and shrinks while it is recorded, as it does when a laptop is docked. Every click of the samples
# that a job opens is where it was made on the screen of that moment, and its image has that screen's size.
. "$(dirname "$0")/lib.sh"

make_officers
draft_charter --demo
sign_charter
start_servers
enrol_employee
employee capture on --apps mine --kinds screen,pointer,window >/dev/null
open_screen
xdotool mousemove 600 500
start_agent --demo-clock -2d
xterm -class Mine -title Mine -geometry "60x20+20+20" -e cat >"$ROAD/log/xterm" 2>&1 &
started+=($!)
wait_for 10 sh -c "xdotool search --class '^Mine\$' | grep -q ." || fail "no window"
window=$(xdotool search --class '^Mine$' | tail -n 1)
focus "$window"
records_now

# work WIDTH HEIGHT X,Y : on a screen of this size, clicks there, in the window
work() {
    # Xvfb has one output of the first size, of which xrandr complains.
    xrandr --fb "$1x$2" 2>/dev/null || true
    xwininfo -root | grep -q "Width: $1" || fail "the screen has not become $1 wide"
    xdotool windowmove --sync "$window" $((${3%,*} - 100)) $((${3#*,} - 100))
    focus "$window"
    type_text "on $1"
    sleep 1.2
    xdotool mousemove "${3%,*}" "${3#*,}" click 1
    sleep 0.8
    echo "$1 $2 ${3%,*} ${3#*,}" >>"$ROAD/worked"
}

work 1280 800 900,600
work 800 600 300,200
work 640 480 400,300
work 1280 800 1000,300
stop_agent

unlock_employee
open_mine screen,pointer,window

told=$(python3 - "$ROAD/worked" "$ROAD/opened" <<'PY'
import glob, json, re, struct, sys

wanted = [tuple(map(int, line.split())) for line in open(sys.argv[1])]
clicks = []
for path in sorted(glob.glob(sys.argv[2] + "/*.json")):
    sample = json.load(open(path))
    found = re.search(r"click\(x=([\d.]+), y=([\d.]+)\)", sample.get("action", {}).get("code", ""))
    if not found:
        continue
    size = struct.unpack(">II", open(path[:-5] + ".png", "rb").read()[16:24])
    assert size == (sample["screen"]["w"], sample["screen"]["h"]), (path, size, sample["screen"])
    clicks.append((*size, *(round(float(part) * side) for part, side in zip(found.groups(), size))))
near = lambda a, b: a[:2] == b[:2] and abs(a[2] - b[2]) <= 1 and abs(a[3] - b[3]) <= 1
if len(clicks) != len(wanted) or not all(map(near, clicks, wanted)):
    sys.exit(f"clicked {wanted}, and the samples say {clicks}")
print(f"{len(clicks)} clicks on screens of {len({c[:2] for c in clicks})} sizes are where they were made, on images of that size")
PY
) || fail "$told"
pass "docked: $told"
