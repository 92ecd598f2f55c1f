package import Rules
package import Sealing

/// Statements that the usual charter accepts; arguments change them. These methods only make a statement, `submit`
/// appends it; the `do…` methods do both.
extension Scenario {
    package static let kinds: [Kind] = [.keys, .screen, .window]
    package static let apps: [String] = ["code", "xterm"]

    package static func names(_ apps: [String]) -> [AppName] { apps.compactMap { try? AppName($0) } }

    package mutating func enrol(_ names: [String], charter: Hash256? = nil) -> Enrol {
        Enrol(
            heading: heading(), charter: charter ?? state.charter?.hash ?? self.charter.hash,
            pseudonyms: names.map(Self.publicKey))
    }

    package mutating func purpose(
        _ name: String = "autocomplete", kinds: [Kind] = Scenario.kinds, apps: [String] = Scenario.apps,
        notice: Milliseconds = 3_600_000, pages: SaturatingUInt64 = 1000, ends: Milliseconds? = nil
    ) -> Purpose {
        Purpose(
            heading: heading(), name: name, text: "Train a model that completes text.", basis: "consent",
            owner: "Research", kinds: kinds, apps: Self.names(apps), outputs: "One model.", notice: notice,
            pages: pages, ends: ends ?? now + 60 * millisecondsPerDay)
    }

    package mutating func consent(
        _ name: String, to purpose: Hash256, roster: Hash256? = nil, subKeys: Hash256? = nil, scope: Hash256? = nil,
        window: Milliseconds = 3_600_000, expires: Milliseconds? = nil
    ) -> Consent {
        Consent(
            heading: heading(), pseudonym: Self.publicKey(name), purpose: purpose,
            rosterHash: roster ?? state.roster ?? charter.hash, subKeys: subKeys ?? Self.seed("sub-keys " + name),
            scope: scope ?? Self.seed("scope " + name), window: window,
            expires: expires ?? now + 30 * millisecondsPerDay)
    }

    /// Makes a grant, by default for the ten days that end yesterday.
    package mutating func grant(
        _ purpose: Hash256, job: String = "job", kinds: [Kind] = Scenario.kinds, apps: [String] = Scenario.apps,
        from: Day? = nil, to: Day? = nil, pages: SaturatingUInt64 = 500, expires: Milliseconds? = nil
    ) -> Grant {
        Grant(
            heading: heading(), purpose: purpose, job: Self.publicKey(job), kinds: kinds, apps: Self.names(apps),
            from: from ?? Day(of: now) - 10, to: to ?? Day(of: now) - 1, pages: pages,
            expires: expires ?? now + 20 * millisecondsPerDay)
    }

    package mutating func release(
        _ grant: Hash256, _ ids: [Hash256: [PageID]], recipient: String = "recipient"
    ) throws(SealingError) -> Release {
        let recipient = try SealingPrivateKey(seed: Self.sealingSeed(recipient)).publicKey
        return Release(
            heading: heading(), grant: grant, recipient: recipient,
            consents: ids.map { Release.Part(consent: $0.key, ids: $0.value) })
    }

    package mutating func revoke(_ name: String) -> Revoke {
        Revoke(heading: stoppingHeading(), pseudonym: Self.publicKey(name))
    }

    package mutating func dismiss(_ names: [String]) -> Dismiss {
        Dismiss(heading: stoppingHeading(), pseudonyms: names.map(Self.publicKey))
    }

    package mutating func withdraw(_ purpose: Hash256) -> Withdraw {
        Withdraw(heading: stoppingHeading(), purpose: purpose)
    }

    package mutating func erase(_ name: String, under consent: Hash256, _ pages: [PageID]) -> Erase {
        Erase(heading: stoppingHeading(), pseudonym: Self.publicKey(name), consent: consent, pages: pages)
    }

    package mutating func halt() -> Halt { Halt(heading: stoppingHeading()) }

    package mutating func resume(_ halts: [Hash256]) -> Resume { Resume(heading: heading(), halts: halts) }

    package mutating func outcome(_ grant: Hash256, disposed: Bool = false) -> Outcome {
        Outcome(
            heading: heading(), grant: grant, model: Self.seed("model"), keptUntil: now + millisecondsPerDay,
            disposed: disposed)
    }

    package mutating func destroyed(_ broker: String, size: UInt64) -> Destroyed {
        Destroyed(heading: heading(), broker: Self.publicKey(broker), size: SaturatingUInt64(rawValue: size))
    }

    package mutating func amend(
        _ terms: CharterTerms, amends: Hash256? = nil, notice: Milliseconds = 3_600_000, ends: Bool = false
    ) -> Amend {
        Amend(
            amends: amends ?? state.charter?.hash ?? charter.hash, heading: heading(), terms: terms, notice: notice,
            ends: ends)
    }

    /// The hashes that `programme` returns.
    package struct Programme: Sendable {
        package let purpose: Hash256
        package let grant: Hash256
        /// By name.
        package let consents: [String: Hash256]
    }

    /// Everything before a release: these people are enrolled and consent to one purpose, a grant is logged and its
    /// notice has passed. Every statement is accepted in the usual charter.
    package mutating func programme(_ people: [String] = ["ann", "bob"]) -> Programme {
        submit(enrol(people), by: ["desk"])
        let purpose = purpose()
        submit(purpose, by: Self.reviewers)
        var consents: [String: Hash256] = [:]
        for name in people {
            let consent = consent(name, to: purpose.hash)
            submit(consent, by: [name])
            consents[name] = consent.hash
        }
        let grant = grant(purpose.hash)
        submit(grant, by: ["job"] + Self.reviewers)
        now += 3_600_000
        return Programme(purpose: purpose.hash, grant: grant.hash, consents: consents)
    }

    /// A new scenario with the usual programme.
    package static func withProgramme(change: (inout CharterTerms) -> Void = { _ in }) -> Scenario {
        var scenario = Scenario(change: change)
        _ = scenario.programme()
        return scenario
    }

    /// A page id, determined by its number.
    package static func page(_ number: Int) -> PageID {
        (try? PageID(Self.seed("page \(number)").bytes.prefix(16))) ?? .zero
    }
}
