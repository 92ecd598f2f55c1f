package import Ledger
package import Sealing

/// The side whose interests a person or an operator represents.
package enum Side: String, Sendable, CaseIterable {
    case company
    case employees
}

/// The terms that a charter or an amendment sets: names, keys, quorums, limits (Design, "Statements").
package struct CharterTerms: Hashable, Sendable {
    /// A broker in a group.
    package struct Broker: Hashable, Sendable {
        package let name: String
        package let op: String
        package let side: Side
        /// Signs answers, receipts and `destroyed`.
        package let noteKey: VerifyingKey
        /// Signs cosignatures and nothing else.
        package let cosigner: VerifyingKey
        /// Asks are sealed to it.
        package let sealing: SealingPublicKey
        package let url: String

        package init(
            name: String, operator op: String, side: Side, noteKey: VerifyingKey, cosigner: VerifyingKey,
            sealing: SealingPublicKey, url: String
        ) {
            self.name = name
            self.op = op
            self.side = side
            self.noteKey = noteKey
            self.cosigner = cosigner
            self.sealing = sealing
            self.url = url
        }
    }

    /// A broker group. Every group must reach its own threshold.
    package struct Group: Hashable, Sendable {
        package let name: String
        package let threshold: Int
        package let brokers: [Broker]

        package init(name: String, threshold: Int, brokers: [Broker]) {
            self.name = name
            self.threshold = threshold
            self.brokers = brokers
        }
    }

    /// An outside witness.
    package struct Witness: Hashable, Sendable {
        package let name: String
        package let key: VerifyingKey
        package let url: String

        package init(name: String, key: VerifyingKey, url: String) {
            self.name = name
            self.key = key
            self.url = url
        }
    }

    /// A reviewer, a halter, or the desk.
    package struct Officer: Hashable, Sendable {
        package let name: String
        package let key: VerifyingKey
        package let side: Side

        package init(name: String, key: VerifyingKey, side: Side) {
            self.name = name
            self.key = key
            self.side = side
        }
    }

    /// For demonstrations: agents may shift their clock by whole days. Requires a minimum window and notice of zero.
    package var demo: Bool
    package var version: SaturatingUInt64
    package var ledgerKey: VerifyingKey
    package var ledgerURL: String
    package var groups: [Group]
    package var witnesses: [Witness]
    package var reviewers: [Officer]
    package var halters: [Officer]
    package var desk: Officer
    package var deskURL: String
    package var reviewQuorum: Int
    package var resumeQuorum: Int
    /// Statements per hour that the ledger takes from one key. Stopping statements have no rate limit.
    package var rate: SaturatingUInt64
    package var minimumWindow: Milliseconds
    package var minimumNotice: Milliseconds
    /// How far an entry's stamp may be ahead of a broker's clock.
    package var tolerance: Milliseconds
    /// How old a quorum's cosignature may be for a broker to answer.
    package var freshness: Milliseconds
    package var lake: String

    package init(
        demo: Bool, version: SaturatingUInt64 = RulesVersion.newest.number, ledgerKey: VerifyingKey, ledgerURL: String,
        groups: [Group], witnesses: [Witness], reviewers: [Officer], halters: [Officer], desk: Officer,
        deskURL: String, reviewQuorum: Int, resumeQuorum: Int, rate: SaturatingUInt64,
        minimumWindow: Milliseconds, minimumNotice: Milliseconds, tolerance: Milliseconds = 120_000,
        freshness: Milliseconds = 600_000, lake: String
    ) {
        self.demo = demo
        self.version = version
        self.ledgerKey = ledgerKey
        self.ledgerURL = ledgerURL
        self.groups = groups
        self.witnesses = witnesses
        self.reviewers = reviewers
        self.halters = halters
        self.desk = desk
        self.deskURL = deskURL
        self.reviewQuorum = reviewQuorum
        self.resumeQuorum = resumeQuorum
        self.rate = rate
        self.minimumWindow = minimumWindow
        self.minimumNotice = minimumNotice
        self.tolerance = tolerance
        self.freshness = freshness
        self.lake = lake
    }

    package var brokers: [Broker] { groups.flatMap(\.brokers) }

    /// The groups in the form that the replicated PRF uses.
    package var shapes: [GroupShape] { groups.shapes }

    /// The ledger's key, named as in its checkpoints.
    package func ledgerNoteKey(origin: String) -> NoteKey? {
        NoteKey(name: origin, kind: .ed25519, key: ledgerKey)
    }

    /// All cosigners, each named by the hex of its key: every broker, then the outside witnesses.
    package var cosigners: [NoteKey] {
        (brokers.map(\.cosigner) + witnesses.map(\.key)).map { NoteKey(cosigner: $0) }
    }

    /// The policy for trusted checkpoints: the ledger's signature and a majority of the cosigners.
    package func checkpointPolicy(origin: String) -> CheckpointPolicy? {
        ledgerNoteKey(origin: origin).map { CheckpointPolicy(ledger: $0, witnesses: cosigners) }
    }

    /// The keys that sign statements. Cosigners sign cosignatures and nothing else (c2sp.org/tlog-cosignature).
    package var signingKeys: [VerifyingKey] {
        [ledgerKey, desk.key] + brokers.map(\.noteKey) + reviewers.map(\.key) + halters.map(\.key)
    }

    /// Each key and its one role.
    package var roles: [(VerifyingKey, KeyRole)] {
        [(ledgerKey, .ledger), (desk.key, .desk)]
            + brokers.flatMap { [($0.noteKey, .broker), ($0.cosigner, .cosigner)] }
            + witnesses.map { ($0.key, .cosigner) } + reviewers.map { ($0.key, .reviewer) }
            + halters.map { ($0.key, .halter) }
    }
}

/// The role of a key: what it may sign. A key keeps one role for ever.
package enum KeyRole: String, Sendable {
    case ledger, broker, cosigner, reviewer, halter, desk, pseudonym, job
}
