#!/usr/bin/env bash
# A server as its operator sees it: TLS, figures, log, doctor, systemd's notices, a new certificate, a stop by SIGTERM.
. "$(dirname "$0")/lib.sh"
command -v openssl >/dev/null || skip "openssl, which makes the certificates, is not installed"

make_officers
draft_charter --demo
sign_charter
start_servers

tls=$ROAD/tls
mkdir -m 700 "$tls"
issue() { # NAME : a certificate for this machine by the authority in $tls
    (
        cd "$tls"
        [ -e ca.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
            -subj "/CN=authority" -days 30
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
        echo "subjectAltName=IP:127.0.0.1" >ext
        openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ext -out "$1.pem"
    ) >/dev/null 2>&1
}
issue server
issue renewed

# A mirror of the log behind TLS would do as well, but a broker serves all of it.
stop_server acme-1
: >"$ROAD/log/acme-1"
notices=$ROAD/notices
python3 - "$ROAD/notify" "$notices" <<'PY' &
import os, socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
while True:
    said = listener.recv(256).decode()
    with open(sys.argv[2], "a") as file: print(said, file=file)
    if said == "STOPPING=1": break
PY
started+=($!)
wait_for 10 test -S "$ROAD/notify"
metrics=$(free_ports 1)
NOTIFY_SOCKET=$ROAD/notify serve broker acme-1 --storage-key "$ROAD/storage/acme-1" --log-format json --log-level debug \
    --tls-certificate "$tls/server.pem" --tls-key "$tls/server.key" --metrics "127.0.0.1:$metrics"
said() { grep -q "$1" "$notices"; }
wait_for 20 said READY=1 || fail "systemd is not told that it is ready: $(tail -n 2 "$ROAD/log/acme-1")"

secure=https://127.0.0.1:${port[acme-1]}
shown() { echo | openssl s_client -connect "127.0.0.1:${port[acme-1]}" -CAfile "$tls/ca.pem" 2>/dev/null | openssl x509 -noout -subject; }
shown | grep -q server || fail "the certificate is not shown"
export COFFER_HOME=$ROAD/auditor
expect 0 env COFFER_CA_FILE="$tls/ca.pem" "$COFFER" audit mirror "$secure" "$ROAD/mirror" --charter "$ROAD/charter"
expect 75 "$COFFER" audit mirror "$secure" "$ROAD/mirror-2" --charter "$ROAD/charter"
expect_words COFFER_CA_FILE
expect 78 env COFFER_CA_FILE="$tls/ca.key" "$COFFER" audit mirror "$secure" "$ROAD/mirror-2" --charter "$ROAD/charter"
fetch "http://127.0.0.1:${port[acme-1]}/charter" >/dev/null 2>&1 && fail "plain HTTP was served on the TLS port"

# Figures have no label but a histogram's bound, and are not on the public port.
fetch "http://127.0.0.1:$metrics/metrics" >"$ROAD/figures"
grep -q '^coffer_broker_followed_size [1-9]' "$ROAD/figures" || fail "no figures"
grep -v '^#' "$ROAD/figures" | grep '{' | grep -qv '_bucket{le="[^"]*"} ' && fail "a figure has a label"
python3 - "$secure/metrics" "$tls/ca.pem" <<'PY' || fail "figures are on the public port"
import ssl, sys, urllib.error, urllib.request
try: urllib.request.urlopen(sys.argv[1], context=ssl.create_default_context(cafile=sys.argv[2]))
except urllib.error.HTTPError as error: sys.exit(error.code != 404)
sys.exit(1)
PY

# A renewed certificate without a restart; an invalid one changes nothing.
cp "$tls/renewed.pem" "$tls/server.pem" && cp "$tls/renewed.key" "$tls/server.key"
kill -HUP "${server[acme-1]}"
renewed() { shown | grep -q renewed; }
wait_for 20 renewed || fail "the renewed certificate is not shown"
echo nothing >"$tls/server.pem"
kill -HUP "${server[acme-1]}"
refused() { grep -q "cannot be used" "$ROAD/log/acme-1"; }
wait_for 20 refused || fail "the log does not mention the spoilt certificate"
renewed || fail "a spoilt certificate ended the good one"
cp "$tls/renewed.pem" "$tls/server.pem"

# The doctor: flags of the server, problems with their fixes.
doctor() {
    COFFER_CA_FILE=$tls/ca.pem "$COFFER" serve doctor --dir "$ROAD/servers/acme-1" --key "$ROAD/org/$1" \
        --charter "$ROAD/charter" "${@:2}"
}
expect 1 doctor acme-1 --storage-key "$ROAD/storage/acme-1" --json
grep -q "same medium" "$ROAD/out" || fail "the doctor does not see that both lie on one medium"
grep -q "acme-1 does not answer as a cosigner" "$ROAD/out" || fail "the doctor does not see that the charter's address is plain HTTP"
expect 1 doctor acme-2 --storage-key "$ROAD/storage/acme-1"
chmod 755 "$ROAD/servers/acme-1"
expect 1 doctor acme-1 --storage-key "$ROAD/storage/acme-1" --tls-certificate "$tls/server.pem" --tls-key "$tls/ca.key"
grep -q "chmod 700" "$ROAD/out" && grep -q "does not belong" "$ROAD/out" || fail "the doctor misses a mode or a key"
expect 78 doctor acme-1 --charter "$tls/ca.pem"
expect 64 doctor acme-1 --tls-key "$tls/ca.key"
expect 1 "$COFFER" serve doctor --dir "$ROAD/servers/ledger" --key "$ROAD/org/acme-2" --charter "$ROAD/charter"

# A server with a wrong configuration does not start.
start() {
    "$COFFER" serve ledger --dir "$ROAD/none" --key "$ROAD/org/ledger" --charter "$ROAD/charter" --listen 127.0.0.1:0 "$@"
}
chmod 640 "$ROAD/org/ledger"
expect 78 start
expect_words "chmod 600"
chmod 600 "$ROAD/org/ledger"
expect 64 start --metrics 0.0.0.0:1
expect 64 start --tls-certificate "$tls/ca.pem"
expect 78 start --tls-certificate "$tls/none.pem" --tls-key "$tls/ca.key"
expect 78 start --tls-certificate "$tls/renewed.pem" --tls-key "$tls/ca.key"

# SIGTERM ends it with 0, and systemd is told. Connections that say nothing, before and after the handshake, do not delay it.
exec 7<>"/dev/tcp/127.0.0.1/${port[acme-1]}"
sleep 60 | openssl s_client -connect "127.0.0.1:${port[acme-1]}" -CAfile "$tls/ca.pem" >"$ROAD/idle-client" 2>&1 &
idle=$!
started+=("$idle")
wait_for 20 grep -q "Verif" "$ROAD/idle-client" || fail "no idle connection: $(tail -n 2 "$ROAD/idle-client")"
began=$(date +%s%3N)
kill "${server[acme-1]}"
status=0
wait "${server[acme-1]}" || status=$?
took=$(($(date +%s%3N) - began))
exec 7>&-
[ $status = 0 ] || fail "SIGTERM ended it with $status"
[ $took -lt 2000 ] || fail "an idle server took $took ms to end"
wait_for 10 said STOPPING=1 || fail "systemd is not told that it stops"
grep -v '^{"time":"[^"]*Z","level":"[a-z]*","event":"' "$ROAD/log/acme-1" | grep -v '^listening' | grep -q . &&
    fail "a line of the log is not JSON: $(grep -v '^{' "$ROAD/log/acme-1" | head -n 1)"
pass "TLS, figures, log, doctor, notices, renewal and SIGTERM are as the operator's page says"
