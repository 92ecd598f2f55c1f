import Foundation
import Sealing

/// A bar on stderr for work that takes longer than a second. The next message or result takes its place.
struct ProgressBar: Sendable {
    private var size: UInt64 = 0
    private var began: Milliseconds = 0
    private var shown: Milliseconds = 0
    private let isTerminal: Bool
    private let now: @Sendable () -> Milliseconds
    private let show: @Sendable (String) -> Void

    init(
        isTerminal: Bool = isatty(STDERR_FILENO) == 1, now: @escaping @Sendable () -> Milliseconds = Now.milliseconds,
        show: @escaping @Sendable (String) -> Void = Output.bar
    ) {
        self.isTerminal = isTerminal
        self.now = now
        self.show = show
    }

    /// Work of this size begins.
    mutating func begin(_ size: UInt64) {
        self.size = size
        began = now()
        shown = began
    }

    /// Shows how far the work is, five times a second at most.
    mutating func reach(_ done: UInt64, of what: String) {
        let time = now()
        guard isTerminal, size > 0, done <= size, time >= began + 1_000, time >= shown + 200 else { return }
        shown = time
        let share = Double(done) / Double(size)
        let full = Int(share * Double(Self.width))
        let bar = String(repeating: "=", count: full) + String(repeating: " ", count: Self.width - full)
        show("[\(bar)] \(Int(share * 100)) %, \(done) of \(size) \(what)")
    }

    private static let width = 30
}
