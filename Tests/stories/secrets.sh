#!/usr/bin/env bash
# What looks like a secret is taken out before sealing: typed into a window, typed into a terminal recording, in a prompt.
# Only how many there were is kept. No job and no `show` sees them.
. "$(dirname "$0")/lib.sh"

make_officers
draft_charter --demo
sign_charter
init_employee
employee capture on --apps editor --kinds keys,window >/dev/null
employee capture secrets --addresses on --pattern 'ACME-[0-9]+' >"$ROAD/out"
grep -q 'card numbers' "$ROAD/out" || fail "it does not say what is taken out: $(cat "$ROAD/out")"

open_screen
start_agent
open_terminal Editor
records_now
# A number typed in one go, one that is corrected, and one that is erased again.
type_text 'pay 4111 1111 1111 1111 by card '
type_text 'or 5555 5555 5555 4445'
xdotool key BackSpace
type_text '4 now, '
type_text '3782 822463 10005'
for _ in $(seq 17); do xdotool key BackSpace; done
type_text 'cash for ACME-4711. '
wait_for 20 sh -c "[ \"\$(COFFER_HOME='$ROAD/employee' '$COFFER' capture status --json | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"records\"])')\" -ge 240 ]" ||
    fail "the agent has recorded too little: $(employee capture status --json)"
stop_agent

unlock_employee
expect 0 employee show --kind keys --json
typed=$(python3 - "$ROAD/out" <<'PY'
import json, sys
text = ""
for line in open(sys.argv[1]):
    record = json.loads(line)
    if record["type"] == "removed": text += "[" + record["secret"] + "]"
    elif record["type"] == "press": text += record["key"] if len(record["key"]) == 1 else ""
print(text)
PY
)
wanted='pay [card number] by card or [card number] now, [card number]cash for [own pattern]. '
[ "$typed" = "$wanted" ] || fail "read back: $typed"
expect 0 employee show --kind keys
grep -q '^4 secrets were taken out' "$ROAD/err" || fail "show does not count: $(cat "$ROAD/err")"

# An export of a chat and a recording of a terminal.
token=ghp_$(head -c 90 /dev/urandom | base64 -w 0 | tr -dc 'a-zA-Z0-9' | cut -c1-36)
line=-----
key="${line}BEGIN OPENSSH PRIVATE KEY$line\\n$(head -c 90 /dev/urandom | base64 -w 0)\\n${line}END OPENSSH PRIVATE KEY$line"
printf '{"messages":[{"role":"user","content":"use %s for ann@example.org\\n%s"}]}\n' "$token" "$key" >"$ROAD/chat.jsonl"
printf '%s\n' '{"version": 2, "width": 80, "height": 24, "timestamp": 1760000000}' \
    "[0.1, \"o\", \"export T=${token:0:20}\"]" "[0.2, \"o\", \"\\u001b[1m${token:20}\\u001b[0m\\r\\n\"]" \
    '[0.3, "o", "done"]' >"$ROAD/session.cast"
expect 0 employee import "$ROAD/chat.jsonl" --format transcript --app chat
expect 0 employee import "$ROAD/session.cast" --format asciicast --app shell
rm "$ROAD/chat.jsonl" "$ROAD/session.cast"
expect 0 employee show --kind prompt --json
[ "$(json text <"$ROAD/out")" = "use ⟦removed: token⟧ for ⟦removed: e-mail address⟧
⟦removed: private key⟧" ] || fail "the prompt: $(cat "$ROAD/out")"
expect 0 employee show --kind terminal --json
if grep -qF "${token:4:12}" "$ROAD/out" || grep -qF "${token:24:12}" "$ROAD/out"; then fail "the terminal: $(cat "$ROAD/out")"; fi
grep -q 'done' "$ROAD/out" || fail "the rest of the terminal is gone: $(cat "$ROAD/out")"

# A damaged setting lets nothing more through, and the doctor says so.
echo junk >"$ROAD/employee/data/vault/secrets"
expect 78 employee capture secrets
expect 1 employee doctor
grep -q 'list of secrets' "$ROAD/out" || fail "the doctor does not say it: $(cat "$ROAD/out")"
expect 0 employee capture secrets --known off --forget-patterns
pass "secrets: 4 typed and 4 imported are counted and gone, also one that was corrected and one that was erased"
