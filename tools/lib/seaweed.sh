# SeaweedFS with its S3 gateway, on free ports of this machine. Sourced after road.sh, which ends it. It takes version 4.16 or
# later: before, two of several writers at once could each believe that it was first.

# start_seaweed FOLDER : starts it with the rights on stdin, lines `NAME RIGHT…`. Sets lake_url, a bucket; FOLDER/keys has the
# keys in the form of AWS's shared file, a profile for each name.
start_seaweed() {
    local folder=$1 root weed port options=() name
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    weed=$(dirname "$("$root/tools/venv" s3-lake)")/weed
    [ -x "$weed" ] || return 1
    mkdir -p "$folder/disk"
    python3 "$root/tools/lib/seaweed.py" "$folder" || return 1
    read -ra port <<<"$(free_ports 8)"
    for name in master.port master.port.grpc volume.port volume.port.grpc filer.port filer.port.grpc s3.port s3.port.grpc; do
        options+=("-$name=${port[${#options[@]}]}")
    done
    (
        # It takes long to stop, and leaves its sockets behind.
        trap 'kill -9 $!' TERM
        "$weed" server -dir="$folder/disk" -ip=127.0.0.1 -ip.bind=127.0.0.1 "${options[@]}" -filer -s3 \
            -s3.config="$folder/rights.json" -s3.port.iceberg=0 -s3.port.lance=0 -volume.max=20 \
            -master.volumeSizeLimitMB=64 -master.telemetry=false &
        wait || wait || true
        for name in "${port[@]}"; do rm -f /tmp/seaweedfs-*-"$name".sock; done
    ) >"$folder/log" 2>&1 &
    started+=($!)
    lake_url="s3://lake/of/acme?endpoint=http://127.0.0.1:${port[6]}"
    made_bucket() {
        answers "${port[6]}" && echo "s3.bucket.create -name lake" | timeout 20 "$weed" shell \
            -master="127.0.0.1:${port[0]}.${port[1]}" -filer="127.0.0.1:${port[4]}.${port[5]}" 2>&1 | grep -q 'created bucket'
    }
    wait_for 60 made_bucket || { tail -n 5 "$folder/log" >&2; return 1; }
}
