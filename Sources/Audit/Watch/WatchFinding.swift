package import Sealing

/// Something that a monitor reports about a log.
package struct WatchFinding: Hashable, Sendable {
    package enum Level: String, Comparable, Sendable {
        case ok, warning
        /// Nothing can be reached, or no quorum has cosigned freshly.
        case notFresh = "not-fresh"
        /// Somebody signed something that cannot be true.
        case tampering

        private var rank: Int {
            switch self {
            case .ok: 0
            case .warning: 1
            case .notFresh: 2
            case .tampering: 3
            }
        }

        package static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }

        /// The exit code of `audit watch --once`.
        package var code: Int32 {
            switch self {
            case .ok: 0
            case .warning: CofferError.Code.no.rawValue
            case .notFresh: CofferError.Code.tryLater.rawValue
            case .tampering: CofferError.Code.tampering.rawValue
            }
        }
    }

    package let level: Level
    /// What is wrong, for scripts: `head.freshness`, `cosigner.stale`, `server.unreachable` …
    package let rule: String
    /// Which server or statement.
    package let subject: String
    package let message: String

    package init(_ level: Level, _ rule: String, _ subject: String, _ message: String) {
        self.level = level
        self.rule = rule
        self.subject = subject
        self.message = message
    }
}

/// What one round of watching found.
package struct WatchRound: Sendable {
    package let size: UInt64
    package let root: Hash256?
    /// When a quorum had cosigned the newest checkpoint.
    package let cosigned: Milliseconds?
    package let findings: [WatchFinding]

    package var level: WatchFinding.Level { findings.map(\.level).max() ?? .ok }
}
