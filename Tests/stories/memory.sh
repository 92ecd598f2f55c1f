#!/usr/bin/env bash
# As an ordinary user, who may lock 8 MiB: two seconds after something was sealed, and after it was shown and removed, root
# finds nothing of it in the memory of agent and keyholder that could be swapped out.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip "only root may read the memory of such a process"

chmod 711 "$ROAD"
home=$ROAD/employee
mkdir -p "$home"
chmod 700 "$home"
chown 65534:65534 "$home"
as_user=(prlimit --memlock=8388608:8388608 setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all
    --bounding-set=-all env HOME="$home" COFFER_HOME="$home" XDG_RUNTIME_DIR="$home")
ordinary() { "${as_user[@]}" "$@"; }
employee() { ordinary "$COFFER" "$@"; }
ordinary test -x "$COFFER" || skip "an ordinary user cannot run $COFFER"

make_officers
draft_charter --demo
sign_charter
chmod 644 "$ROAD/charter"
ordinary sh -c 'umask 077; head -c 18 /dev/urandom | base64 >"$COFFER_HOME/passphrase"'
employee init "$ROAD/charter" --passphrase-file "$home/passphrase" --sheet "$home/recovery-sheet" >/dev/null
employee capture on --apps editor,viewer --kinds keys,pointer,window,screen >/dev/null
open_screen
ordinary xprop -root >/dev/null 2>&1 || xhost +local: >/dev/null
open_user_terminal() { # CLASS TITLE X,Y : hers, so that the agent may look at it; its window id is in $window
    "${as_user[@]}" xterm -class "$1" -title "$2" -geometry "60x16+$3" -e cat >"$ROAD/log/xterm-$1" 2>&1 &
    terminal=$!
    started+=("$terminal")
    wait_for 10 sh -c "xdotool search --name '^$2\$' | grep -q ." || fail "no window of $2: $(cat "$ROAD/log/xterm-$1")"
    window=$(xdotool search --name "^$2\$" | tail -n 1)
    focus "$window"
}
open_user_terminal Viewer viewer 500+20
viewer=$window
"${as_user[@]}" "$COFFER" capture run >"$ROAD/log/agent" 2>&1 &
agent=$!
started+=("$agent")
is_recording() { [ "$(employee capture status --json | json state)" = recording ]; }
wait_for 15 is_recording || fail "the agent does not record: $(cat "$ROAD/log/agent")"
[ "$(employee capture status --json | json memory)" != locked ] || fail "it is not an ordinary user's agent"

hex() { printf %s "$1" | od -An -tx1 | tr -d ' \n'; }
wide() { printf %s "$1" | iconv -t UTF-16LE | od -An -tx1 | tr -d ' \n'; }
title=$(head -c 400 /dev/urandom | base64 -w 0 | tr -dc a-z | cut -c1-24)
# Presses of the commonest keys, as they are encoded, and the title.
needles=("title=$(hex "$title")" "wide title=$(wide "$title")")
for key in e n t ' '; do needles+=("press=$(hex "\"press\",\"key\":\"$key\"")"); done
scan() { python3 "$story_root/Tests/stories/scanning.py" "$@"; }
# clean WHAT PID : nothing is found, two seconds after
clean() {
    sleep 2
    scan "$2" "${needles[@]}" >"$ROAD/found" || fail "$1: $(wc -l <"$ROAD/found") places, such as $(head -c 1500 "$ROAD/found")"
    say "$1: $(tail -n 1 "$ROAD/found")"
}

open_user_terminal Editor "$title" 20+20
editor=$terminal
# The scan does find what is there.
if scan "$editor" "title=$(hex "$title")" >"$ROAD/found"; then fail "the scan does not find a title in the terminal that has it"; fi
wait_for 10 is_recording || fail "the agent does not record"
for _ in 1 2 3; do
    type_line 'a sentence that nobody else has typed, 4711'
    xdotool mousemove_relative -- 4 1
done
# What the agent still needs is there: the title of the window that is active. So the scan looks where it must.
if scan "$agent" "title=$(hex "$title")" >"$ROAD/found"; then fail "the scan does not find the title that the agent has now"; fi
end_process "$editor"
focus "$viewer"
type_line more
# Closing reads the journals again.
clean "the agent, journals written" "$agent"
expect 69 employee ls
employee capture pause 1s >/dev/null
unlock_employee
keyholder=$(employee status --json | json keyholder.pid)
expect 0 employee rm --last 1s --yes
expect 0 employee redact --last 1s
clean "the agent, segments closed" "$agent"

expect 0 employee show --json
grep -q "$title" "$ROAD/out" || fail "the title was not recorded"
rm "$ROAD/out"
clean "the keyholder, after show" "$keyholder"
employee rm --last 10m --yes >/dev/null
expect 0 employee ls --json
[ ! -s "$ROAD/out" ] || fail "rm left $(cat "$ROAD/out")"
clean "the keyholder, after rm" "$keyholder"
pass "memory: nothing that was typed or shown is left in memory that could be swapped out"
