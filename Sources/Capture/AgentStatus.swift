package import Files
package import Sealing

/// A running agent's status. It contains nothing that was recorded.
package struct AgentStatus: Hashable, Sendable {
    package var state: Pipeline.CaptureState
    package var pid: UInt64
    /// When it started, in real time.
    package var since: Milliseconds
    /// Segments sealed and records written since then, and segments that are open.
    package var sealed: UInt64
    package var records: UInt64
    package var open: UInt64
    /// Events and frames dropped by an exclusion, a pause or a prompt.
    package var dropped: UInt64
    /// Keys that went down and were not recorded, for any reason.
    package var keysNotRecorded: UInt64
    /// By how many whole days its clock is set back; 0 except in demonstrations.
    package var demoDays: UInt64
    /// What it may record now: the list, narrowed, without what its source cannot give.
    package var apps: [AppName]
    package var kinds: [Kind]
    /// How its memory is kept out of a swap area.
    package var memory: MemoryHold
    /// Whether a `redact` was killed, so that nobody told the agent what the screen still shows: it takes no frames.
    package var hasLostVeil: Bool

    package init(
        state: Pipeline.CaptureState, pid: UInt64, since: Milliseconds, sealed: UInt64, records: UInt64, open: UInt64,
        dropped: UInt64, keysNotRecorded: UInt64, demoDays: UInt64, apps: [AppName], kinds: [Kind],
        memory: MemoryHold = .partly, hasLostVeil: Bool = false
    ) {
        self.state = state
        self.pid = pid
        self.since = since
        self.sealed = sealed
        self.records = records
        self.open = open
        self.dropped = dropped
        self.keysNotRecorded = keysNotRecorded
        self.demoDays = demoDays
        self.apps = apps
        self.kinds = kinds
        self.memory = memory
        self.hasLostVeil = hasLostVeil
    }

    package var line: String {
        let object = CanonicalJSON.object([
            .init("state", .string(state.rawValue)), .init("pid", .integer(pid)), .init("since", .milliseconds(since)),
            .init("sealed", .integer(sealed)), .init("records", .integer(records)), .init("open", .integer(open)),
            .init("dropped", .integer(dropped)), .init("keysNotRecorded", .integer(keysNotRecorded)),
            .init("demoDays", .integer(demoDays)), .init("apps", .strings(apps.map(\.string))),
            .init("kinds", .strings(kinds.map(\.rawValue))), .init("memory", .string(memory.rawValue)),
            .init("hasLostVeil", .boolean(hasLostVeil)),
        ])
        return String(decoding: object.encoded, as: UTF8.self)
    }

    package init(line: String) throws(FormatError) {
        var reader = try CanonicalObject(parsing: Array(line.utf8))
        guard let state = Pipeline.CaptureState(rawValue: try reader.string("state")) else { throw .notCanonical }
        self.state = state
        pid = try reader.integer("pid")
        since = try reader.milliseconds("since")
        sealed = try reader.integer("sealed")
        records = try reader.integer("records")
        open = try reader.integer("open")
        dropped = try reader.integer("dropped")
        keysNotRecorded = try reader.integer("keysNotRecorded")
        demoDays = try reader.integer("demoDays")
        apps = []
        for name in try reader.strings("apps", atMost: 256) { apps.append(try AppName(name)) }
        kinds = []
        for name in try reader.strings("kinds", atMost: 8) {
            guard let kind = Kind(rawValue: name) else { throw .notCanonical }
            kinds.append(kind)
        }
        guard let memory = MemoryHold(rawValue: try reader.string("memory")) else { throw .notCanonical }
        self.memory = memory
        hasLostVeil = try reader.boolean("hasLostVeil")
        try reader.finish()
    }
}
