#!/usr/bin/env bash
# limit: 1800
# A day of work, made short: typing with the windows changing, a window that may not be recorded, screen locks, pauses, and an
# agent that is killed in the middle of words and started again by its unit. The X server's own account of the keys is
# compared with what is sealed and counted, and what nobody permitted is looked for everywhere.
# ALL_DAY_SECONDS is the length, 360 by default: an hour of work at ten times its speed; 180 is the short form.
. "$(dirname "$0")/../lib.sh"

home=$ROAD/employee
make_officers
draft_charter --demo
sign_charter
init_employee
employee capture on --apps editor,shell --kinds keys,pointer,window,screen >/dev/null
open_screen

x11() { python3 "$story_root/tools/lib/x11.py" "$@"; }
now() { python3 -c 'import time; print(int(time.monotonic() * 1000))'; }
note() { echo "$1 $(now) ${2:-}" >>"$ROAD/notes"; }
state() { employee capture status --json | json state; }
state_is() { [ "$(state)" = "$1" ]; }
active_is() { [ "$(xdotool getactivewindow)" = "$1" ]; }

declare -A handle
canary=$(head -c 400 /dev/urandom | base64 -w 0 | tr -dc a-z | cut -c1-20)
place=20
for class in Editor Shell Other; do
    title=$class
    [ $class = Other ] && title="private $canary"
    : >"$ROAD/keys-$class"
    python3 "$story_root/tools/lib/x11.py" window "$class" "$title" "360x240+$place+40" "$ROAD/keys-$class" &
    started+=($!)
    wait_for 10 sh -c "xdotool search --class '^$class\$' | grep -q ." || fail "no window of $class"
    handle[$class]=$(xdotool search --class "^$class\$" | tail -n 1)
    place=$((place + 400))
done
: >"$ROAD/oracle"
python3 "$story_root/tools/lib/x11.py" record "$ROAD/oracle" &
started+=($!)
wait_for 10 grep -q begun "$ROAD/oracle" || fail "the oracle does not listen"

: >"$ROAD/ends"
COFFER_HOME=$home python3 "$story_root/Tests/stories/supervise.py" "$story_root/tools/systemd/user/coffer-capture.service" \
    "$COFFER" "$ROAD/ends" >>"$ROAD/log/agent" 2>&1 &
unit=$!
started+=("$unit")
xdotool windowactivate --sync "${handle[Editor]}"
records_now

# An agent's count of keys that it did not record ends with it, so it is read before one is killed, when nothing is typed.
counted() { sleep 1.2; employee capture status --json | json keysNotRecorded; }
until_active() { xdotool windowactivate "${handle[$1]}"; wait_for 10 active_is "${handle[$1]}" || fail "$1 is not active"; }

until=$((SECONDS + ${ALL_DAY_SECONDS:-360}))
round=0 kills=0 locks=0 pauses=0
while [ $SECONDS -lt $until ]; do
    round=$((round + 1))
    # Switches in the middle of words, at the speed of a machine.
    x11 keys 40 6 "${handle[Editor]}" "${handle[Shell]}" "${handle[Other]}"
    x11 motions 200 1
    case $((round % 4)) in
        1)
            # A locker holds the keyboard.
            until_active Editor
            i3lock -n >"$ROAD/log/locker" 2>&1 &
            locker=$!
            started+=("$locker")
            wait_for 10 state_is waiting || fail "the lock is not seen"
            note lock
            x11 keys 20 2
            sleep 0.3
            note unlock
            kill -9 "$locker"
            wait "$locker" 2>/dev/null || true
            until_active Shell
            wait_for 10 state_is recording || fail "it does not record after the lock"
            locks=$((locks + 1))
            ;;
        2)
            employee capture pause >/dev/null
            note pause
            x11 keys 20 1 "${handle[Editor]}"
            sleep 0.3
            note resume
            employee capture resume >/dev/null
            wait_for 10 state_is recording || fail "it does not record after the pause"
            pauses=$((pauses + 1))
            ;;
        *)
            until_active Editor
            note counted "$(counted)"
            note killing
            x11 keys 25 4 &
            typist=$!
            sleep "2.$((RANDOM % 10))"
            kill -9 "$(employee capture status --json | json pid)"
            note killed
            wait "$typist"
            until_active Editor
            wait_for 20 state_is recording || fail "it does not come back"
            sleep 1
            note back
            kills=$((kills + 1))
            ;;
    esac
done
until_active Editor
note counted "$(counted)"
employee capture off >/dev/null
wait_for 10 sh -c "! kill -0 $unit 2>/dev/null" || fail "the unit starts the agent again after 'off'"

unlock_employee
employee show --kind keys --json >"$ROAD/sealed"
employee show --kind window --json >"$ROAD/titles"
python3 "$story_root/Tests/stories/long/judged.py" "$ROAD" >"$ROAD/told" || fail "$(cat "$ROAD/told")"
! grep -q "$canary" "$ROAD/titles" || fail "the title of a window that may not be recorded is sealed"
employee doctor >"$ROAD/out" 2>/dev/null || true
! grep -qE "ALARM|damaged" "$ROAD/out" || fail "doctor: $(cat "$ROAD/out")"
# Neither the canary nor a run of typed letters is in any file of the machine.
python3 - "$home" "$canary" abcdefgh ijklmnop qrstuvwx <<'PY' || fail "what was typed or shown lies in a file in clear"
import base64, os, sys
root, *words = sys.argv[1:]
needles = []
for word in map(str.encode, words):
    needles += [word, b"".join(bytes([c, 0]) for c in word), word.hex().encode()]
    needles += [base64.b64encode(b"x" * pad + word)[4 if pad else 0:-4] for pad in range(3)]
for folder, _, files in os.walk(root):
    for name in files:
        path = os.path.join(folder, name)
        if os.path.isfile(path) and any(n in open(path, "rb").read() for n in needles): sys.exit(f"{path} holds it")
PY
pass "all day: $round rounds, $kills kills, $locks locks, $pauses pauses; $(cat "$ROAD/told")"
