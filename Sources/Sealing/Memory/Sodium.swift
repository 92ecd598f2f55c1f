internal import CSodium

/// libsodium, initialised once before its first use.
enum Sodium {
    static let isReady = sodium_init() >= 0
}
