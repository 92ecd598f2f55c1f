#!/usr/bin/env bash
# Eleven hundred sockets that say nothing lie on every broker and on the ledger, and forty on the agent and on the
# keyholder. A revocation and a halt reach every broker and the ledger within five seconds all the same; pause, off and
# lock answer. Each starved server says so.
. "$(dirname "$0")/lib.sh"

small_road "idle sockets keep nobody out"
home=$ROAD/employee

# flood SOCKETS FILE ADDRESS… : holds so many connections to each address, each made again when it is closed
flood() {
    python3 - "$@" <<'PY' &
import os, resource, selectors, socket, sys, time
count, told, targets = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
def connect(target):
    if target.startswith("/"):
        one = socket.socket(socket.AF_UNIX)
        one.connect(target)
    else:
        one = socket.create_connection(("127.0.0.1", int(target)))
    one.setblocking(False)
    watch.register(one, selectors.EVENT_READ, target)
watch = selectors.DefaultSelector()
waiting = [target for target in targets for _ in range(count)]
made, first = 0, len(waiting)
while True:
    for _ in range(min(64 if made < first else 8, len(waiting))):
        target = waiting.pop()
        try:
            connect(target)
            made += 1
        except OSError:
            waiting.append(target)
    if made >= first and not os.path.exists(told): open(told, "w").close()
    for key, _ in watch.select(0.05):
        try: ended = not key.fileobj.recv(1024)
        except OSError: ended = True
        if ended:
            watch.unregister(key.fileobj)
            key.fileobj.close()
            waiting.append(key.data)
PY
    started+=($!)
}

# --- the servers ----------------------------------------------------------------------------------------------------

idle=(${port[ledger]})
for name in $brokers; do idle+=("${port[$name]}"); done
flood 1100 "$ROAD/flooded" "${idle[@]}"
wait_for 60 test -e "$ROAD/flooded" || fail "the sockets cannot be opened"

began=$(date +%s%3N)
expect 0 employee revoke completion --json
took=$(($(date +%s%3N) - began))
[ "$took" -lt 5000 ] || fail "a revocation took $took ms under eleven hundred idle sockets"
gave_way() { grep -q "gave way" "$ROAD/log/$1"; } # SERVER
for name in ledger $brokers; do
    wait_for 20 gave_way "$name" || fail "$name does not say that its connections are full: $(tail -n 2 "$ROAD/log/$name")"
done
is_revoked() { employee sync >/dev/null 2>&1; employee consents --json | grep -q '"status":"revoked"'; }
wait_for 20 is_revoked || fail "the revocation is not in the log: $(employee consents --json)"

# --- the local sockets ----------------------------------------------------------------------------------------------

employee capture on --apps editor --kinds keys >/dev/null
open_screen
start_agent
sockets=()
for socket in "$home"/run/*.sock; do sockets+=("$socket"); done
[ ${#sockets[@]} = 2 ] || fail "not two sockets: ${sockets[*]}"
flood 40 "$ROAD/flooded-here" "${sockets[@]}"
wait_for 20 test -e "$ROAD/flooded-here" || fail "the local sockets cannot be opened"
within() { # SECONDS COMMAND…
    local seconds=$1
    shift
    expect 0 timeout -k 1 "$seconds" env COFFER_HOME="$home" "$COFFER" "$@"
}
within 5 capture pause
employee capture status --json >"$ROAD/out"
[ "$(json state <"$ROAD/out")" = paused ] || fail "pause does nothing under idle connections: $(cat "$ROAD/out")"
within 5 status
within 5 capture off
within 5 lock
[ "$(employee status --json | json unlocked)" = false ] || fail "lock does nothing under idle connections"

# --- a halt, last, because it also ends what is recorded -------------------------------------------------------------
began=$(date +%s%3N)
expect 0 "$COFFER" org halt --charter "$ROAD/charter" --key "$ROAD/org/emergency"
took=$(($(date +%s%3N) - began))
[ "$took" -lt 5000 ] || fail "a halt took $took ms under eleven hundred idle sockets"

pass "a revocation, a halt, pause, off and lock answer under idle sockets"
