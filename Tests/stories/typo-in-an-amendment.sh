#!/usr/bin/env bash
# An amendment whose rules of version 1 let port 99999 pass is in the log for ever. No server, laptop, job or monitor ends
# by it, at its start or later; the servers at that port are named, and another amendment corrects it. Version 2 refuses it.
. "$(dirname "$0")/lib.sh"

# The charter of an older program.
eval "sign_newest() $(declare -f sign_charter | tail -n +2)"
older() { sed -i 's/"version":[0-9]*/"version":1/' "$1"; }
sign_charter() { older "$ROAD/charter"; sign_newest; }

small_road "typed before the typo"
officers="ledger desk privacy works-council emergency acme-1 acme-2 council-1"
names="ledger desk $brokers $witnesses"

# amendment FILE : the terms as they are
amendment() { draft_amendment "$1" "acme-1 acme-2 acme-3" privacy --notice 0s; }
mistype() { # FILE NAME… : the port of each has two digits too many
    local file=$1 name
    for name in "${@:2}"; do sed -i "s,http://127.0.0.1:${port[$name]}\",http://127.0.0.1:99999\"," "$file"; done
}

# --- version 2 refuses it -------------------------------------------------------------------------------------------
amendment "$ROAD/newest"
mistype "$ROAD/newest" acme-1
status=0
# shellcheck disable=SC2086
{ sign_amendment "$ROAD/newest" $officers && publish "$ROAD/newest"; } >"$ROAD/out" 2>"$ROAD/err" || status=$?
[ $status = 64 ] || [ $status = 77 ] || fail "a typo by the newest rules: exit $status, $(cat "$ROAD/err")"
expect_words "http://"

# --- version 1 takes it ---------------------------------------------------------------------------------------------
amendment "$ROAD/typo"
older "$ROAD/typo"
mistype "$ROAD/typo" acme-1 north desk
# shellcheck disable=SC2086
sign_amendment "$ROAD/typo" $officers
expect 0 publish "$ROAD/typo"
wait_for 20 publish_purpose after keys editor || fail "the typo came into force and nothing is logged any more"

all_run() {
    local name
    for name in $names; do
        kill -0 "${server[$name]}" 2>/dev/null || fail "$1: $name has ended: $(tail -n 3 "$ROAD/log/$name")"
    done
}
restart_all() {
    local name
    for name in $names; do stop_server "$name"; done
    start_servers
}
goes_on() { # WHEN PURPOSE CODE : CODE is that of the employee's sync, whose sub-keys acme-1 has, if it can be asked
    publish_purpose "$2" keys editor || fail "$1: nothing is logged"
    brokers_follow
    expect "$3" employee sync
    [ "$3" = 0 ] || expect_words "http://127.0.0.1:99999 is not the URL of a server"
    expect 0 open_samples
    all_run "$1"
}
goes_on "in force" second 75
restart_all
goes_on "after a start" third 75

watch() { COFFER_HOME=$ROAD/auditor "$COFFER" audit watch --once --charter "$ROAD/charter" --json; }
# The first round goes by the charter's addresses, and learns the amendment.
watch >/dev/null 2>&1 || [ $? = 1 ]
expect 1 watch
for name in acme-1 north; do
    grep -q "\"subject\":\"$name\".*is not the URL of a server" "$ROAD/out" || fail "$name is not named: $(cat "$ROAD/out")"
done
expect 1 "$COFFER" serve doctor --dir "$ROAD/servers/ledger" --key "$ROAD/org/ledger" --charter "$ROAD/charter" \
    --listen "127.0.0.1:${port[ledger]}"
for command in "verify $(url ledger)" "report --ledger $(url ledger) -o $ROAD/report.html" "policy --ledger $(url ledger)"; do
    # shellcheck disable=SC2086
    COFFER_HOME=$ROAD/auditor expect 0 "$COFFER" audit $command --charter "$ROAD/charter"
done

# --- another amendment corrects it ----------------------------------------------------------------------------------
amendment "$ROAD/right"
# shellcheck disable=SC2086
sign_amendment "$ROAD/right" $officers
expect 0 publish "$ROAD/right"
goes_on "corrected" fourth 0
restart_all
expect 0 employee sync
watched() { watch >"$ROAD/out" 2>"$ROAD/err"; }
wait_for 60 watched || fail "the watch still warns: $(cat "$ROAD/out")"
pass "a typo in an amendment: port 99999 ended nobody, the servers at it are named, and another amendment corrects it"
