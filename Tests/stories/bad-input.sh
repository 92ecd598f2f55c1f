#!/usr/bin/env bash
# Bad input: for every format and endpoint, input that is cut, flipped, too large or of another version is refused with
# a sentence and the right exit code. Nothing is lost and nothing is served.
. "$(dirname "$0")/lib.sh"

small_road "nothing is lost by a bad file"
expect 0 open_samples
cp "$ROAD/out" "$ROAD/good-samples"
home=$ROAD/employee
tried=0

# spoil HOW FROM TO : writes FROM, spoiled, to TO
spoil() {
    python3 - "$@" <<'PY'
import os, sys
how, source, target = sys.argv[1:]
data = bytearray(open(source, "rb").read())
if how == "cut": del data[len(data) * 2 // 3:]
elif how == "empty": data.clear()
elif how == "flip": data[len(data) // 2] ^= 1
elif how == "tail": data[-40] ^= 1
elif how == "oversized": data += bytes(3 << 20)
elif how == "version": data = data.replace(b"coffer/v1/", b"coffer/v9/").replace(b".v1\"", b".v9\"").replace(b".v2\"", b".v9\"")
mode = os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o600
if os.path.exists(target): os.chmod(target, 0o600)
open(target, "wb").write(data)
os.chmod(target, mode)
PY
}

# one_of "CODES" COMMAND… : must exit with one of them and print a sentence, no stack trace, nothing on stdout
one_of() {
    local codes=$1 status=0
    shift
    "$@" >"$ROAD/out" 2>"$ROAD/err" || status=$?
    case " $codes " in *" $status "*) ;; *) fail "$what: exit $status, not $codes: $(tail -n 3 "$ROAD/err")" ;; esac
    [ -s "$ROAD/err" ] || fail "$what: exit $status without a message"
    expect_silence
    if grep -qE 'Fatal error|Stack dump|Crash|Thread 0|Traceback' "$ROAD/err"; then fail "$what: a stack trace"; fi
    tried=$((tried + 1))
}

# spoiled FILE "HOWS" "CODES" COMMAND… : spoils the file each way in place, expects the codes, puts it back
spoiled() {
    local file=$1 hows=$2 codes=$3 how
    shift 3
    [ -f "$file" ] || fail "there is no $file to spoil"
    cp -p "$file" "$ROAD/unspoiled"
    for how in $hows; do
        what="$(basename "$file") $how"
        spoil "$how" "$ROAD/unspoiled" "$file"
        one_of "$codes" "$@"
    done
    cat "$ROAD/unspoiled" >"$file" 2>/dev/null || { chmod u+w "$file"; cat "$ROAD/unspoiled" >"$file"; }
}

every="cut empty flip oversized version"

# --- the laptop -----------------------------------------------------------------------------------------------------

employee lock >/dev/null
spoiled "$home/data/identity" "$every" "65 77" employee unlock --passphrase-file "$home/passphrase"
unlock_employee

segment=$(find "$home/data/vault/segments" -name '*.body' | head -n 1)
id=$(basename "$segment" .body)
for part in header body label; do
    spoiled "${segment%.body}.$part" "cut empty flip oversized" "65 66" employee show "$id"
done
expect 0 employee show "$id" --json
[ -s "$ROAD/out" ] || fail "after the files were put back the segment does not open"

# --- files that people give each other ------------------------------------------------------------------------------

mkdir "$ROAD/newcomer"
newcomer() { COFFER_HOME=$ROAD/newcomer "$COFFER" "$@"; }
spoiled "$ROAD/charter" "$every" "64 65 78" newcomer init "$ROAD/charter" --passphrase-file "$home/passphrase"
spoiled "$home/recovery-sheet" "cut empty" "64 65" newcomer key restore "$home/recovery-sheet" --charter "$ROAD/charter" \
    --passphrase-file "$home/passphrase"
spoiled "$home/card-completion" "$every" "64 65" newcomer revoke --card "$home/card-completion"
spoiled "$ROAD/purpose-completion" "$every" "64 65 77" "$COFFER" org purpose publish "$ROAD/purpose-completion" \
    --charter "$ROAD/charter"
spoiled "$ROAD/job/grant" "$every" "64 65 77" "$COFFER" org grant publish "$ROAD/job/grant" --charter "$ROAD/charter"
spoiled "$ROAD/org/emergency" "cut empty version" "64 65 78" "$COFFER" org halt --key "$ROAD/org/emergency" --charter "$ROAD/charter"

# --- the lake -------------------------------------------------------------------------------------------------------

for object in "$ROAD"/lake/*; do
    [ -f "$object" ] || continue
    cp -p "$object" "$ROAD/unspoiled"
    for how in cut flip; do
        what="lake object $how"
        spoil "$how" "$ROAD/unspoiled" "$object"
        status=0
        open_samples tar >"$ROAD/out" 2>"$ROAD/err" || status=$?
        # Half an object may still be on its way.
        case $how:$status in
            cut:75 | flip:65 | flip:66) ;;
            *) fail "$what: exit $status: $(tail -n 2 "$ROAD/err")" ;;
        esac
        python3 - "$ROAD/out" <<'PY' || fail "$what: the stream has a trailer"
import sys
sys.exit(1 if open(sys.argv[1], "rb").read().endswith(bytes(1024)) else 0)
PY
        tried=$((tried + 1))
    done
    chmod u+w "$object"
    cp -p "$ROAD/unspoiled" "$object"
done

# --- recordings -----------------------------------------------------------------------------------------------------

before=$(employee ls --json | wc -l)
for format in jsonl asciicast transcript agentnet; do
    for bad in '' '{' '{"t":1' $'\xff\xfe' 'null' '[1,2,3]' '{"version":9}' '{"t":-1,"kind":"keys"}'; do
        printf '%s' "$bad" >"$ROAD/bad-recording"
        what="import $format of $(printf '%q' "$bad")"
        one_of "64 65" employee import "$ROAD/bad-recording" --format $format
    done
done
[ "$(employee ls --json | wc -l)" = "$before" ] || fail "a bad recording left a segment"

# --- the log, as files ----------------------------------------------------------------------------------------------

"$COFFER" audit mirror "$(url ledger)" "$ROAD/mirror" --charter "$ROAD/charter" >/dev/null
for file in $(find "$ROAD/mirror" -path '*tile*' -type f) "$ROAD/mirror/checkpoint"; do
    spoiled "$file" "cut empty flip" "65 66" "$COFFER" audit verify "$ROAD/mirror" --charter "$ROAD/charter"
done
expect 0 "$COFFER" audit verify "$ROAD/mirror" --charter "$ROAD/charter"

# --- endpoints ------------------------------------------------------------------------------------------------------

status_of() { # METHOD URL FILE : the status; the body goes to $ROAD/reply
    python3 - "$@" "$ROAD/reply" <<'PY'
import sys, urllib.error, urllib.request
method, url, body, reply = sys.argv[1:]
data = open(body, "rb").read() if body != "-" else None
try:
    with urllib.request.urlopen(urllib.request.Request(url, data=data, method=method), timeout=20) as answer:
        status, text = answer.status, answer.read()
except urllib.error.HTTPError as error:
    status, text = error.code, error.read()
except (ConnectionError, urllib.error.URLError):
    status, text = 413, b"closed while sending"
open(reply, "wb").write(text)
print(status)
PY
}
refused_request() { # METHOD URL FILE : a status of 400 … 499, and a sentence
    local status
    status=$(status_of "$@")
    case $status in 4??) ;; *) fail "$what: $1 $2 gave $status: $(head -c 200 "$ROAD/reply")" ;; esac
    if grep -qaE 'Fatal error|\.swift:|Thread 0' "$ROAD/reply"; then fail "$what: a stack trace in the reply"; fi
    tried=$((tried + 1))
}

: >"$ROAD/body-empty"
printf 'not a note' >"$ROAD/body-garbage"
head -c 3000 /dev/urandom >"$ROAD/body-random"
head -c 3000000 /dev/zero >"$ROAD/body-oversized"
for how in cut flip version; do spoil $how "$ROAD/purpose-completion" "$ROAD/body-$how"; done
printf '{"origin":"x"}' >"$ROAD/body-json"
head -c 1300 /dev/zero >"$ROAD/body-zeros"
entries=$(published ledger)

for body in "$ROAD"/body-*; do
    what=$(basename "$body")
    refused_request POST "$(url ledger)/append" "$body"
    for name in acme-1 council-1; do
        for path in ask deposit deposit/key stop add-checkpoint; do refused_request POST "$(url $name)/$path" "$body"; done
    done
    refused_request POST "$(url north)/add-checkpoint" "$body"
    refused_request POST "$(url desk)/enrol" "$body"
done
what="a path that does not exist"
for name in ledger acme-1; do
    for path in tile/0/x tile/0/999 tile/99/000 tile/entries/000.p/0 tile/entries/000.p/256 tile/0/../../checkpoint \
        'tile/0/%2e%2e/%2e%2e/key' nothing ''; do
        refused_request GET "$(url $name)/$path" -
    done
done

# Nothing was lost, and everyone still answers.
[ "$(published ledger)" = "$entries" ] || fail "a bad request was logged"
for name in ledger desk $brokers $witnesses; do
    kill -0 "${server[$name]}" 2>/dev/null || fail "$name crashed on bad input"
done
expect 0 open_samples
[ "$(wc -l <"$ROAD/out")" = "$(wc -l <"$ROAD/good-samples")" ] || fail "fewer samples than before"
pass "bad input: $tried files and requests cut, flipped, oversized or of another version were refused; nothing was lost"
