import Sealing

/// Measures how long the recordings of a file take whose times are not known.
final class ImportSpan: ImportSink {
    /// The time between two recordings that follow each other, in milliseconds.
    static let gap: Milliseconds = 1000

    let takesTimed = false
    /// From the first record of the first one to the last record of the last one.
    private(set) var total: Milliseconds = 0
    private var isRelative = false
    private var times: ClosedRange<Milliseconds>?
    private var isFirst = true

    func begin(isRelative: Bool, isMarked: Bool) {
        self.isRelative = isRelative
        times = nil
    }

    func add(_ item: ImportItem) {
        times = min(times?.lowerBound ?? item.time, item.time)...max(times?.upperBound ?? item.time, item.time)
    }

    func end() {
        guard isRelative, let times else { return }
        total += times.upperBound - times.lowerBound + (isFirst ? 0 : Self.gap)
        isFirst = false
    }

    func passOver(_ what: String) {}
    func read(_ file: Hash256) {}
}
