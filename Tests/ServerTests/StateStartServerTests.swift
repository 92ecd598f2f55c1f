import Broker
import BrokerServer
import CofferTestKit
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

/// A new laptop at real servers: what brokers sign in their folders is what it begins with.
@Suite("Beginning with the states of an organisation's brokers", .timeLimit(.minutes(15)))
struct StateStartServerTests {
    private func sign(_ names: [String], _ served: ServedOrganisation) async throws {
        for name in names {
            let house = try served.house(name)
            try await house.broker.follow()
            try house.states.keep(try #require(await house.broker.follower.snapshot))
        }
    }

    private func follower(
        _ served: ServedOrganisation, _ name: String, _ transport: any HTTPTransport, starts: Bool = true
    )
        throws -> Follower
    {
        Follower(
            pin: served.organisation.charter.pin, store: try LedgerDatabase(path: "\(served.directory)/\(name).db"),
            sources: [HTTPSource(url: "http://ledger", transport: transport)],
            evidence: EvidenceDirectory(path: served.directory + "/evidence"),
            start: starts
                ? TrustedBootstrap(charter: served.organisation.charter, least: 1, transport: transport, say: { _ in })
                : nil)
    }

    @Test("It begins, goes on, and is what a replay is")
    func begins() async throws {
        let served = try await ServedOrganisation()
        let road = try WholeRoadTests()
        try await served.run {
            try await road.enrol(served)
            try await sign(["acme-1"], served)
            let way = try await road.consent(served)
            try await sign(["acme-3", "council-1"], served)
            _ = try await road.release(served, way)

            let transport = ScriptedTransport(passing: served.transport)
            let laptop = try follower(served, "laptop", transport)
            let followed = try await laptop.follow()
            let whole = try await follower(served, "whole", served.transport, starts: false).follow()
            #expect(followed.state.retention == .sinceBootstrap && whole.state.retention == .everything)
            #expect(followed.state.digest == whole.state.digest && followed.checkpoint.root == whole.checkpoint.root)
            let asked = transport.requests.map(\.url)
            #expect(
                asked.contains("http://acme-1/state/\(2)") && !asked.contains { $0.hasPrefix("http://acme-3/state/") })

            // The day goes on.
            _ = try await road.release(served, way)
            let later = try await laptop.follow()
            #expect(later.state.releases.count == 1 && later.state.acceptedReleases.count == 2)
            // A person who needs all of it has it.
            let all = try await follower(served, "laptop", served.transport, starts: false).follow()
            #expect(all.state.releases.count == 2 && all.state.digest == later.state.digest)

            // One group below its threshold: a replay.
            served.transport.take("council-1", down: true)
            let alone = try await follower(served, "alone", served.transport).follow()
            #expect(alone.state.retention == .everything && alone.state.digest == later.state.digest)
        }
    }
}
