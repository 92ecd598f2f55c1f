# Checks the systemd units: each parses, and each flag that it uses exists in its command. Needs COFFER. Sourced.

# user_units_check FOLDER : the unit of the employee's session, copied there with the path of this binary, and its
# autostart entry. Both are disabled until she enables them.
user_units_check() {
    local entry unit flag command status=0
    for unit in tools/systemd/user/*.service; do
        command=$(sed -n 's/^ExecStart=[^ ]* //p' "$unit")
        # shellcheck disable=SC2086
        "$COFFER" $command --help >/dev/null || { echo "$unit: there is no command '$command'"; status=1; }
        for flag in MemorySwapMax=0 LimitMEMLOCK=infinity LimitCORE=0 NoNewPrivileges=yes Restart=on-failure; do
            grep -qx "$flag" "$unit" || { echo "$unit lacks $flag"; status=1; }
        done
        grep -q '^RestartPreventExitStatus=.*65.*78' "$unit" || { echo "$unit starts again after tampering"; status=1; }
        grep -q '^RestartPreventExitStatus=.*SIGUSR2' "$unit" || { echo "$unit starts again what off has ended"; status=1; }
        grep -q '^RestartPreventExitStatus=.*75' "$unit" && { echo "$unit does not start again after what passes"; status=1; }
        sed "s|/usr/local/bin/coffer|$COFFER|" "$unit" >"$1/$(basename "$unit")"
    done
    for entry in tools/systemd/user/*.desktop; do
        grep -qx 'Hidden=true' "$entry" || { echo "$entry is not disabled"; status=1; }
        [ "$(sed -n 's/^Exec=//p' "$entry")" = "$(sed -n 's/^ExecStart=//p' "${entry%.desktop}.service")" ] ||
            { echo "$entry starts something else than its unit"; status=1; }
    done
    return $status
}

units_check() {
    local unit folder command flag role status=0
    folder=$(mktemp -d)
    for unit in tools/systemd/*.service; do
        command=$(sed -e ':join' -e '/\\$/{N;s/\\\n//;b join' -e '}' -n -e 's/^ExecStart=//p' "$unit")
        role=$(sed 's/.* serve \([a-z]*\) .*/\1/' <<<"$command")
        for flag in $(grep -o -- '--[a-z-]*' <<<"$command"); do
            "$COFFER" serve "$role" --help | grep -q -- "$flag" || { echo "$unit: serve $role has no $flag"; status=1; }
        done
        grep -q '^RestartPreventExitStatus=.*65.*78' "$unit" || { echo "$unit starts again after tampering"; status=1; }
        # Give instances a name, and use the path of this binary.
        sed "s|/usr/local/bin/coffer|$COFFER|" "$unit" >"$folder/$(basename "$unit" | sed 's/@/@one/')"
    done
    mkdir -m 700 "$folder/user" "$folder/run"
    user_units_check "$folder/user" || status=1
    if command -v systemd-analyze >/dev/null; then
        systemd-analyze verify "$folder"/*.service >"$folder/verdict" 2>&1 || status=1
        # The manager of a user needs a runtime folder.
        XDG_RUNTIME_DIR=$folder/run systemd-analyze --user verify "$folder"/user/*.service >>"$folder/verdict" 2>&1 || status=1
        # It reports faults of the machine's own units too.
        grep -E "$folder|coffer-" "$folder/verdict" && status=1
    else
        echo "systemd-analyze is not here: the units' keys were not checked"
    fi
    rm -rf "$folder"
    return $status
}
