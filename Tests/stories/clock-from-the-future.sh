#!/usr/bin/env bash
# One wrong clock destroys nothing and signs nothing; a quorum of wrong clocks stops answers, and stops still work.
. "$(dirname "$0")/lib.sh"

"$(command -v clang || command -v cc)" -shared -fPIC -o "$ROAD/clock-offset.so" "$story_root/Tests/stories/clock-offset.c"
days() { echo $(($1 * 86400)); }

# From now on what is started has a clock that is off by OFFSET seconds; without OFFSET it is right.
serve() {
    local role=$1 name=$2
    shift 2
    mkdir -p "$ROAD/servers/$name"
    env ${OFFSET:+LD_PRELOAD="$ROAD/clock-offset.so" CLOCK_OFFSET="$OFFSET"} \
        "$COFFER" serve "$role" --dir "$ROAD/servers/$name" --key "$ROAD/org/$name" --charter "$ROAD/charter" \
        --listen "127.0.0.1:${port[$name]}" "$@" >>"$ROAD/log/$name" 2>&1 &
    server[$name]=$!
    started+=($!)
}

restart() { # OFFSET ROLE NAME…
    local name role=$2
    OFFSET=$1
    shift 2
    for name in "$@"; do stop_server "$name"; done
    for name in "$@"; do serve "$role" "$name"; done
    for name in "$@"; do wait_for 20 answers "${port[$name]}" || fail "$name does not answer"; done
    OFFSET=
}

doctor() { # ROLE NAME FLAGS…
    local role=$1 name=$2
    shift 2
    "$COFFER" serve doctor --dir "$ROAD/servers/$name" --key "$ROAD/org/$name" --charter "$ROAD/charter" \
        --listen "127.0.0.1:${port[$name]}" "$@"
}

watch_once() {
    "$COFFER" audit watch --once "$(url ledger)" --charter "$ROAD/charter" --mirror "$ROAD/mirror" --json
}

from_the_future() { LD_PRELOAD="$ROAD/clock-offset.so" CLOCK_OFFSET=$(days 100) "$@"; }
sub_keys() { broker_status "$1" | json subKeys; }
objects() { find "$ROAD/lake" -type f | sort; }

small_road "said in good time"
expect 0 open_samples
declare -A before
for name in $brokers; do
    before[$name]=$(sub_keys "$name")
    [ "${before[$name]}" -gt 0 ] || fail "$name holds no sub-key"
done
lake=$(objects)
nothing_is_lost() {
    local name
    for name in $brokers; do
        [ "$(sub_keys "$name")" = "${before[$name]}" ] || fail "$1: $name has destroyed sub-keys"
    done
    [ "$(objects)" = "$lake" ] || fail "$1: objects have left the lake"
}
says() { grep -qF -- "$2" "$1"; } # FILE WORDS
said() { says "$@" || fail "'$2' is not said: $(cat "$1")"; }

# --- the ledger's clock alone ---------------------------------------------------------------------------------------------

size=$(published ledger)
restart "$(days 100)" ledger ledger
expect 75 publish_purpose late keys editor
[ "$(published ledger)" = "$size" ] || fail "a ledger with a wrong clock has signed an entry"
wait_for 20 says "$ROAD/log/ledger" "this clock and the cosigners' are apart" || fail "the ledger does not say so"
nothing_is_lost "the ledger's clock"
# What was not signed is stamped when it is sent again.
restart 0 ledger ledger
expect 0 publish_purpose late keys editor
expect 0 open_samples

# --- the ledger's and a quorum's clocks ------------------------------------------------------------------------------------

# The road's witnesses are five of nine cosigners. With them the ledger agrees, and the brokers do not.
# shellcheck disable=SC2086
restart "$(days 100)" witness $witnesses
restart "$(days 100)" ledger ledger
# An officer whose clock is right cannot sign for that day, so this one's is off, too.
expect 0 from_the_future publish_purpose future keys editor
for name in $brokers; do
    wait_for 20 says "$ROAD/log/$name" "rule=clock" || fail "$name does not hold the checkpoint off"
done
nothing_is_lost "a quorum's clocks"
expect 75 open_samples
expect_silence
expect 75 employee sync
expect_words "stamped" "clock"
nothing_is_lost "a quorum's clocks"
expect 1 employee doctor
said "$ROAD/out" "ahead of this machine's clock"
expect 1 doctor broker acme-1 --storage-key "$ROAD/storage/acme-1" --json
said "$ROAD/out" "behind those of a quorum"
expect 1 doctor ledger ledger --json
said "$ROAD/out" "ahead of this machine's clock"
expect 1 watch_once
said "$ROAD/out" '"rule":"clock"'
said "$ROAD/out" '"rule":"cosigner.future"'

# --- the clocks are set right: honest cosigners are not convicted --------------------------------------------------------

# shellcheck disable=SC2086
restart 0 witness $witnesses
restart 0 ledger ledger
size=$(published ledger)
expect 75 from_the_future publish_purpose never keys editor
[ "$(published ledger)" = "$size" ] || fail "the ledger has signed an entry behind a stamp from the future"
wait_for 20 says "$ROAD/log/north" "its stamps or this server's last one are ahead of this clock" || fail "north signs on"
expect 1 watch_once
[ ! -d "$ROAD/mirror/evidence" ] || fail "somebody is accused: $(ls "$ROAD/mirror/evidence")"
expect 75 open_samples
nothing_is_lost "the clocks set right"

# --- a stop needs no clock ------------------------------------------------------------------------------------------------

expect 0 employee revoke completion --json
has_none() { [ "$(sub_keys "$1")" = 0 ]; }
for name in $brokers; do wait_for 20 has_none "$name" || fail "$name does not obey the revocation"; done
pass "a wrong clock destroys nothing and signs nothing; a quorum of them stops answers only; a revocation works at once"
