import Client
import Hummingbird
import Logging
import Messages
import Sealing
import Serving
import Testing

@Suite("Metrics", .timeLimit(.minutes(15)))
struct MetricsTests {
    @Test("Counters, gauges and histograms in Prometheus' text format, by name")
    func exposition() async throws {
        let metrics = Metrics()
        let counter = metrics.counter("b_total", "B.")
        let histogram = metrics.histogram("c_seconds", "C.", bounds: [0.5, 1])
        metrics.gauge("a", "A.") { 1.5 }
        metrics.gauge("d", "D.") { nil }
        metrics.total("e_total", "E.") { 1e6 }
        counter.add()
        counter.add(2)
        for value in [0.25, 0.5, 0.75, 3] { histogram.observe(value) }
        #expect(
            await metrics.exposition() == """
                # HELP a A.
                # TYPE a gauge
                a 1.5
                # HELP b_total B.
                # TYPE b_total counter
                b_total 3
                # HELP c_seconds C.
                # TYPE c_seconds histogram
                c_seconds_bucket{le="0.5"} 2
                c_seconds_bucket{le="1"} 3
                c_seconds_bucket{le="+Inf"} 4
                c_seconds_sum 4.5
                c_seconds_count 4
                # HELP d D.
                # TYPE d gauge
                # HELP e_total E.
                # TYPE e_total counter
                e_total 1000000

                """)
    }

    @Test("Only this machine may read them")
    func loopback() throws {
        for host in ["0.0.0.0", "10.0.0.1", "::", "metrics.example", "127.evil.example", "127.0.0.1.example"] {
            #expect(throws: CofferError(.usage, "")) {
                try MetricsListener(address: ListenAddress(host: host, port: 0), metrics: [:])
            }
        }
        for text in ["127.0.0.1:9", "[::1]:9", "localhost:9", "127.1.2.3:9"] {
            let address = try #require(ListenAddress(text))
            #expect(address.text == text)
            _ = try MetricsListener(address: address, metrics: [:])
        }
        for text in ["127.0.0.1", ":9", "127.0.0.1:70000", "[]:9", "a:-1"] { #expect(ListenAddress(text) == nil) }
    }

    /// What a line of samples may look like: a name, no label but a histogram's bound, a number.
    @Sendable private func sample() -> Regex<(Substring, Substring?)> {
        /[a-z_]+(\{le="[0-9.]+"\}|\{le="\+Inf"\})? [0-9.e+-]+/
    }

    @Test("Every server tells its figures on a listener apart, without a label; the public one has no such path")
    func scrape() async throws {
        let served = try await ServedOrganisation()
        try await served.runOverSockets { sockets in
            let traveller = try WholeRoadTests()
            try await traveller.enrol(served)
            let road = try await traveller.consent(served)
            let release = try await traveller.release(served, road)
            _ = try await traveller.ask(served, "acme-1", road, release)
            await #expect(throws: CofferError.self) {
                _ = try await traveller.ask(served, "acme-1", road, Hash256(of: [1]))
            }
            func figures(_ name: String) async throws -> [String: Double] {
                let reply = try await HTTPConnection().get(
                    try #require(sockets.metrics[name]) + "/metrics", atMost: 1 << 20)
                #expect(reply.status == 200)
                var values: [String: Double] = [:]
                for line in String(decoding: reply.body, as: UTF8.self).split(separator: "\n") {
                    if line.hasPrefix("# HELP ") || line.hasPrefix("# TYPE ") { continue }
                    #expect(line.wholeMatch(of: sample()) != nil, "\(line)")
                    let parts = line.split(separator: " ")
                    values[String(parts[0])] = Double(parts[1])
                }
                return values
            }
            let ledger = try await figures("ledger")
            let size = try #require(ledger["coffer_ledger_tree_size"])
            #expect(size >= 5 && ledger["coffer_ledger_published_size"] == size)
            #expect(ledger["coffer_ledger_accepted_total"] == size - 1)
            #expect(ledger["coffer_ledger_queue_depth"] == 0)
            #expect(try #require(ledger["coffer_ledger_head_age_seconds"]) < 60)
            #expect(try #require(ledger["coffer_ledger_cosigner_seconds_count"]) >= 1)
            #expect(try #require(ledger["coffer_http_requests_total"]) >= size - 1)
            let broker = try await figures("acme-1")
            #expect(broker["coffer_broker_asks_answered_total"] == 1)
            #expect(broker["coffer_broker_asks_refused_total"] == 1)
            #expect(broker["coffer_broker_positions_answered_total"] == 1)
            #expect(broker["coffer_broker_deposits_total"] == 1)
            #expect(broker["coffer_broker_sub_keys"] == 2)
            #expect(broker["coffer_broker_followed_size"] == size)
            #expect(try #require(broker["coffer_witness_cosigned_total"]) >= 1)
            #expect(try #require(broker["process_resident_memory_bytes"]) > 1_000_000)
            #expect(try await figures("north")["coffer_witness_inconsistent_total"] == 0)
            let desk = try await figures("desk")
            #expect(desk["coffer_desk_waiting"] == 0 && desk["coffer_desk_tokens"] == 0)
            // Not on the port that everyone reaches.
            let open = try #require(sockets.urls["acme-1"])
            #expect(try await HTTPConnection().get(open + "/metrics", atMost: 1 << 20).status == 404)
        }
    }
}
