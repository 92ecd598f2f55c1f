package import Files
package import Sealing

/// What may be captured: the employee's allowlist, in clear. It names what is permitted, never what happened.
///
///     {"schema":"coffer.capture-policy.v1","on":…,"apps":[…],"kinds":[…],"pausedUntil":ms}\n
///
/// Without the file nothing may be captured.
package struct CapturePolicy: Hashable, Sendable {
    package static let liveKinds: Set<Kind> = [.keys, .pointer, .screen, .window]
    /// The value of `pausedUntil` for a pause that only `resume` ends.
    package static let untilResumed = Milliseconds(rawValue: CanonicalJSON.maximumInteger)

    package var isOn: Bool
    package var apps: Set<AppName>
    package var kinds: Set<Kind>
    /// In real time; 0 when not paused.
    package var pausedUntil: Milliseconds

    package init(isOn: Bool = false, apps: Set<AppName> = [], kinds: Set<Kind> = [], pausedUntil: Milliseconds = 0) {
        self.isOn = isOn
        self.apps = apps
        self.kinds = kinds
        self.pausedUntil = pausedUntil
    }

    package func isPaused(at time: Milliseconds) -> Bool { time < pausedUntil }

    /// The rule of the error for a damaged list.
    package static let damaged = "capture.damaged"

    package static func read(_ path: String) throws(CofferError) -> CapturePolicy {
        guard let bytes = try DurableFile.read(path, atMost: 65_536) else { return CapturePolicy() }
        do throws(FormatError) {
            return try CapturePolicy(parsing: bytes)
        } catch {
            // A damaged policy permits nothing.
            throw CofferError(
                .configuration, "The list of what may be captured is damaged: nothing is captured.",
                rule: damaged, hint: "Write it again with `coffer capture on --apps … --kinds …`.")
        }
    }

    /// Writes it; with a reserve also on a full disk.
    package func write(_ path: String, reserve: Reserve? = nil) throws(CofferError) {
        guard let reserve else {
            try DurableFile.write(encoded, to: path)
            return
        }
        try reserve.write(encoded, to: path)
        reserve.keep()
    }

    private static let schema = "coffer.capture-policy.v1"

    private var encoded: Bytes {
        CanonicalJSON.object([
            .init("schema", .string(Self.schema)), .init("on", .boolean(isOn)),
            .init("apps", .strings(apps.sorted().map(\.string))),
            .init("kinds", .strings(kinds.sorted().map(\.rawValue))), .init("pausedUntil", .milliseconds(pausedUntil)),
        ]).encoded + [UInt8(ascii: "\n")]
    }

    private init(parsing bytes: Bytes) throws(FormatError) {
        guard bytes.last == UInt8(ascii: "\n") else { throw .truncated }
        var reader = try CanonicalObject(parsing: bytes.dropLast())
        guard try reader.string("schema") == Self.schema else { throw .notCanonical }
        isOn = try reader.boolean("on")
        apps = []
        for name in try reader.strings("apps", atMost: 256) { apps.insert(try AppName(name)) }
        kinds = []
        for name in try reader.strings("kinds", atMost: 8) {
            guard let kind = Kind(rawValue: name), Self.liveKinds.contains(kind) else { throw .notCanonical }
            kinds.insert(kind)
        }
        pausedUntil = try reader.milliseconds("pausedUntil")
        try reader.finish()
    }
}
