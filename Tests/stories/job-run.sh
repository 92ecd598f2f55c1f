#!/usr/bin/env bash
# A program that trains: what it needs is checked before a release is logged, its exit code is the command's, signals
# reach it, and what it writes for a while stays in memory.
. "$(dirname "$0")/lib.sh"
small_road "$(seq -s ' ' 1001 1040)"

# What can be refused without the ledger costs no release.
before=$(published ledger)
expect 66 job run --grant "$granted" -- no-such-program
expect 78 job run --grant "$granted" -- /etc/hostname
expect 64 job run --grant "$granted"
mkdir "$ROAD/empty"
PATH=$ROAD/empty expect 78 job run --grant "$granted" --no-network -- "$(command -v cat)"
grep -q bubblewrap "$ROAD/err" || fail "it does not say what is missing: $(cat "$ROAD/err")"
[ "$(published ledger)" = "$before" ] || fail "a refusal was logged: $before became $(published ledger)"

# The program's exit code passes, whatever it is, also after it has read nothing; a signal is 128 and its number.
expect 7 job run --grant "$granted" -- sh -c 'cat >/dev/null; exit 7'
expect 3 job run --grant "$granted" --json -- sh -c 'exit 3'
[ "$(grep -F coffer.program.v1 "$ROAD/err" | json status)" = 3 ] || fail "no object: $(cat "$ROAD/err")"
expect 137 job run --grant "$granted" -- sh -c 'cat >/dev/null; kill -9 $$'
expect 66 job run --grant 999999 -- sh -c 'touch "'"$ROAD"'/started"'
[ ! -e "$ROAD/started" ] || fail "a grant that is not there started the program"

# The stream's own failure comes first, so that a program that reads less never looks as if it had read all.
expect 1 job run --grant "$granted" -- true

# Other forms than the tar.
expect 0 job run --grant "$granted" --format jsonl -- cat
[ "$(grep -c '"schema":"coffer.sample' "$ROAD/out")" -gt 0 ] || fail "no samples as JSON lines: $(head -c 200 "$ROAD/out")"

# Temporary files lie in memory and go with the program; no core dump; a pipe that breaks ends it as elsewhere.
expect 0 job run --grant "$granted" -- sh -c 'cat >/dev/null; stat -f -c %T "$TMPDIR"; echo "$TMPDIR"; ulimit -c; echo x >"$TMPDIR/left"'
[ "$(sed -n 1p "$ROAD/out")" = tmpfs ] || fail "TMPDIR lies on $(sed -n 1p "$ROAD/out")"
[ ! -e "$(sed -n 2p "$ROAD/out")" ] || fail "the temporary files are still there"
[ "$(sed -n 3p "$ROAD/out")" = 0 ] || fail "core dumps of $(sed -n 3p "$ROAD/out")"
# A link in it is removed, and not what it leads to.
mkdir "$ROAD/kept" && touch "$ROAD/kept/file"
expect 0 job run --grant "$granted" -- sh -c 'cat >/dev/null; ln -s "'"$ROAD"'/kept" "$TMPDIR/link"'
[ -e "$ROAD/kept/file" ] || fail "a file outside the temporary folder was removed"

# A signal reaches the program, which ends in its own way.
cat >"$ROAD/slow" <<'END'
trap 'echo saved >"$1"; exit 9' TERM
touch "$1.began"
while :; do sleep 0.1; done
END
job run --grant "$granted" -- sh "$ROAD/slow" "$ROAD/saved" 2>"$ROAD/err-run" &
running=$!
wait_for 30 test -e "$ROAD/saved.began" || fail "the program did not begin: $(cat "$ROAD/err-run")"
kill -TERM "$(pgrep -P "$running" -f 'job run' || echo "$running")"
set +e
wait "$running"
status=$?
set -e
[ "$status" = 9 ] || fail "ended with $status: $(cat "$ROAD/err-run")"
[ "$(cat "$ROAD/saved")" = saved ] || fail "the program did not get the signal"

if command -v bwrap >/dev/null && bwrap --dev-bind / / --unshare-net -- true 2>/dev/null; then
    expect 0 job run --grant "$granted" --no-network -- sh -c 'cat >/dev/null; cat /proc/net/dev'
    [ "$(grep -c : "$ROAD/out")" = 1 ] || fail "more than the loopback: $(cat "$ROAD/out")"
    network="no network"
else
    network="bubblewrap does not work here"
fi
pass "exit codes pass, signals reach the program, refusals log nothing, TMPDIR is in memory; $network"
