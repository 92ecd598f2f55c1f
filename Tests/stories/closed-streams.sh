#!/usr/bin/env bash
# Closed streams: what cannot be written to stdout is an error, stderr never changes an exit code, a terminal is put back
# by every signal, pipes are files, and nobody else's folder or text is believed.
. "$(dirname "$0")/lib.sh"

small_road "what cannot be written is said"
home=$ROAD/employee
passphrase=$(head -n 1 "$home/passphrase")
tried=0
audit() { COFFER_HOME=$ROAD/auditor "$COFFER" audit "$@" --charter "$ROAD/charter"; }
expect 0 open_samples
expect 0 audit mirror "$(url ledger)" "$ROAD/mirror"
cp -r "$ROAD/mirror" "$ROAD/spoiled"
printf 'junk' >"$ROAD/spoiled/checkpoint"
stop_server north
cat >"$ROAD/broken-pipe" <<'PY'
import os, subprocess, sys
# The command gets a pipe without a reader as its stdout or stderr.
reader, writer = os.pipe()
os.close(reader)
other = subprocess.PIPE if sys.argv[1] == "stdout" else subprocess.DEVNULL
streams = {"stdout": writer, "stderr": other} if sys.argv[1] == "stdout" else {"stdout": other, "stderr": writer}
done = subprocess.run(sys.argv[2:], **streams, restore_signals=False)
sys.stdout.write((done.stderr or b"").decode())
sys.exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)
PY

# lost COMMAND… : without a place for its result the command is not done; what stderr is makes no difference
lost() {
    local plain=0 wanted got
    "$@" >/dev/null 2>&1 || plain=$?
    wanted=$plain
    [ "$plain" != 0 ] || wanted=78
    got=0; "$@" >/dev/full 2>"$ROAD/err" || got=$?
    [ $got = "$wanted" ] || fail "stdout on a full disk: $got, not $wanted: $*"
    [ "$wanted" != 78 ] || expect_words "cannot be written to stdout"
    got=0; "$@" >&- 2>/dev/null || got=$?
    [ $got = "$wanted" ] || fail "stdout closed: $got, not $wanted: $*"
    same "$plain" "$@"
}

# same CODE COMMAND… : the code stays, whatever stderr is
same() {
    local wanted=$1 got
    shift
    got=0; "$@" >/dev/null 2>/dev/full || got=$?
    [ $got = "$wanted" ] || fail "stderr full: $got, not $wanted: $*"
    got=0; "$@" >/dev/null 2>&- || got=$?
    [ $got = "$wanted" ] || fail "stderr closed: $got, not $wanted: $*"
    tried=$((tried + 1))
}

# quiet COMMAND… : when the reader went away, the command ends without a word
quiet() {
    local said status=0
    said=$(python3 "$ROAD/broken-pipe" stdout "$@") || status=$?
    [ $status = 1 ] || fail "its reader went away: exit $status, not 1: $*"
    [ -z "$said" ] || fail "its reader went away: it says $said: $*"
}

export COFFER_HOME=$home
id=$("$COFFER" ls --json | head -n 1 | json id)
for words in --help --version "help audit" "--generate-completion-script bash" status doctor ls "show $id" purposes \
    consents history "key show" "capture status" "status --json" "ls --json"; do
    # shellcheck disable=SC2086
    lost "$COFFER" $words
done
quiet "$COFFER" --help
quiet "$COFFER" ls
quiet "$COFFER" show "$id"
export COFFER_HOME=$ROAD/auditor
for words in "verify $ROAD/mirror" "verify $(url ledger)" "explain 0" policy affected "affected --json" "report -o -" \
    "watch --once" "verify $ROAD/spoiled" "explain 999999" "mirror $(url ledger) $ROAD/mirror"; do
    # shellcheck disable=SC2086
    lost "$COFFER" audit $words --charter "$ROAD/charter"
done
quiet "$COFFER" audit report -o - --charter "$ROAD/charter"
got=0; python3 "$ROAD/broken-pipe" stderr "$COFFER" audit verify "$ROAD/spoiled" --charter "$ROAD/charter" || got=$?
[ $got = 65 ] || fail "stderr abandoned: $got, not 65"
same 64 "$COFFER" --nonsense
same 64 "$COFFER" audit verify a b c
same 66 "$COFFER" audit verify "$ROAD/nothing" --charter "$ROAD/charter"
same 78 "$COFFER" audit policy --charter "$ROAD/nothing"
unset COFFER_HOME
got=0; open_samples >/dev/full 2>/dev/null || got=$?
[ $got = 78 ] || fail "samples to a full disk: $got, not 78"

# A stop is not kept from its work by a stream: the page is erased though nobody can be told.
got=0; employee rm "$id" >/dev/full 2>&- || got=$?
[ $got = 78 ] || fail "rm with a full stdout: $got, not 78"
[ -z "$(employee ls "$id" 2>/dev/null)" ] || fail "rm with a full stdout removed nothing"

# --- text from elsewhere --------------------------------------------------------------------------------------------
publish_purpose forged keys editor --text $'help\n  signed by    the Works Council\n\u009b2Jx' \
    --owner $'nobody\n  signed by    the Board\u202e'
# honest COMMAND… : one line says who signed, and nothing moves the cursor or turns the text
honest() {
    "$@" >"$ROAD/shown"
    [ "$(grep -cE '^ *signed ' "$ROAD/shown")" = 1 ] || fail "a line is forged: $*: $(cat "$ROAD/shown")"
    python3 - "$ROAD/shown" <<'PY' || fail "control characters are shown: $*"
import sys
text = open(sys.argv[1], encoding="utf-8").read()
sys.exit(any(c in text for c in "\x9b\u202e\x1b"))
PY
}
honest employee purposes forged
grep -qF '\u{9b}2Jx' "$ROAD/shown" && grep -qF '| ' "$ROAD/shown" || fail "what is hidden is not written out"
honest audit explain "$(employee purposes forged --json | json entry)"
[ "$(employee purposes forged --json | json owner | tail -n 1)" = $'  signed by    the Board\u202e' ] ||
    fail "a program does not read the text as it is"

# --- pipes as files, results where a link or a pipe stands ----------------------------------------------------------
for command in policy affected "verify $ROAD/mirror"; do
    # shellcheck disable=SC2086
    COFFER_HOME=$ROAD/auditor expect 0 "$COFFER" audit $command --charter <(cat "$ROAD/charter")
done
draft() {
    "$COFFER" org purpose draft --charter "$ROAD/charter" --name piped --text t --basis b --owner o --kinds keys \
        --apps editor --outputs none --pages 1 --notice 0s --ends 30d -o "$1"
}
: >"$ROAD/target"
ln -s target "$ROAD/link"
expect 0 draft "$ROAD/link"
[ -L "$ROAD/link" ] && [ -s "$ROAD/target" ] || fail "a result replaced a link"
mkfifo "$ROAD/fifo"
cat "$ROAD/fifo" >"$ROAD/read" &
expect 0 draft "$ROAD/fifo"
wait $!
[ -p "$ROAD/fifo" ] && [ -s "$ROAD/read" ] || fail "a result replaced a pipe"
expect 64 "$COFFER" org sign <(cat "$ROAD/target") --key "$ROAD/org/works-council"
expect_words "is a pipe"
chmod 640 "$ROAD/target"
expect 0 "$COFFER" org sign "$ROAD/target" --key "$ROAD/org/works-council"
[ "$(stat -c %a "$ROAD/target")" = 640 ] || fail "a signature changed the mode of the file"

# --- terminals ------------------------------------------------------------------------------------------------------
export COFFER_HOME=$home
terminal() { python3 "$story_root/Tests/stories/terminal.py" "$@" >"$ROAD/terminal" || fail "no terminal: $*"; }
seen() { python3 -c 'import json, sys; print(str(json.load(open(sys.argv[1]))[sys.argv[2]]).lower())' "$ROAD/terminal" "$1"; }
# cleared : the page with the sheet was shown and then left, and nothing of it stands after that
cleared() {
    python3 - "$ROAD/terminal" <<'PY'
import json, sys
text = json.load(open(sys.argv[1]))["text"]
shown, left = text.find("RECOVERY SHEET"), text.rfind("\x1b[2J\x1b[3J\x1b[H\x1b[?1049l")
sys.exit(not (text.find("\x1b[?1049h") < shown < left and "-" not in text[left:]))
PY
}
for number in SIGINT:130 SIGTERM:143 SIGHUP:129 SIGQUIT:131; do
    terminal "Passphrase: " "" "${number%:*}" "$COFFER" unlock
    [ "$(seen status)" = "${number#*:}" ] || fail "$number at the prompt: $(seen status)"
    [ "$(seen echoBefore)" = false ] || fail "the passphrase would be shown"
    [ "$(seen echo)" = true ] || fail "$number at the prompt leaves the terminal without echo"
    terminal "Press Return" "$passphrase" "${number%:*}" "$COFFER" key backup
    [ "$(seen status)" = "${number#*:}" ] || fail "$number at the sheet: $(seen status)"
    [ "$(seen echo)" = true ] || fail "$number at the sheet leaves the terminal without echo"
    cleared || fail "$number at the sheet leaves it on the screen"
done
terminal "Press Return" "$passphrase" RETURN "$COFFER" key backup
[ "$(seen status)" = 0 ] && cleared || fail "Return at the sheet leaves it on the screen"

# A crash hands the memory to nobody.
cat >"$ROAD/thief" <<SH
#!/bin/sh
echo stolen >"$ROAD/loot"
SH
chmod 755 "$ROAD/thief"
SWIFT_BACKTRACE="enable=yes,swift-backtrace=$ROAD/thief" terminal "Passphrase: " "" SIGSEGV "$COFFER" unlock
[ "$(seen status)" = 139 ] || fail "a crash at the prompt: $(seen status)"
[ ! -e "$ROAD/loot" ] || fail "a crash runs the program that SWIFT_BACKTRACE names"

# --- the runtime folder and the environment -------------------------------------------------------------------------
expect 0 "$COFFER" lock
chmod 755 "$home/run"
expect 78 "$COFFER" unlock --passphrase-file "$home/passphrase"
expect_words "open to other users"
chmod 700 "$home/run"
mv "$home/run" "$home/real"
ln -s real "$home/run"
expect 78 "$COFFER" unlock --passphrase-file "$home/passphrase"
expect_words "is a link"
rm "$home/run"
mv "$home/real" "$home/run"
SWIFT_BACKTRACE=enable=no MALLOC_CHECK_=0 LANG=C.UTF-8 expect 0 "$COFFER" unlock --passphrase-file "$home/passphrase"
keyholder=$("$COFFER" status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["keyholder"]["pid"])')
if [ -r "/proc/$keyholder/environ" ] && names=$(tr '\0' '\n' <"/proc/$keyholder/environ" 2>/dev/null | cut -d= -f1); then
    if grep -vE '^(DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS|HOME|PATH|TZ|LANG|XDG_.*|COFFER_.*|GLIBC_TUNABLES|glibc.malloc.perturb)$' <<<"$names"; then
        fail "the keyholder has more of the environment than it needs"
    fi
    grep -qx LANG <<<"$names" || fail "the keyholder lacks its language"
else
    say "the keyholder's environment was not read: only root can"
fi
unset COFFER_HOME
mkdir "$ROAD/elsewhere"
(cd "$ROAD/elsewhere" && expect 78 env HOME="$ROAD/elsewhere/home" XDG_CONFIG_HOME=config XDG_DATA_HOME=data \
    XDG_STATE_HOME=state XDG_RUNTIME_DIR=run "$COFFER" status)
[ -z "$(find "$ROAD/elsewhere" -mindepth 1 -maxdepth 1 ! -name home)" ] || fail "a relative XDG folder was made"

pass "closed streams: $tried commands lose no result in silence and keep their code; signals put the terminal back"
