#!/usr/bin/env bash
# A broker's storage key moves to another medium; yesterday's copies open nothing; losing it costs new deposits.
. "$(dirname "$0")/lib.sh"

small_road "the key moves"
# Two of three company brokers are needed: with acme-3 gone, acme-1 must answer.
stop_server acme-3
expect 0 open_samples

home=$ROAD/servers/acme-1
old=$ROAD/storage/acme-1
mkdir -m 700 "$ROAD/storage-2" "$ROAD/yesterday"
new=$ROAD/storage-2/acme-1
rotate() { "$COFFER" serve rotate-storage-key --dir "$home" "$@"; }
start_with() { serve broker acme-1 --storage-key "$1"; wait_for 20 answers "${port[acme-1]}" || fail "acme-1 does not answer"; }
holds_again() { [ "$(broker_status acme-1 | json subKeys)" -gt 0 ]; }
start_fails() { # CODE STORAGE-KEY
    expect "$1" "$COFFER" serve broker --dir "$home" --key "$ROAD/org/acme-1" --charter "$ROAD/charter" \
        --listen 127.0.0.1:0 --storage-key "$2"
}

# While the broker runs, no other process may change its folder. A storage key inside the folder is refused.
expect 78 rotate --storage-key "$old" --new "$new"
stop_server acme-1
expect 78 rotate --storage-key "$old" --new "$home/storage-key"
cp "$home/sub-keys" "$ROAD/yesterday/sub-keys"
cp "$old" "$ROAD/yesterday/storage-key"

expect 0 rotate --storage-key "$old" --new "$new"
[ ! -e "$old" ] || fail "the old storage key is still there"
cmp -s "$home/sub-keys" "$ROAD/yesterday/sub-keys" && fail "the sub-keys were not encrypted again"
start_fails 78 "$old"
expect_words "storage key"
start_with "$new"
expect 0 open_samples

# The key can also change without moving.
stop_server acme-1
before=$(sha256sum <"$new")
expect 0 rotate --storage-key "$new"
[ "$(sha256sum <"$new")" != "$before" ] || fail "the key in place is the same"
start_with "$new"
expect 0 open_samples

# Yesterday's sub-keys do not open under today's key: the broker says so, and holds none. A keyholder would deposit
# them again within a minute.
employee lock >/dev/null
stop_server acme-1
cp "$home/sub-keys" "$ROAD/yesterday/today"
cp "$ROAD/yesterday/sub-keys" "$home/sub-keys"
expect 78 rotate --storage-key "$new"
start_with "$new"
[ "$(broker_status acme-1 | json subKeys)" = 0 ] || fail "an old copy of the sub-keys opened"
grep -q "set aside" "$ROAD/log/acme-1" || fail "the broker does not say that it set the sub-keys aside"
expect 75 open_samples
expect_silence
stop_server acme-1
rm -f "$home"/sub-keys*
cp "$ROAD/yesterday/today" "$home/sub-keys"
# The key of the file that did not open was erased: deposits are made again.
start_with "$new"
unlock_employee
employee sync >/dev/null 2>&1 || true
wait_for 30 holds_again || fail "no deposit was made again"
expect 0 open_samples

# The storage key is lost: the broker says what to do; then keyholders deposit again, and releases open.
employee lock >/dev/null
stop_server acme-1
rm "$new"
start_fails 78 "$new"
expect_words "deposits are made again"
expect 1 "$COFFER" serve doctor --dir "$home" --key "$ROAD/org/acme-1" --charter "$ROAD/charter" --storage-key "$new"
grep -q "the sub-keys need it" "$ROAD/out" || fail "the doctor does not see the loss"
rm "$home/sub-keys"
start_with "$new"
expect 75 open_samples
expect_silence
unlock_employee
employee sync >/dev/null 2>&1 || true
wait_for 30 holds_again || fail "no deposit was made again after the loss"
expect 0 open_samples
pass "the storage key moved and was lost; copies opened nothing, and deposits were made again"
