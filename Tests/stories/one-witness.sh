#!/usr/bin/env bash
# Three of nine cosigners are bad: one signs the last time that there is, one adds lines of keys that nobody knows, one
# sends a byte a second. Everything else goes on, and the watch says which they are.
. "$(dirname "$0")/lib.sh"

python=$("$story_root/tools/venv")
strange=$(free_ports 1)

# The same servers, but for these three.
honest() { # NAME PORT : a witness at a port that is not the charter's
    mkdir -p "$ROAD/servers/$1"
    "$COFFER" serve witness --dir "$ROAD/servers/$1" --key "$ROAD/org/$1" --charter "$ROAD/charter" \
        --listen "127.0.0.1:$2" >>"$ROAD/log/$1" 2>&1 &
    started+=($!)
}
bad() { # PROGRAM ARGUMENTS…
    "$python" "$story_root/Tests/stories/$1.py" "${@:2}" 2>>"$ROAD/log/bad" &
    started+=($!)
}
eval "serve_right() $(declare -f serve | tail -n +2)"
serve() {
    case $2 in
        north) bad bad_witness "${port[north]}" future "$ROAD/org/north" ;;
        south) honest south "$strange"; bad bad_witness "${port[south]}" lines "$strange" ;;
        east) bad slow "${port[east]}" drip body ;;
        *) serve_right "$@" ;;
    esac
}
within() { # SECONDS COMMAND… : the command ends in this time
    local begun=$SECONDS limit=$1
    shift
    "$@"
    [ $((SECONDS - begun)) -le "$limit" ] || fail "it took $((SECONDS - begun)) s: $*"
}

small_road "said in spite of three"
expect 0 open_samples
brokers_follow
head=$(curl_checkpoint)
for name in north south; do
    key=$("$python" - "$ROAD/org/$name.pub" <<'PY'
import json, sys
print(json.load(open(sys.argv[1]))["cosigner"])
PY
)
    grep -q -- "— $key" <<<"$head" || fail "$name has not cosigned the head: $head"
done

auditor() { COFFER_HOME=$ROAD/auditor "$COFFER" audit "$@" --charter "$ROAD/charter"; }
for _ in 1 2; do
    expect 0 auditor mirror "$(url ledger)" "$ROAD/mirror"
    ! grep -rq "— stranger" "$ROAD/mirror/heads" || fail "the history of heads keeps lines of keys that nobody knows"
done
for log in "$(url ledger)" "$ROAD/mirror"; do
    expect 0 auditor verify "$log"
    expect 0 auditor explain 0 --ledger "$log"
    expect 0 auditor report --ledger "$log" -o "$ROAD/report.html" --force
done

within 25 expect 1 auditor watch --once --json
rule() { # RULE SUBJECT
    grep -q "\"rule\":\"$1\",\"subject\":\"$2\"" "$ROAD/out" || fail "no $1 of $2: $(cat "$ROAD/out" "$ROAD/err")"
}
rule cosigner.future north
rule server.unreachable east
grep -q "too slowly" "$ROAD/out" || fail "why east does not answer is not said: $(cat "$ROAD/out")"
[ "$(wc -l <"$ROAD/out")" = 3 ] || fail "the watch names others, too: $(cat "$ROAD/out")"

within 20 expect 1 "$COFFER" serve doctor --dir "$ROAD/servers/ledger" --key "$ROAD/org/ledger" \
    --charter "$ROAD/charter" --listen "127.0.0.1:${port[ledger]}"
cat "$ROAD/out" >>"$ROAD/err"
expect_words "east does not answer as a cosigner" "too slowly" "north's clock"

# Stops, too.
within 20 expect 0 employee revoke completion
within 20 expect 0 employee sync
expect 77 open_samples
pass "one witness, thrice: a time without end, lines of strangers and a drip hold up nobody, and the watch names them"
