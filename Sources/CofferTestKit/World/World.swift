package import Lake
package import Messages
package import Rules
package import Sealing

/// An organisation in this process: a charter and its ledger, four brokers behind a network, people whose consents have
/// real sub-keys, a job with a live grant, and a lake. One clock serves all of them.
///
/// The ledger and the brokers answer as the servers do, but the brokers do not judge asks: a test that needs a real
/// broker or server starts it on `ledger` or on `network`.
package final class World: Sendable {
    package static let brokers = ["acme-1", "acme-2", "acme-3", "council-1"]

    package let network: ScriptedTransport
    package let purpose: Hash256
    package let grant: Hash256
    /// Of the first of the people who consent.
    package let consent: Hash256
    /// What the people who consent can offer, by their names.
    package let offers: [String: Offer]
    private let home: TemporaryDirectory
    private let servers: WorldServers

    /// Logs the usual charter, changed by `change`. Then these people and bob are enrolled, these people consent to one
    /// purpose, and the job gets a grant, whose notice passes. Without people there is only the charter.
    package init(
        consenting people: [String] = ["ann"], now: Milliseconds = Scenario.noon,
        grant granted: (inout Scenario, Hash256) -> Grant = { $0.grant($1) },
        terms change: (inout CharterTerms) -> Void = { _ in }
    ) throws {
        home = try TemporaryDirectory()
        let lake = home.path + "/lake"
        var scenario = Scenario(now: now) {
            $0.lake = lake
            change(&$0)
        }
        let none = Hash256(of: [])
        var (purpose, grant, offers) = (none, none, [String: Offer]())
        if !people.isEmpty {
            scenario.submit(scenario.enrol(people + ["bob"].filter { !people.contains($0) }), by: ["desk"])
            let stated = scenario.purpose()
            scenario.submit(stated, by: Scenario.reviewers)
            purpose = stated.hash
            for name in people { offers[name] = try scenario.consents(name, to: purpose) }
            let request = granted(&scenario, purpose)
            scenario.submit(request, by: ["job"] + Scenario.reviewers)
            grant = request.hash
            scenario.now += stated.notice
        }
        guard scenario.verdicts.allSatisfy(\.isAccepted) else { throw CofferError(.bug, "\(scenario.verdicts)") }
        (self.purpose, self.grant, self.offers) = (purpose, grant, offers)
        consent = people.first.flatMap { offers[$0]?.consent } ?? none
        let servers = try WorldServers(scenario)
        self.servers = servers
        network = ScriptedTransport { servers.answer($0) }
    }

    package func offer(_ name: String = "ann") throws -> Offer {
        guard let offer = offers[name] else { throw CofferError(.bug, "\(name) consents to nothing.") }
        return offer
    }

    package var path: String { home.path }
    /// A directory in it, made if it is missing.
    package func directory(_ name: String) throws -> String { try home.directory(name) }
    package var lake: DirectoryLake { get throws { try DirectoryLake(path: path + "/lake") } }

    // MARK: The ledger

    package var clock: ManualClock { servers.clock }
    /// What the ledger has published.
    package var ledger: ServedLog { servers.log }
    package var state: LedgerState { scenario.state }

    /// The ledger's entries, at the clock's time. `network` serves them at once, `ledger` when they are published.
    package var scenario: Scenario {
        get { servers.change { $0 } }
        set { servers.change { $0 = newValue } }
    }

    /// Changes the ledger while no server does.
    @discardableResult
    package func change<R: Sendable>(_ body: (inout Scenario) throws -> R) rethrows -> R { try servers.change(body) }

    /// Time passes for the ledger, its cosigners, the brokers and the people alike.
    package func advance(_ time: Milliseconds) { clock.advance(by: time) }

    package func publish() throws { try servers.publish() }

    /// Appends a statement and publishes it.
    @discardableResult
    package func log(_ statement: some StatementContent, by signers: [String]) throws -> Verdict {
        let verdict = change { $0.submit(statement, by: signers) }
        try publish()
        return verdict
    }

    // MARK: The brokers

    package func setDown(_ names: [String], _ isDown: Bool = true) {
        network.setDown(names.map { "http://\($0).example/" }, isDown)
    }

    /// From now on this broker answers every stop so.
    package func refuseStops(_ name: String, with reply: HTTPReply) {
        network.reply(to: "http://\(name).example/stop", reply)
    }

    /// How many stops were sent to a broker, taken or not.
    package func attempts(at broker: String) -> Int {
        network.requests.count { $0.server == broker && $0.path == "stop" }
    }

    package func stops(at broker: String) -> [Bytes] { servers.stops(at: broker) }

    /// The sub-keys of a consent that a broker holds: deposited over the network.
    package func deposit(_ consent: Hash256, at broker: String) -> Deposit? { servers.deposit(consent, at: broker) }

    package func loses(_ broker: String) { servers.lose(broker) }
}

extension Scenario {
    /// A person consents to a purpose, with the sub-keys and the scope of her keys.
    fileprivate mutating func consents(_ name: String, to purpose: Hash256) throws -> Offer {
        let today = Day(of: now)
        let scope = try Scope(
            kinds: Kind.allCases, apps: Self.names(Self.apps), from: today - 70, until: today + 70)
        let person = try Employee(name, scope: scope)
        let consent = consent(
            name, to: purpose, subKeys: person.subKeyCommitment(roster: charter.hash, groups: terms.shapes),
            scope: person.scopeCommitment)
        submit(consent, by: [name])
        return Offer(person, consent: consent.hash, roster: charter.hash, groups: terms.groups)
    }
}
