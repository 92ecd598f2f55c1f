# A real screen for the road: Xvfb with a window manager and terminals, typed into by xdotool. Sourced.

# open_screen : sets DISPLAY to a new server, of the size $screen
open_screen() {
    local number
    exec 9>"$ROAD/display"
    # Without -noreset the server resets when its last client leaves, and so ends a client that is just connecting.
    Xvfb -displayfd 9 -screen 0 "${screen:-1280x800}x24" -nolisten tcp -noreset >"$ROAD/log/xvfb" 2>&1 &
    started+=($!)
    exec 9>&-
    wait_for 10 test -s "$ROAD/display" || fail "Xvfb gave no display"
    number=$(tr -d '\n' <"$ROAD/display")
    export DISPLAY=:$number
    openbox >"$ROAD/log/openbox" 2>&1 &
    started+=($!)
    wait_for 10 sh -c 'xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 0x' || fail "openbox did not start"
}

# open_terminal CLASS X,Y : an xterm that runs cat; its window id is in $window
open_terminal() {
    local class=$1 position=${2:-20+20}
    xterm -class "$class" -title "$class" -geometry "60x16+$position" -e cat >"$ROAD/log/xterm-$class" 2>&1 &
    started+=($!)
    wait_for 10 sh -c "xdotool search --class '^$class\$' | grep -q ." || fail "no window of $class"
    window=$(xdotool search --class "^$class\$" | tail -n 1)
    focus "$window"
}

# active_app : the app name of the window that is active on the real display (Design, "What is recorded")
active_app() {
    local class
    [ -n "${DISPLAY:-}" ] || fail "--display needs a running X display"
    class=$(xprop -id "$(xdotool getactivewindow)" WM_CLASS | sed -n 's/.*, "\(.*\)"$/\1/p')
    [ -n "$class" ] || fail "no window is active"
    class=$(tr '[:upper:]' '[:lower:]' <<<"$class")
    [[ $class =~ ^[a-z0-9._-]{1,64}$ ]] || fail "choose a window whose class has only letters, digits, '.', '_' and '-'"
    echo "$class"
}

focus() { # WINDOW
    xdotool windowactivate --sync "$1" >/dev/null 2>&1 || xdotool windowfocus --sync "$1"
    sleep 0.2
}

type_text() { xdotool type --delay "${typing_delay:-12}" -- "$1"; }

# type_line TEXT : types it and a Return, and waits until the agent has written each key's press and release
type_line() {
    local keys=$(($(agent_records) + 2 * (${#1} + 1)))
    type_text "$1"
    xdotool key Return
    wait_for 20 eval "[ \"\$(agent_records)\" -ge $keys ]" || fail "the agent recorded less than was typed"
}

agent_records() { employee capture status --json | json records; }

# start_agent FLAGS… : capture runs as its own process, $agent
start_agent() {
    # Not through employee(): $! must be the id of the program itself.
    COFFER_HOME=$ROAD/${EMPLOYEE:-employee} "$COFFER" capture run "$@" >"$ROAD/log/agent" 2>&1 &
    agent=$!
    started+=("$agent")
    wait_for 10 sh -c "COFFER_HOME='$ROAD/${EMPLOYEE:-employee}' '$COFFER' capture status --json | grep -q '\"running\":true'" ||
        fail "the agent does not run: $(tail -n 2 "$ROAD/log/agent")"
}

# records_now : waits until the agent records the window that has the keyboard
records_now() { wait_for 10 sh -c "COFFER_HOME='$ROAD/${EMPLOYEE:-employee}' '$COFFER' capture status --json | grep -q '\"recording\"'" || fail "the agent does not record"; }

stop_agent() { end_process "$agent"; }
