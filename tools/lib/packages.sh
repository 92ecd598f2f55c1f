# Debian packages: names those that are missing, and installs them if it can. Sourced by quickstart and test.
# Needs: $0's `name`, and INSTALL=0 to print the line only.

build_packages="libsodium-dev libsqlite3-dev libzstd-dev libisal-dev libpng-dev libturbojpeg0-dev libwebp-dev zlib1g-dev
  libx11-dev libx11-xcb-dev libxi-dev libxext-dev libxfixes-dev libxdamage-dev libxkbcommon-dev libxkbcommon-x11-dev
  libxcb1-dev pkg-config ca-certificates git"
road_packages="xvfb xdotool openbox xterm x11-utils python3 python3-venv zstd procps mandoc bubblewrap"
# Programs that take the keyboard for themselves, which a recorder must see; a server with outputs that come and go.
test_packages="i3lock xsecurelock ssh-askpass pinentry-gtk2
  x11-xserver-utils xserver-xorg-core xserver-xorg-video-dummy"

# For the stories with Spark.
spark_packages="default-jre-headless"

# The X server's own account of keys, for the bench of the capture agent and the story long/all-day.
bench_packages="libxtst6"
# What sealing and opening are measured against.
peer_packages="age"

# missing_packages PACKAGE… : prints those that are not installed
missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
    done
}

# need_packages PACKAGE… : installs those that are missing, or prints how to (exit 78)
need_packages() {
    local missing
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    local line="apt-get install -y --no-install-recommends ${missing% }"
    if [ "${INSTALL:-1}" = 0 ]; then
        echo "$line"
        exit 78
    fi
    local as_root=
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Debian packages are missing, and you are neither root nor have sudo. Ask an administrator to run: $line" >&2
            exit 78
        fi
        as_root=sudo
    fi
    echo "installing: ${missing% }" >&2
    if ! { $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root $line -qq; } >"${TMPDIR:-/tmp}/coffer-apt.$$" 2>&1
    then
        tail -n 5 "${TMPDIR:-/tmp}/coffer-apt.$$" >&2
        echo "The packages could not be installed. Run this yourself: $line" >&2
        exit 78
    fi
    rm -f "${TMPDIR:-/tmp}/coffer-apt.$$"
}

# need_swift : Swift 6.3 or later on PATH (exit 78)
need_swift() {
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    case "$version" in
        6.[3-9]* | [7-9].*) ;;
        *)
            echo "Swift 6.3 or later is needed on PATH (found: ${version:-none}). See https://www.swift.org/install/linux" >&2
            exit 78
            ;;
    esac
}
