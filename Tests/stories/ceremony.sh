#!/usr/bin/env bash
# The key ceremony: every officer has a separate machine. Private keys never leave it; only public halves, the draft and
# signed copies are carried between machines.
. "$(dirname "$0")/lib.sh"

people="ledger desk $brokers privacy works-council emergency"
mkdir -p "$ROAD/servers" "$ROAD/storage" "$ROAD/lake" "$ROAD/log"
chmod 700 "$ROAD/storage"
# shellcheck disable=SC2086
set -- ledger desk $brokers $witnesses
ports=$(free_ports $#)
for name in "$@"; do
    port[$name]=${ports%% *}
    ports=${ports#* }
done

# machine NAME COMMAND… : at an officer's machine, in its own folder, with its own home
machine() {
    local name=$1
    shift
    mkdir -p "$ROAD/machines/$name"
    (cd "$ROAD/machines/$name" && COFFER_HOME=$ROAD/machines/$name/home "$COFFER" "$@")
}

# carry FROM FILE TO AS : a file on a stick, from one machine to another; never a private key
carry() {
    local file=$ROAD/machines/$1/$2
    ! grep -q 'coffer\.key\.v1' "$file" || fail "$2 of $1 is a private key"
    cp "$file" "$ROAD/machines/$3/$4"
}

make_key() { # NAME ROLE FLAGS…
    local name=$1 role=$2
    shift 2
    machine "$name" org key new "$role" --name "$name" "$@" -o key >/dev/null
}

# --- each makes a key; the convenor gets the public halves ----------------------------------------------------------
make_key ledger ledger --url "$(url ledger)"
make_key desk desk --side employees --url "$(url desk)"
for name in $brokers; do
    case $name in council*) side=employees ;; *) side=company ;; esac
    make_key "$name" broker --operator "Operator of $name" --side $side --url "$(url "$name")"
done
for name in $witnesses; do make_key "$name" witness --url "$(url "$name")"; done
make_key privacy reviewer --side company
make_key works-council reviewer --side employees
make_key emergency halter --side employees
make_key stranger reviewer --side company
mkdir -p "$ROAD/machines/convenor"
for name in $people $witnesses; do carry "$name" key.pub convenor "$name.pub"; done

draft() { # FILE FLAGS…
    local file=$1 name flags=()
    shift
    for name in $witnesses; do flags+=(--witness "$name.pub"); done
    machine convenor org charter draft --origin "$origin" --ledger ledger.pub \
        --group "company=2:acme-1.pub,acme-2.pub,acme-3.pub" --group "council=1:council-1.pub" "${flags[@]}" \
        --reviewer privacy.pub --reviewer works-council.pub --halter emergency.pub --desk desk.pub \
        --minimum-window 0s --minimum-notice 0s --lake "$ROAD/lake" "$@" -o "$file" >/dev/null
}
draft draft --demo
draft other --demo --rate 1

# --- on a terminal, each reads what it is and is asked first ---------------------------------------------------------
sign_on_terminal() { # ANSWER STATUS
    carry convenor draft privacy draft
    (cd "$ROAD/machines/privacy" && python3 "$story_root/Tests/stories/terminal.py" "Type yes" "" "TYPE:$1" \
        env COFFER_HOME="$ROAD/machines/privacy/home" "$COFFER" org charter sign draft --key key) >"$ROAD/terminal" ||
        fail "no terminal"
    [ "$(json status <"$ROAD/terminal")" = "$2" ] || fail "the answer $1: $(cat "$ROAD/terminal")"
    grep -q "The halter .*emergency.* alone can stop every release" "$ROAD/terminal" || fail "the charter's sentences are not shown: $(cat "$ROAD/terminal")"
}
sign_on_terminal no 1
cmp -s "$ROAD/machines/convenor/draft" "$ROAD/machines/privacy/draft" || fail "signed although the answer was no"
sign_on_terminal yes 0
! cmp -s "$ROAD/machines/convenor/draft" "$ROAD/machines/privacy/draft" || fail "not signed although the answer was yes"

# --- each signs a copy ----------------------------------------------------------------------------------------------
copies=()
for name in $people; do
    carry convenor draft "$name" draft
    machine "$name" org charter sign draft --key key >/dev/null
    carry "$name" draft convenor "copy-$name"
    copies+=("copy-$name")
done

merge() { machine convenor org charter merge draft "$@" -o charter; }
nothing_written() { [ ! -e "$ROAD/machines/convenor/charter" ] || fail "a charter was written anyway"; }

# --- each fault is refused by its own rule --------------------------------------------------------------------------
expect 1 merge "${copies[@]:0:${#copies[@]}-2}"
expect_words works-council emergency
expect 1 merge
expect_words desk acme-1 privacy "the ledger"
nothing_written

cd "$ROAD/machines/convenor"
sed 's/"rate":3600/"rate":3601/' copy-desk >tampered-text
expect 65 merge "${copies[@]}" tampered-text
expect_words tampered-text "same text"
python3 - <<'PY'
lines = open("copy-desk", encoding="utf-8").read().splitlines(keepends=True)
head, signature = lines[-1].rsplit(" ", 1)
lines[-1] = head + " " + signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]
open("tampered-signature", "w", encoding="utf-8").writelines(lines)
PY
expect 65 merge "${copies[@]}" tampered-signature
expect_words tampered-signature "does not verify"

carry convenor other desk other
machine desk org charter sign other --key key >/dev/null
carry desk other convenor copy-of-another
expect 65 merge "${copies[@]}" copy-of-another
expect_words copy-of-another "same text"

carry convenor draft stranger draft
machine stranger org charter sign draft --key key >/dev/null
carry stranger draft convenor copy-stranger
expect 77 merge "${copies[@]}" copy-stranger
expect_words copy-stranger "does not name"
carry convenor draft north draft
expect 64 machine north org charter sign draft --key key
expect_words witness
nothing_written

# --- the charter, and a ledger under it: each server on its officer's machine ---------------------------------------
merge "${copies[@]}" >/dev/null || fail "complete copies are not merged"
cp charter "$ROAD/charter"
cd "$ROAD"
# The road expects a server's key in org/: a link there leads to where the key was made.
mkdir "$ROAD/org"
for name in ledger desk $brokers $witnesses; do ln -s "$ROAD/machines/$name/key" "$ROAD/org/$name"; done
start_servers
expect 0 machine convenor org charter publish --charter charter

# a purpose, reviewed on two machines
cp "$ROAD/charter" "$ROAD/machines/privacy/charter"
machine privacy org purpose draft --charter charter --name completion --text "Complete text." --basis consent \
    --owner research --kinds keys --apps editor --outputs weights --pages 10 --notice 0s --ends 30d -o purpose >/dev/null
carry privacy purpose works-council purpose
for name in privacy works-council; do machine "$name" org sign purpose --key key >/dev/null; done
for name in privacy works-council; do carry "$name" purpose convenor "purpose-$name"; done
expect 0 machine convenor org publish purpose-privacy purpose-works-council --charter charter

# --- each private key is only where it was made ---------------------------------------------------------------------
for name in $people $witnesses; do
    seed=$(sed -n 's/.*"seed":"\([^"]*\)".*/\1/p' "$ROAD/machines/$name/key")
    [ ${#seed} = 44 ] || fail "$name has no private key"
    found=$(grep -rlF "$seed" "$ROAD" | wc -l)
    [ "$found" = 1 ] || fail "the private key of $name lies in $found files"
done
pass "key ceremony: nine officers sign on separate machines, no private key leaves its machine; six kinds of bad copy are refused"
