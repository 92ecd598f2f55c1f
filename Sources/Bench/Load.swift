import Foundation
import Synchronization

/// The load of closed-loop clients, each with a thread and a connection: a client sends its next request after the
/// answer to the last one.
struct Load: Sendable {
    /// The time from the first request to the last answer.
    let seconds: Double
    /// The duration of each request, in milliseconds, ascending.
    let latencies: [Double]

    var rate: Double { Double(latencies.count) / seconds }

    func percentile(_ part: Double) -> Double {
        guard !latencies.isEmpty else { return .nan }
        return latencies[min(latencies.count - 1, Int(Double(latencies.count) * part))]
    }

    /// Sends `count` requests from `clients` clients; `check` checks each answer.
    static func run(
        clients: Int, count: Int, port: Int, request: @escaping @Sendable (_ number: Int) throws -> [UInt8],
        check: @escaping @Sendable (_ status: Int, _ body: [UInt8]) -> Bool
    ) async throws -> Load {
        try await run(clients: clients, port: port, while: { $0 < count }, request: request, check: check)
    }

    /// Sends requests as long as `goesOn` says so of the next number.
    static func run(
        clients: Int, port: Int, while goesOn: @escaping @Sendable (_ number: Int) -> Bool,
        request: @escaping @Sendable (_ number: Int) throws -> [UInt8],
        check: @escaping @Sendable (_ status: Int, _ body: [UInt8]) -> Bool
    ) async throws -> Load {
        let next = Counter()
        return try await run(
            clients: clients, port: port,
            next: { _ in
                let number = next.take()
                return goesOn(number) ? try request(number) : nil
            }, check: check)
    }

    /// Sends `rate` requests a second for some seconds, each at its own time, whether or not earlier ones are answered
    /// late: the time of a late one counts from when it was due.
    static func run(
        clients: Int, port: Int, rate: Double, seconds: Int,
        request: @escaping @Sendable () throws -> [UInt8],
        check: @escaping @Sendable (_ status: Int, _ body: [UInt8]) -> Bool
    ) async throws -> Load {
        let sent = (0..<clients).map { _ in Counter() }
        let count = Int(rate * Double(seconds)) / clients
        return try await run(
            clients: clients, port: port,
            due: { client in
                let number = sent[client].take()
                return number < count ? .seconds(Double(number * clients + client) / rate) : nil
            },
            next: { _ in try request() }, check: check)
    }

    /// Each client sends its own requests in their order.
    static func run(
        port: Int, requests: [[[UInt8]]], check: @escaping @Sendable (_ status: Int, _ body: [UInt8]) -> Bool
    ) async throws -> Load {
        let next = requests.map { _ in Counter() }
        return try await run(
            clients: requests.count, port: port,
            next: { client in
                let number = next[client].take()
                return number < requests[client].count ? requests[client][number] : nil
            }, check: check)
    }

    /// Each client sends what `next` gives for it, until there is nothing; with `due` each at its time after the start,
    /// until there is no time.
    private static func run(
        clients: Int, port: Int, due: (@Sendable (_ client: Int) -> Duration?)? = nil,
        next: @escaping @Sendable (_ client: Int) throws -> [UInt8]?,
        check: @escaping @Sendable (_ status: Int, _ body: [UInt8]) -> Bool
    ) async throws -> Load {
        let connections = try (0..<clients).map { _ in ClientConnection(connection: try RawHTTP(port: port)) }
        let clock = ContinuousClock()
        let start = clock.now
        let latencies = try await withThrowingTaskGroup(of: [Double].self) { group in
            for (client, held) in connections.enumerated() {
                group.addTask {
                    try await onThread {
                        var latencies: [Double] = []
                        while true {
                            var time: Duration?
                            if let due {
                                guard let at = due(client) else { return latencies }
                                time = at
                            }
                            guard let request = try next(client) else { return latencies }
                            if let time { Thread.sleep(until: start + time) }
                            let sent = time.map { start + $0 } ?? clock.now
                            let (status, body) = try held.connection.send(request)
                            guard check(status, body) else {
                                throw BenchError("\(status): \(String(decoding: body.prefix(300), as: UTF8.self))")
                            }
                            latencies.append((clock.now - sent) / .milliseconds(1))
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return Load(seconds: (clock.now - start) / .seconds(1), latencies: latencies.sorted())
    }

    /// Numbers the requests of all clients.
    private final class Counter: Sendable {
        private let next = Atomic<Int>(0)
        func take() -> Int { next.add(1, ordering: .relaxed).oldValue }
    }

    /// A client's connection.
    private struct ClientConnection: @unchecked Sendable {
        // @unchecked: made before the threads start, then used only by its client's thread.
        let connection: RawHTTP
    }
}

extension Thread {
    fileprivate static func sleep(until instant: ContinuousClock.Instant) {
        let wait = instant - ContinuousClock.now
        if wait > .zero { sleep(forTimeInterval: wait / .seconds(1)) }
    }
}

/// Runs blocking work on a separate thread.
func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Result { try body() }) }
        thread.stackSize = 1 << 20
        thread.start()
    }
}
