package import Files
package import Sealing

/// What may be captured: the employee's allowlist, in clear. It names what is permitted, never what happened.
///
///     {"schema":"coffer.capture-policy.v1","on":…,"apps":[…],"kinds":[…],"pausedUntil":ms}\n
///
/// Before the end it has `"classes":[…]` if apps were named by the class of their windows, which their names do not tell.
/// A pause of a given length also has `"boot":id,"bootUntil":ms` at the end: its end by a clock that nobody can set.
/// Without the file nothing may be captured.
package struct CapturePolicy: Hashable, Sendable {
    package static let liveKinds: Set<Kind> = [.keys, .pointer, .screen, .window]
    /// The value of `pausedUntil` for a pause that only `resume` ends.
    package static let untilResumed = Milliseconds(rawValue: CanonicalJSON.maximumInteger)

    package var isOn: Bool
    package var apps: Set<AppName>
    package var kinds: Set<Kind>
    /// The classes by which apps of the list were named whose names have a hash, for people to read.
    package private(set) var classes: [AppName: WindowClass] = [:]
    /// In real time; 0 when not paused.
    package var pausedUntil: Milliseconds
    /// The end of the pause for as long as the machine runs on: then the wall clock does not matter.
    package var pausedUntilBoot: BootTime?

    package init(isOn: Bool = false, apps: Set<AppName> = [], kinds: Set<Kind> = [], pausedUntil: Milliseconds = 0) {
        self.isOn = isOn
        self.apps = apps
        self.kinds = kinds
        self.pausedUntil = pausedUntil
    }

    /// Sets the list of apps.
    package mutating func name(_ apps: [NamedApp]) {
        self.apps = Set(apps.map(\.name))
        classes = Dictionary(apps.compactMap { app in app.windowClass.map { (app.name, $0) } }) { first, _ in first }
    }

    package func isPaused(at now: CaptureMoment) -> Bool { pauseEnd(at: now).map { now.real < $0 } ?? false }

    /// When the pause ends, by the wall clock as it is set now; nil when it is not paused.
    package func pauseEnd(at now: CaptureMoment) -> Milliseconds? {
        if pausedUntil == Self.untilResumed { return pausedUntil }
        var end = pausedUntil
        // After a start of the machine only the wall clock is left to go by.
        if let boot = pausedUntilBoot, !boot.boot.isEmpty, boot.boot == now.sinceBoot.boot {
            end = now.sinceBoot.time < boot.time ? now.real + (boot.time - now.sinceBoot.time) : 0
        }
        return now.real < end ? end : nil
    }

    /// Begins a pause of this length; without one, only `resume` ends it.
    package mutating func pause(for length: Milliseconds?, at now: CaptureMoment) {
        guard let length else { return (pausedUntil, pausedUntilBoot) = (Self.untilResumed, nil) }
        pausedUntil = min(now.real + length, Self.untilResumed)
        pausedUntilBoot = BootTime(
            boot: now.sinceBoot.boot, time: min(now.sinceBoot.time + length, Self.untilResumed))
    }

    package mutating func resume() { (pausedUntil, pausedUntilBoot) = (0, nil) }

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
        let end = pausedUntilBoot.map { end -> [CanonicalJSON.Member] in
            [.init("boot", .string(end.boot)), .init("bootUntil", .milliseconds(end.time))]
        }
        return CanonicalJSON.object(
            [
                .init("schema", .string(Self.schema)), .init("on", .boolean(isOn)),
                .init("apps", .strings(apps.sorted().map(\.string))),
                .init("kinds", .strings(kinds.sorted().map(\.rawValue))),
                .init("pausedUntil", .milliseconds(pausedUntil)),
            ] + (classes.isEmpty ? [] : [.init("classes", .strings(classes.values.map(\.string).sorted()))])
                + (end ?? [])
        ).encoded + [UInt8(ascii: "\n")]
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
        if reader.nextName == "classes" {
            for text in try reader.strings("classes", atMost: 256) {
                guard let windowClass = WindowClass(text), apps.contains(windowClass.app) else { throw .notCanonical }
                classes[windowClass.app] = windowClass
            }
        }
        if reader.nextName == "boot" {
            pausedUntilBoot = BootTime(
                boot: try reader.string("boot", atMost: 64), time: try reader.milliseconds("bootUntil"))
        }
        try reader.finish()
    }
}
