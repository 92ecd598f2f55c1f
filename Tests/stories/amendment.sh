#!/usr/bin/env bash
# An amendment on a running ledger: notice, a quorum of every role, effect after the notice. Clients that pinned the old
# charter follow it by themselves.
. "$(dirname "$0")/lib.sh"

small_road "the terms change under it"
expect 0 open_samples
key reviewer privacy-2 --side company

# amendment FILE FLAGS… : privacy-2 in privacy's place
amendment() { draft_amendment "$1" "acme-1 acme-2 acme-3" privacy-2 "${@:2}"; }

signed_by() { # FILE NAME… : a copy of the draft, signed by these
    cp "$ROAD/amendment" "$1"
    sign_amendment "$@"
}

purpose_by() { # NAME REVIEWER… : a purpose signed by these reviewers, published
    local name=$1 reviewer
    shift
    "$COFFER" org purpose draft --charter "$ROAD/charter" --name "$name" --text "Try $name." --basis consent \
        --owner research --kinds keys --apps editor --outputs weights --pages 10 --notice 0s --ends 30d \
        -o "$ROAD/purpose-$name" >/dev/null
    for reviewer in "$@"; do "$COFFER" org sign "$ROAD/purpose-$name" --key "$ROAD/org/$reviewer" >/dev/null; done
    publish "$ROAD/purpose-$name"
}

# --- without a quorum of any one role it is refused -----------------------------------------------------------------
notice=20
amendment "$ROAD/amendment" --notice ${notice}s
everyone="ledger desk privacy works-council emergency acme-1 acme-2 council-1 privacy-2"
for missing in ledger desk privacy works-council emergency acme-1 council-1 privacy-2; do
    # shellcheck disable=SC2046
    signed_by "$ROAD/short" $(for name in $everyone; do [ "$name" = $missing ] || echo "$name"; done)
    expect 77 publish "$ROAD/short"
    [ "$(json rule <"$ROAD/err")" = quorum ] || fail "without $missing: $(cat "$ROAD/err")"
done

# --- with it, carried in two copies, it stands, and waits -----------------------------------------------------------
signed_by "$ROAD/half-1" ledger desk privacy works-council emergency
signed_by "$ROAD/half-2" acme-1 acme-2 council-1 privacy-2
expect 0 publish "$ROAD/half-1" "$ROAD/half-2"
amended=$(json statement <"$ROAD/out")
published=$SECONDS

cp "$ROAD/amendment" "$ROAD/first"
amendment "$ROAD/amendment" --notice 0s
# shellcheck disable=SC2086
signed_by "$ROAD/second" $everyone
expect 77 publish "$ROAD/second"
[ "$(json rule <"$ROAD/err")" = amend.pending ] || fail "a second amendment while one waits: $(cat "$ROAD/err")"

# during the notice, the old reviewer may sign and the new one may not
expect 0 purpose_by before privacy works-council
expect 77 purpose_by too-early privacy-2 works-council
[ $((SECONDS - published)) -lt $notice ] || fail "this machine is too slow: the notice of $notice s has passed"

# --- after the notice it is the other way round ---------------------------------------------------------------------
while [ $((SECONDS - published)) -le $notice ]; do sleep 0.5; done
expect 0 publish "$ROAD/purpose-too-early"
expect 77 purpose_by too-late privacy works-council

# --- everyone follows, with the charter that was pinned before ------------------------------------------------------
expect 0 employee purposes too-early --json
expect 0 open_samples
[ -s "$ROAD/out" ] || fail "the old consent gives no samples"
expect 0 "$COFFER" audit verify "$(url ledger)" --charter "$ROAD/charter" --json
expect 0 "$COFFER" audit policy --charter "$ROAD/charter" --json
[ "$(json terms <"$ROAD/out")" = "$amended" ] || fail "the policy is not of the terms in force"
expect 0 "$COFFER" audit policy --charter "$ROAD/charter" --offline
grep -q '^quorum cosigners$' "$ROAD/out" || fail "the policy names no quorum"

# the next amendment amends this one, and no longer the charter
amendment "$ROAD/amendment" --notice 0s --amends "$ROAD/charter"
everyone="ledger desk privacy-2 works-council emergency acme-1 acme-2 council-1"
# shellcheck disable=SC2086
signed_by "$ROAD/stale" $everyone
expect 77 publish "$ROAD/stale"
[ "$(json rule <"$ROAD/err")" = amend.amends ] || fail "an amendment of terms that are no longer in force: $(cat "$ROAD/err")"
expect 0 "$COFFER" org show "$ROAD/stale" --charter "$ROAD/charter" --json
grep -q 'rule amend.amends' "$ROAD/out" || fail "nobody is told that the amendment would be refused"
expect 66 amendment "$ROAD/amendment" --notice 0s --amends 00000000
amendment "$ROAD/named" --notice 0s --amends "${amended:0:8}"
grep -q "\"amends\":\"$amended\"" "$ROAD/named" || fail "eight digits do not name the terms in force"
amendment "$ROAD/amendment" --notice 0s
grep -q "\"amends\":\"$amended\"" "$ROAD/amendment" || fail "the terms in force are not taken from the ledger"
# shellcheck disable=SC2086
signed_by "$ROAD/next" $everyone
expect 0 publish "$ROAD/next"
pass "an amendment: refused when any of eight signers is missing, in force only after its notice, followed by all"
