#!/usr/bin/env bash
# Review is law: a page younger than the window and an erased page are refused; a false kind, app or day is refused or
# useless.
#
# The job here is not Coffer's: asking.py appends any release and asks for any position.
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
employee consents --json >"$ROAD/consents"
consent=$(json consent <"$ROAD/consents")
pseudonym=$(json pseudonym <"$ROAD/consents")
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

# opened KIND APP DAY : how many objects of the lake the brokers' partials for this claim open
opened() {
    local name object count=0
    for name in acme-1 acme-2 council-1; do
        ask "$name" 0 "$1" "$2" "$3"
        [ "$(json status <"$ROAD/answer")" = 200 ] || { echo refused; return; }
        json partials <"$ROAD/answer" >"$ROAD/partials-$name"
    done
    # Of 2-of-3, the first broker holds the masks 2 and 4, the second 1 and 4; of 1-of-1, the only one holds 0.
    python3 - "$ROAD" "$consent" "$page" "$pseudonym" "$@" >"$ROAD/partials" <<'PY'
import json, sys
road, consent, page, pseudonym, kind, app, day = sys.argv[1:]
first, second, council = (json.load(open(f"{road}/partials-{n}")) for n in ("acme-1", "acme-2", "council-1"))
assert first[1] == second[1]
print(json.dumps({"consent": consent, "page": page, "pseudonym": pseudonym, "kind": kind, "app": app, "day": int(day),
                  "partials": [[second[0], first[0], first[1]], council]}))
PY
    for object in $(find "$ROAD/lake" -type f); do
        if "$python" "$story_root/tools/reader/reader.py" page "$object" --partials "$ROAD/partials" >/dev/null 2>&1; then
            count=$((count + 1))
        fi
    done
    echo $count
}

# The true claim opens the page, with no code of Coffer's but the brokers; a false day opens nothing.
released "$granted" "$page"
[ "$(opened keys editor "$day")" = 1 ] || fail "the true claim does not open the page: $(cat "$ROAD/answer")"
wide=$(grant completion --kinds keys --apps editor --days "$(date -u -d '9 days ago' +%F)..$(date -u +%F)" --pages 10)
released "$wide" "$page"
[ "$(opened keys editor "$((day - 1))")" = 0 ] || fail "a false day opens a page: $(cat "$ROAD/answer")"

# a false kind and a false app are outside the grant
refused page.kind acme-1 0 screen editor "$day"
refused page.app acme-1 0 keys mail "$day"

# younger than the window: today's pages, which a grant may name and no broker answers yet
granted=$(grant completion --kinds keys --apps editor --days "$(date -u -d '2 days ago' +%F)..$(date -u +%F)" --pages 100)
young=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
released "$wide" "$young"
refused page.window acme-1 0 keys editor "$((day + 2))"

# erased: no broker answers it again, under any release
released "$granted" "$page"
employee erase --app editor >/dev/null
erased() { ask acme-1 0 keys editor "$day"; [ "$(json status <"$ROAD/answer")" = 403 ]; }
wait_for 10 erased || fail "an erased page is answered"
for name in $brokers; do refused page.erased "$name" 0 keys editor "$day"; done
pass "review is law: a young page, an erased page, a false kind and a false app are refused; a false day gives a useless key"
