import Synchronization

/// A server's metrics for Prometheus. No metric can have a label.
///
/// A label could separate one pseudonym, consent, page or job from another, and so record who did what outside the
/// ledger's rules. Counts over all requests do not.
package final class Metrics: Sendable {
    private enum Figure: Sendable {
        case counter(Counter)
        case histogram(Histogram)
        case gauge(@Sendable () async -> Double?)
        case total(@Sendable () async -> Double?)
    }

    private struct Named: Sendable {
        let name: String
        let help: StaticString
        let figure: Figure
    }

    private let figures = Mutex<[Named]>([])

    package init() {}

    package func counter(_ name: StaticString, _ help: StaticString) -> Counter {
        let counter = Counter()
        add(name, help, .counter(counter))
        return counter
    }

    package func histogram(_ name: StaticString, _ help: StaticString, bounds: [Double] = Histogram.seconds)
        -> Histogram
    {
        let histogram = Histogram(bounds: bounds)
        add(name, help, .histogram(histogram))
        return histogram
    }

    /// Adds a gauge, read at each scrape; nil leaves it out.
    package func gauge(_ name: StaticString, _ help: StaticString, _ read: @escaping @Sendable () async -> Double?) {
        add(name, help, .gauge(read))
    }

    /// Adds a counter whose value is kept elsewhere, read at each scrape; nil leaves it out.
    package func total(_ name: StaticString, _ help: StaticString, _ read: @escaping @Sendable () async -> Double?) {
        add(name, help, .total(read))
    }

    private func add(_ name: StaticString, _ help: StaticString, _ figure: Figure) {
        figures.withLock { $0.append(Named(name: "\(name)", help: help, figure: figure)) }
    }

    /// All metrics in Prometheus' text format, version 0.0.4, sorted by name.
    package func exposition() async -> String {
        var text = ""
        for named in figures.withLock({ $0 }).sorted(by: { $0.name < $1.name }) {
            let (type, samples) = await Self.samples(named)
            text += "# HELP \(named.name) \(named.help)\n# TYPE \(named.name) \(type)\n\(samples)"
        }
        return text
    }

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private static func samples(_ named: Named) async -> (type: String, samples: String) {
        switch named.figure {
        case .counter(let counter): return ("counter", "\(named.name) \(counter.count)\n")
        case .gauge(let read): return ("gauge", await read().map { "\(named.name) \(number($0))\n" } ?? "")
        case .total(let read): return ("counter", await read().map { "\(named.name) \(number($0))\n" } ?? "")
        case .histogram(let histogram):
            let reading = histogram.reading
            var lines = ""
            for (bound, count) in zip(histogram.bounds, reading.atMost) {
                lines += "\(named.name)_bucket{le=\"\(number(bound))\"} \(count)\n"
            }
            lines += "\(named.name)_bucket{le=\"+Inf\"} \(reading.count)\n"
            lines += "\(named.name)_sum \(number(reading.sum))\n\(named.name)_count \(reading.count)\n"
            return ("histogram", lines)
        }
    }

    private static func number(_ value: Double) -> String {
        value.rounded() == value && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
