import Foundation

/// The environment of the keyholder and the agent, which hold keys or see what is typed: what they need, and nothing
/// that could steer the language's runtime or the loader (CommandLine, "Environment").
enum ShortEnvironment {
    private static let kept: Set = [
        "DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "HOME", "PATH", "TZ", "LANG",
        // They name the file with the keys for a lake's store, and hold none.
        "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE",
    ]

    static func keeps(_ name: String) -> Bool {
        kept.contains(name) || name.hasPrefix("XDG_") || name.hasPrefix("COFFER_")
    }

    /// This process's short environment with other values for some variables, for a new process.
    static func entries(setting new: [String: String]) -> [String] {
        ProcessInfo.processInfo.environment.filter { keeps($0.key) }.merging(new) { $1 }
            .map { "\($0.key)=\($0.value)" }.sorted()
    }

    /// Takes everything else out of this process's environment, for itself and its children.
    static func take() {
        for name in ProcessInfo.processInfo.environment.keys where !keeps(name) { unsetenv(name) }
    }
}
