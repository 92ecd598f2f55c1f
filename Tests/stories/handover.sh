#!/usr/bin/env bash
# An amendment replaces the ledger's key and every cosigner. Holders of only the new keys could make up a log that no old
# cosigner ever saw, so everyone who reads the log asks for the old cosigners' last checkpoint over the amendment: a
# mirror, every command of the auditor, a new witness, and the independent reader.
. "$(dirname "$0")/lib.sh"

brokers="acme-1 council-1"
witnesses="north"
company_threshold=1
make_officers
draft_charter --demo
sign_charter
start_servers
publish_purpose completion keys editor

# --- other keys for the ledger, both brokers and the witness ---------------------------------------------------------
for name in acme-2 council-2 south; do port[$name]=$(free_ports 1); done
port[ledger-2]=${port[ledger]}
key ledger ledger-2 --url "$(url ledger-2)"
key broker acme-2 --operator "Operator of acme-2" --side company --url "$(url acme-2)"
key broker council-2 --operator "Operator of council-2" --side employees --url "$(url council-2)"
key witness south --url "$(url south)"
"$COFFER" org charter amend --charter "$ROAD/charter" --ledger "$ROAD/org/ledger-2.pub" \
    --group "company=1:$ROAD/org/acme-2.pub" --group "council=1:$ROAD/org/council-2.pub" \
    --witness "$ROAD/org/south.pub" --reviewer "$ROAD/org/privacy.pub" --reviewer "$ROAD/org/works-council.pub" \
    --halter "$ROAD/org/emergency.pub" --desk "$ROAD/org/desk.pub" --review-quorum 2 --resume-quorum 2 \
    --minimum-window 0s --minimum-notice 0s --lake "$ROAD/lake" --demo --notice 0s -o "$ROAD/amendment" >/dev/null
sign_amendment "$ROAD/amendment" ledger desk privacy works-council emergency acme-1 council-1 ledger-2 acme-2 council-2
expect 0 publish "$ROAD/amendment"

# The new servers follow the log, and the new ledger goes on in the old one's folder.
for name in acme-2 council-2; do serve_broker "$name"; done
serve witness south
for name in acme-2 council-2 south; do
    wait_for 20 answers "${port[$name]}" || fail "$name does not answer: $(tail -n 2 "$ROAD/log/$name")"
done
stop_server ledger
mv "$ROAD/servers/ledger" "$ROAD/servers/ledger-2"
serve ledger ledger-2
wait_for 20 answers "${port[ledger-2]}" || fail "the new ledger does not answer: $(tail -n 2 "$ROAD/log/ledger-2")"
wait_for 20 publish_purpose second keys editor ||
    fail "the new ledger takes nothing: $(tail -n 2 "$ROAD/log/ledger-2")"

auditor() { COFFER_HOME=$ROAD/auditor "$COFFER" audit "$@" --charter "$ROAD/charter"; }
expect 0 auditor mirror "$(url ledger-2)" "$ROAD/mirror"
size=$(sed -n 2p "$ROAD/mirror/checkpoint")
[ -s "$ROAD/mirror/charters/0/checkpoint" ] || fail "the mirror keeps no handover"

python=$("$story_root/tools/venv" reader)
# the hash of the statement, as the page Statements has it
charter_hash=$(python3 - "$ROAD/charter" <<'PY'
import hashlib, sys
text = open(sys.argv[1], "rb").read().rpartition(b"\n\n")[0] + b"\n"
print(hashlib.sha256(b"coffer/v1/statement\0" + text).hexdigest())
PY
)
reader() { "$python" "$story_root/tools/reader/reader.py" ledger "$1" --origin "$origin" --charter-hash "$charter_hash"; }

# every_reader CODE FOLDER : from the folder, and over HTTP from any web server
every_reader() {
    local code=$1 folder=$2 web log
    web=$(free_ports 1)
    python3 -m http.server "$web" --bind 127.0.0.1 --directory "$folder" >/dev/null 2>&1 &
    started+=($!)
    wait_for 20 answers "$web" || fail "the web server does not answer"
    for log in "$folder" "http://127.0.0.1:$web"; do
        expect "$code" auditor verify "$log"
        expect "$code" auditor explain 0 --ledger "$log"
        expect "$code" auditor affected --ledger "$log"
        expect "$code" auditor report --ledger "$log" -o "$ROAD/report.html" --force
        expect "$code" auditor policy --ledger "$log"
    done
    rm -rf "$ROAD/copied"
    expect "$code" auditor mirror "http://127.0.0.1:$web" "$ROAD/copied"
    expect "$code" reader "$folder"
    end_process "${started[-1]}"
}
every_reader 0 "$ROAD/mirror"

# --- without the handover, or with a wrong one -----------------------------------------------------------------------
# wrong NAME COMMAND… : a copy of the mirror whose handover the command, in its folder, has spoiled
wrong() {
    local copy=$ROAD/$1
    cp -r "$ROAD/mirror" "$copy"
    (cd "$copy/charters/0" && "${@:2}")
    rm -rf "$ROAD/auditor"
    every_reader 65 "$copy"
    expect 65 auditor verify "$copy" --json
    [ "$(json rule <"$ROAD/err")" = head.handover ] || fail "$1: $(cat "$ROAD/err")"
}
without_quorum() { # the ledger's line, and one cosigner's of three
    { sed '/^$/q' checkpoint; grep '^— ' checkpoint | head -n 2; } >less && mv less checkpoint
}
wrong none rm checkpoint
wrong junk cp /dev/null checkpoint
wrong late cp ../../checkpoint checkpoint
wrong quorumless without_quorum
pass "a handover: without the old cosigners' word over the amendment, $size entries are tampering for everyone who reads them"
