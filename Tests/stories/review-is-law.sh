#!/usr/bin/env bash
# Review is law: a page younger than the window, an erased page, a lied kind, app or day: refused, or useless.
#
# The job here is not ours: asking.py appends what it likes and asks what it likes.
. "$(dirname "$0")/lib.sh"
python=$("$story_root/tools/venv")

small_road "mine until I say so"
expect 0 open_samples
python3 - "$ROAD/out" >"$ROAD/known" <<'PY'
import json, sys
sample = json.loads(open(sys.argv[1]).readline())
print(sample["coffer"]["page"], sample["coffer"]["release"])
PY
read -r page index <"$ROAD/known"
consent=$(employee consents --json | json consent)
day=$(($(date +%s) / 86400 - 2))

asking() { # COMMAND ARGUMENTS…
    local command=$1
    shift
    (cd "$ROAD" && "$python" "$story_root/Tests/stories/asking.py" "$command" "$ROAD/charter" "$ROAD/job/key" "$@")
}
ask() { asking ask "$release" "$1" "$2" "$3" "$4" "$5" >"$ROAD/answer"; }
rule() { json rule <"$ROAD/answer"; }
refused() { # RULE BROKER AT KIND APP DAY
    local wanted=$1
    shift
    ask "$@"
    [ "$(json status <"$ROAD/answer")" = 403 ] || fail "not refused: $(cut -c1-200 "$ROAD/answer")"
    [ "$(rule)" = "$wanted" ] || fail "refused by $(rule), not by $wanted"
}

released() { # GRANT ID… : appends a release of these pages
    local under=$1
    shift
    asking release "$under" "$consent" "$@" >"$ROAD/released"
    [ "$(json verdict <"$ROAD/released")" = accepted ] || fail "no release: $(cat "$ROAD/released")"
    release=$(json release <"$ROAD/released")
}

# the truth is answered
released "$granted" "$page"
ask acme-1 0 keys editor "$day"
[ "$(json status <"$ROAD/answer")" = 200 ] || fail "the true page is not answered: $(cat "$ROAD/answer")"
cp "$ROAD/answer" "$ROAD/true"

# a lied day gives partials of nothing: other bytes than the page's
ask acme-1 0 keys editor "$((day - 1))"
if [ "$(json status <"$ROAD/answer")" = 200 ]; then
    [ "$(json partials <"$ROAD/answer")" != "$(json partials <"$ROAD/true")" ] || fail "a lied day gave the page's partials"
fi

# a lied kind and a lied app lie outside the grant
refused page.kind acme-1 0 screen editor "$day"
refused page.app acme-1 0 keys mail "$day"

# younger than the window: today's pages, which a grant may name and no broker answers yet
granted=$(grant completion --kinds keys --apps editor --days "$(date -u -d '2 days ago' +%F)..$(date -u +%F)" --pages 100)
young=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
wide=$(grant completion --kinds keys --apps editor --days "$(date -u -d '2 days ago' +%F)..$(date -u +%F)" --pages 10)
released "$wide" "$young"
refused page.window acme-1 0 keys editor "$((day + 2))"

# erased: never again, from any broker, under any release
released "$granted" "$page"
employee erase --app editor >/dev/null
erased() { ask acme-1 0 keys editor "$day"; [ "$(json status <"$ROAD/answer")" = 403 ]; }
wait_for 10 erased || fail "an erased page is answered"
for name in $brokers; do refused page.erased "$name" 0 keys editor "$day"; done
pass "review is law: too young, erased, lied kind and app refused by their rules; a lied day gave another key"
