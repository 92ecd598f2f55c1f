#!/usr/bin/env bash
# Open every ACL: copy every store, make it 0777, give away all parts but one, and look for plaintext.
. "$(dirname "$0")/lib.sh"

small_road "the canary sings in the mine at dawn"
expect 0 open_samples

expect 0 env COFFER_JOB_KEY="$ROAD/job/key" "$COFFER" drill --on "$ROAD" --json
hits=$(json hits <"$ROAD/out")
control=$(json control <"$ROAD/out")
[ "$hits" = 0 ] || fail "$hits hits of plaintext in stores that everyone may read"
[ "$control" -ge 1 ] || fail "the control found nothing: the search proves nothing"
pass "open every ACL: $hits hits, control $control"
