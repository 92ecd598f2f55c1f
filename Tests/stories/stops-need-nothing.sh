#!/usr/bin/env bash
# limit: 600
# Stops need nothing but themselves: with a full disk, a configuration that cannot be written, damaged files, a damaged
# copy of the ledger, and a keyholder or an agent that hangs, each stop still works, and nothing says more than it did.
. "$(dirname "$0")/lib.sh"

home=$ROAD/employee
mounted=()
unmount_all() {
    local place
    for place in "${mounted[@]}"; do umount "$place" 2>/dev/null || umount -l "$place"; done
    mounted=()
}
trap 'status=$?; end_all; unmount_all; (exit $status); finish' EXIT

# The employee's machine is a small disk of its own, where the system allows to mount one.
mkdir -p "$home"
if mount -t tmpfs -o size=48m,mode=700 coffer-story "$home" 2>/dev/null; then mounted=("$home"); fi
may_mount() { [ ${#mounted[@]} -gt 0 ]; }

small_road "stops need nothing"
tried=()

keyholder_pid() { employee status --json | json keyholder.pid; }
is_locked() { [ "$(employee status --json | json unlocked)" = false ]; }
revoked() { # NAME : the ledger, as followed now, has the consent no more
    employee sync >/dev/null 2>&1 || true
    employee consents --json | python3 -c '
import json, sys
lines = [json.loads(line) for line in sys.stdin]
sys.exit(0 if all(l["status"] == "revoked" for l in lines if l["name"] == sys.argv[1]) else 1)' "$1"
}
# within SECONDS CODE COMMAND… : ends by itself in that time, with that code
within() {
    local seconds=$1 code=$2 status=0 began=$SECONDS
    shift 2
    expect "$code" timeout -k 1 "$seconds" env COFFER_HOME="$home" "$COFFER" "$@"
}

# --- one lock, and who holds it -------------------------------------------------------------------------------------

# Four unlocks at the same time leave one keyholder. Their spans are this story's own, so that others' are not counted.
employee lock >/dev/null
first=$(($(date +%s%3N) + 700000 * 1000))
unlocks=()
for i in 1 2 3 4; do
    employee unlock --for $((700000 + i))s --passphrase-file "$home/passphrase" >/dev/null 2>"$ROAD/unlock-$i" &
    unlocks+=($!)
done
for pid in "${unlocks[@]}"; do wait "$pid" || fail "an unlock of four failed: $(cat "$ROAD"/unlock-*)"; done
keyholders() { # the process ids of this story's keyholders
    ps -eo pid=,args= | awk -v first="$first" \
        '$3 == "keyholder" && $4 == "--until" && $5 >= first && $5 < first + 60000000 { print $1 }'
}
[ "$(keyholders | wc -l)" = 1 ] || fail "four unlocks leave $(keyholders | wc -l) keyholders"
started+=("$(keyholders)")

# A removed socket does not make it locked; lock ends it all the same.
rm "$home/run/keyholder.sock"
[ "$(employee status --json | json unlocked)" = true ] || fail "a keyholder without its socket is called locked"
expect 75 employee ls
within 30 0 lock
[ -z "$(keyholders)" ] || fail "lock left a keyholder without its socket alive"
is_locked || fail "it is not locked"
tried+=("one keyholder")

# --- a keyholder that hangs -----------------------------------------------------------------------------------------

hang() { unlock_employee; hanging=$(keyholder_pid); kill -STOP "$hanging"; }
# ended PID : it is gone, or waits as a zombie for a parent that does not ask
ended() { ! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null; }

unlock_employee
record_words editor "removed while it hangs"
segment=$(employee ls --json | tail -n 1 | json id)
hang
within 40 0 status
grep -q "does not answer" "$ROAD/out" || fail "status does not say that the keyholder hangs: $(cat "$ROAD/out")"
within 60 1 doctor
grep -q "coffer lock" "$ROAD/out" || fail "doctor does not say what to do about it: $(cat "$ROAD/out")"
within 60 75 ls
within 60 0 erase "$segment"
within 60 0 rm "$segment"
[ ! -e "$home/data/vault/segments/$segment.header" ] || fail "rm left the segment while the keyholder hung"
within 60 0 lock
wait_for 5 ended "$hanging" || fail "the keyholder that hung lives on"
hang
within 60 0 unlock --passphrase-file "$home/passphrase"
wait_for 5 ended "$hanging" || fail "unlock left the keyholder that hung alive"
started+=("$(keyholder_pid)")
tried+=("a keyholder that hangs")

# --- a deadline while a sync hangs ----------------------------------------------------------------------------------

# A ledger that gives a byte a second keeps a sync busy for hours.
python3 - "$ROAD/tarpit" <<'PY' &
import socket, sys, threading, time
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(16)
open(sys.argv[1] + ".new", "w").write(str(server.getsockname()[1]))
import os; os.rename(sys.argv[1] + ".new", sys.argv[1])
def drip(connection):
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True: connection.sendall(b"x"); time.sleep(1)
    except OSError: pass
while True: threading.Thread(target=drip, args=(server.accept()[0],), daemon=True).start()
PY
tarpit=$!
started+=("$tarpit")
wait_for 10 test -s "$ROAD/tarpit" || fail "no tarpit"
COFFER_LEDGER=http://127.0.0.1:$(cat "$ROAD/tarpit") employee unlock --for 4s --passphrase-file "$home/passphrase" >/dev/null
pid=$(keyholder_pid)
(COFFER_LEDGER=http://127.0.0.1:$(cat "$ROAD/tarpit") employee sync >/dev/null 2>&1 || true) &
wait_for 8 ended "$pid" || fail "the keyholder outlives its time while a sync hangs"
is_locked || fail "it is not locked after its time"
end_process "$tarpit"
tried+=("the deadline")

# --- damaged files --------------------------------------------------------------------------------------------------

publish_purpose second keys editor
unlock_employee
consent second --kinds keys --apps editor
employee sync >/dev/null || true
vault=$home/data/vault
for part in pages cards outbox removals; do echo junk >"$vault/$part/ffffffffffffffff"; done
expect 0 employee ls
expect 0 employee show --last 1m
expect 0 employee status
grep -q DAMAGED "$ROAD/out" || fail "status does not name the damaged files"
expect 1 employee doctor
# The keyholder may have made up for the page meanwhile.
[ "$(grep -c "damaged" "$ROAD/out")" -ge 3 ] || fail "doctor does not name the damaged files: $(cat "$ROAD/out")"
[ "$(find "$vault/damaged" -type f | wc -l)" = 4 ] || fail "the damaged files are not kept"
record_words editor "removed beside damage"
segment=$(employee ls --json | tail -n 1 | json id)
echo junk >"$vault/pages/eeeeeeeeeeeeeeee"
expect 75 employee rm "$segment"
expect_words "still offered"
[ ! -e "$vault/segments/$segment.header" ] || fail "rm left the segment beside a damaged note"
expect 0 employee revoke second
revoked second || fail "it was not revoked"
# A card of one's own that is damaged: the copy that consent wrote takes its place.
publish_purpose third keys editor
consent third --kinds keys --apps editor
employee lock >/dev/null
for card in "$vault"/cards/*; do grep -q '"third"' "$card" && echo junk >"$card"; done
cp "$home/card-third" "$home/data/revocation-card"
expect 0 employee revoke third
unlock_employee
revoked third || fail "the consent whose card was damaged was not revoked"
tried+=("damaged files")

# --- a damaged copy of the ledger -----------------------------------------------------------------------------------

publish_purpose fourth keys editor
consent fourth --kinds keys --apps editor
employee lock >/dev/null
rm -f "$home"/state/ledger.db-wal "$home"/state/ledger.db-shm
head -c 20000 /dev/urandom >"$home/state/ledger.db"
unlock_employee
status=0
employee doctor >"$ROAD/out" 2>"$ROAD/err" || status=$?
[ $status = 1 ] && grep -q "ledger.db" "$ROAD/out" ||
    fail "doctor does not name the damaged copy: $(cat "$ROAD/out" "$ROAD/err")"
expect 0 employee revoke fourth
revoked fourth || fail "with a damaged copy of the ledger it was not revoked"
[ -s "$home/state/newest-checkpoint" ] || fail "the newest checkpoint is not kept apart"
tried+=("a damaged copy of the ledger")

# --- the agent ------------------------------------------------------------------------------------------------------

employee capture on --apps editor --kinds keys >/dev/null
open_screen
start_agent
open_terminal Editor
records_now

# The configuration cannot be written: pause and off work, and say what is not kept.
freeze() {
    if may_mount; then mount --bind "$home/config" "$home/config" && mounted=("$home/config" "${mounted[@]}") &&
        mount -o remount,ro,bind "$home/config"
    else chmod 500 "$home/config"; fi
}
thaw() {
    if may_mount; then umount "$home/config"; mounted=("$home"); else chmod 700 "$home/config"; fi
}
if may_mount || [ "$(id -u)" != 0 ]; then
    freeze
    expect 78 employee capture pause
    [ "$(employee capture status --json | json state)" = paused ] || fail "pause did not stop an agent"
    expect 78 employee capture off
    wait_for 10 ended "$agent" || fail "off did not end the agent"
    thaw
    tried+=("a read-only configuration")
fi

# An agent that hangs is ended by off.
employee capture resume >/dev/null
start_agent
kill -STOP "$agent"
within 60 0 capture off
wait_for 10 ended "$agent" || fail "the agent that hung lives on"
[ "$(employee capture status --json | json state)" = off ] || fail "capture is not off"
tried+=("an agent that hangs")

# --- a full disk ----------------------------------------------------------------------------------------------------

fill() { dd if=/dev/zero of="$home/filling-$RANDOM" bs=4096 2>/dev/null || true; }
if may_mount; then
    publish_purpose fifth keys editor
    consent fifth --kinds keys --apps editor
    record_words editor "one for rm unlocked"
    one=$(employee ls --json | tail -n 1 | json id)
    employee sync >/dev/null || true
    employee capture on --apps editor --kinds keys >/dev/null
    start_agent
    fill
    expect 0 employee capture pause
    # An agent ends by itself when the disk is nearly full; one that is started again obeys the pause.
    case $(employee capture status --json | json state) in
        paused | stopped) ;;
        *) fail "pause does nothing on a full disk" ;;
    esac
    grep -qE '"pausedUntil":[1-9]' "$home/config/capture" || fail "the pause is not stored"
    fill
    expect 0 employee rm "$one"
    [ ! -e "$vault/segments/$one.label" ] || fail "rm left the segment on the full disk"
    employee lock >/dev/null
    # Neither free space nor what was set apart: it is sent all the same.
    rm -f "$vault/reserve" "$home/config/reserve"
    fill
    expect 0 employee revoke fifth
    status=0
    employee capture off >"$ROAD/out" 2>"$ROAD/err" || status=$?
    [ $status = 0 ] || [ $status = 78 ] || fail "off: exit $status: $(cat "$ROAD/err")"
    wait_for 10 ended "$agent" || fail "off did not end the agent on a full disk"
    rm -f "$home"/filling-*
    unlock_employee
    revoked fifth || fail "on the full disk it was not revoked"
    tried+=("a full disk")
else
    say "not tried, because nothing may be mounted here: a full disk"
fi

# --- writes after checks --------------------------------------------------------------------------------------------

# A rotation that is refused writes no sheet; neither does one whose new passphrase is too short.
expect 77 employee key rotate --sheet "$ROAD/refused-sheet" --passphrase-file "$home/passphrase"
[ ! -e "$ROAD/refused-sheet" ] || fail "a refused rotation wrote a sheet"
# A damaged card without a copy is said, until it is deleted.
expect 75 employee revoke --all
rm "$vault"/damaged/cards-*
revoked completion || fail "it was not revoked"
expect 66 employee revoke --all
{ cat "$home/passphrase"; echo short; } >"$ROAD/passphrases"
rotate_short() { COFFER_PASSPHRASE_FD=7 employee key rotate --sheet "$ROAD/refused-sheet" 7<"$ROAD/passphrases"; }
expect 64 rotate_short
[ ! -e "$ROAD/refused-sheet" ] || fail "a rotation with a short passphrase wrote a sheet"
expect 0 employee key rotate --sheet "$ROAD/new-sheet" --passphrase-file "$home/passphrase"

# Of several inits at the same time one makes the identity, and its sheet is the only one.
newcomer=$ROAD/newcomer
inits=()
for i in 1 2 3 4 5 6; do
    COFFER_HOME=$newcomer "$COFFER" init "$ROAD/charter" --passphrase-file "$home/passphrase" --sheet "$ROAD/sheet-$i" \
        >/dev/null 2>&1 &
    inits+=($!)
done
made=0
for pid in "${inits[@]}"; do if wait "$pid"; then made=$((made + 1)); fi; done
[ $made = 1 ] || fail "$made of six inits made an identity"
sheets=("$ROAD"/sheet-*)
[ ${#sheets[@]} = 1 ] || fail "six inits left ${#sheets[@]} sheets"
COFFER_HOME=$ROAD/restored "$COFFER" key restore "${sheets[0]}" --passphrase-file "$home/passphrase" >/dev/null
cmp -s "$newcomer/data/vault/public" "$ROAD/restored/data/vault/public" || fail "the sheet is not that of the vault"
tried+=("checks before writes")

pass "stops need nothing: $(IFS=,; echo "${tried[*]}")"
