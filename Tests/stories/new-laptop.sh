#!/usr/bin/env bash
# A new laptop and a long log: it begins with a state that brokers signed, fetches earlier entries when a command needs
# them, and replays everything if it cannot reach the brokers of a group.
. "$(dirname "$0")/lib.sh"

python=$("$story_root/tools/venv")
stored() { # EMPLOYEE : the size that the laptop began with, and how many entries it has
    python3 - "$ROAD/$1/state/ledger.db" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(*(db.execute("SELECT size FROM beginning").fetchone() or ["nothing"]), db.execute("SELECT count(*) FROM entry").fetchone()[0])
PY
}

make_officers
draft_charter --demo
sign_charter
start_servers
enrol_employee
publish_purpose completion keys editor
consent completion
[ "$(stored employee | cut -d' ' -f1)" = nothing ] || fail "a short log was not replayed"

# months pass, and then a day on which brokers sign the ledger's state
filled=$("$python" "$story_root/Tests/stories/filling.py" "$ROAD/charter" "$ROAD/org/desk" 4200)
[ "$filled" = 4200 ] || fail "$filled entries of 4200"
for name in $brokers; do
    stop_server "$name"
    rm -rf "$ROAD/servers/$name/state"
    serve_broker "$name"
done
signed() { fetch "$(url "$1")/state" | grep -qE '"size":4[0-9]{3}'; }
for name in $brokers; do wait_for 30 signed "$name" || fail "$name has signed no state"; done

# the new laptop has no earlier entries, and all later ones
EMPLOYEE=new
enrol_employee
expect 0 employee purposes
read -r begun entries < <(stored new)
[ "$begun" -gt 4200 ] && [ "$entries" -lt 10 ] || fail "it began with $begun, and has $entries entries"
expect 0 employee purposes --json
[ "$(json signers <"$ROAD/out" | tr -d '[]"' | tr ',' '\n' | wc -l)" = 2 ] || fail "who signed a purpose is not known: $(cat "$ROAD/out")"
consent completion
expect 0 employee status --json
[ "$(json consents <"$ROAD/out")" = 1 ] || fail "its consent does not count: $(cat "$ROAD/out")"

# proofs need all entries, once
expect 0 employee history --proof "$ROAD/proofs"
expect_words "happens once"
read -r nothing all < <(stored new)
[ "$nothing" = nothing ] && [ "$all" -gt 4200 ] || fail "$all entries after it obtained them, began with $nothing"

# without the council no broker vouches for the employees' side: the laptop replays, and says why
stop_server council-1
EMPLOYEE=third
enrol_employee
expect 0 employee purposes
read -r nothing all < <(stored third)
[ "$nothing" = nothing ] && [ "$all" -gt 4200 ] || fail "it did not replay: $nothing $all"
pass "a new laptop: began with a signed state of $begun entries and fetched $entries; the rest on demand; a replay without the council"
