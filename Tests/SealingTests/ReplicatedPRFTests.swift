import CofferTestKit
import Crypto
import Testing

@testable import Sealing

/// Every shape a group may have: any t brokers combine, any t−1 lack a sub-key.
@Suite("Replicated PRF")
struct ReplicatedPRFTests {
    static let shapes: [(threshold: Int, count: Int)] = (1...GroupShape.maximumCount).flatMap { count in
        (count / 2 + 1...count).map { ($0, count) }
    }

    static let root = SymmetricKey(size: .bits256)
    static let roster = Hash256(of: Bytes("roster".utf8))
    static let consent = Hash256(of: Bytes("consent".utf8))
    static let x = Hash256(of: Bytes("x".utf8))

    private func subsets(of count: Int, size: Int) -> [Set<Int>] {
        (0..<1 << count).filter { $0.nonzeroBitCount == size }
            .map { bits in Set((0..<count).filter { bits >> $0 & 1 == 1 }) }
    }

    /// What these brokers of a group can answer together: by mask, as many as they hold.
    private func partials(_ group: GroupShape, _ brokers: Set<Int>) -> [UInt16: Bytes] {
        var partials: [UInt16: Bytes] = [:]
        for broker in brokers {
            for mask in group.masks(heldBy: broker) {
                let key = ReplicatedPRF.subKey(root: Self.root, roster: Self.roster, group: group.name, mask: mask)
                partials[mask] = ReplicatedPRF.partial(key: key, x: Self.x)
            }
        }
        return partials
    }

    @Test("Any threshold combines", arguments: shapes)
    func anyThresholdCombines(threshold: Int, count: Int) throws {
        let group = try GroupShape(name: "company", threshold: threshold, count: count)
        let expected = ReplicatedPRF.pageKey(
            root: Self.root, roster: Self.roster, groups: [group], consent: Self.consent, x: Self.x)
        for brokers in subsets(of: count, size: threshold) {
            let partials = partials(group, brokers)
            #expect(partials.count == group.masks.count)
            let key = ReplicatedPRF.combine(
                [group.masks.compactMap { partials[$0] }], consent: Self.consent, x: Self.x)
            #expect(key == expected)
        }
    }

    @Test("One broker fewer than the threshold lacks a sub-key", arguments: shapes)
    func oneFewerLacksASubKey(threshold: Int, count: Int) throws {
        let group = try GroupShape(name: "company", threshold: threshold, count: count)
        let expected = ReplicatedPRF.pageKey(
            root: Self.root, roster: Self.roster, groups: [group], consent: Self.consent, x: Self.x)
        for brokers in subsets(of: count, size: threshold - 1) {
            let partials = partials(group, brokers)
            // Exactly the sub-key of the set that they are.
            let own = brokers.reduce(UInt16(0)) { $0 | 1 << UInt16($1) }
            #expect(group.masks.filter { partials[$0] == nil } == [own])
            let key = ReplicatedPRF.combine(
                [group.masks.compactMap { partials[$0] }], consent: Self.consent, x: Self.x)
            #expect(key != expected)
        }
    }

    /// In two groups, a threshold of each combines; all of one and too few of the other do not.
    @Test("Every group is needed")
    func everyGroupIsNeeded() throws {
        let groups = [
            try GroupShape(name: "company", threshold: 2, count: 3),
            try GroupShape(name: "council", threshold: 4, count: 7),
        ]
        let expected = ReplicatedPRF.pageKey(
            root: Self.root, roster: Self.roster, groups: groups, consent: Self.consent, x: Self.x)
        for company in (0...3).flatMap({ subsets(of: 3, size: $0) }) {
            for council in (0...7).flatMap({ subsets(of: 7, size: $0) }) {
                let answered = zip(groups, [company, council]).map { group, brokers in
                    let partials = partials(group, brokers)
                    return group.masks.compactMap { partials[$0] }
                }
                let key = ReplicatedPRF.combine(answered, consent: Self.consent, x: Self.x)
                #expect((key == expected) == (company.count >= 2 && council.count >= 4))
            }
        }
    }

    @Test("Groups in another order give another key")
    func groupsInAnotherOrderGiveAnotherKey() throws {
        let groups = [
            try GroupShape(name: "a", threshold: 1, count: 1), try GroupShape(name: "b", threshold: 1, count: 1),
        ]
        let keys = [groups, groups.reversed()].map {
            ReplicatedPRF.pageKey(root: Self.root, roster: Self.roster, groups: $0, consent: Self.consent, x: Self.x)
        }
        #expect(keys[0] != keys[1])
    }

    @Test("Shapes have bounds")
    func shapesHaveBounds() {
        for (threshold, count) in [(0, 0), (0, 1), (1, 2), (2, 4), (3, 6), (2, 1), (5, 8), (8, 8), (-1, 3)] {
            #expect(throws: FormatError.outOfBounds) {
                try GroupShape(name: "company", threshold: threshold, count: count)
            }
        }
        #expect(throws: FormatError.outOfBounds) { try GroupShape(name: "", threshold: 1, count: 1) }
    }

    /// x depends on each of its parts, and none can be mistaken for another.
    @Test("x binds all its inputs")
    func xBindsEverything() throws {
        let page = PageID.random()
        let base = ReplicatedPRF.x(consent: Self.consent, page: page, kind: "keys", app: "code", day: 20_000)
        let others = [
            ReplicatedPRF.x(consent: Self.roster, page: page, kind: "keys", app: "code", day: 20_000),
            ReplicatedPRF.x(consent: Self.consent, page: .zero, kind: "keys", app: "code", day: 20_000),
            ReplicatedPRF.x(consent: Self.consent, page: page, kind: "screen", app: "code", day: 20_000),
            ReplicatedPRF.x(consent: Self.consent, page: page, kind: "keys", app: "codes", day: 20_000),
            ReplicatedPRF.x(consent: Self.consent, page: page, kind: "keys", app: "code", day: 20_001),
            ReplicatedPRF.x(consent: Self.consent, page: page, kind: "keysc", app: "ode", day: 20_000),
        ]
        #expect(Set(others + [base]).count == others.count + 1)
    }

    /// A deposit is for one broker of one group, under one consent, and whole.
    @Test("Deposits are checked")
    func depositsAreChecked() throws {
        let groups = [
            try GroupShape(name: "company", threshold: 2, count: 3),
            try GroupShape(name: "council", threshold: 4, count: 7),
        ]
        let pseudonym = SigningKey().publicKey
        let oneTime = try SealingPrivateKey()
        for group in groups {
            for broker in 0..<group.count {
                let deposit = Deposit(
                    root: Self.root, roster: Self.roster, groups: groups, pseudonym: pseudonym, group: group,
                    broker: broker)
                let commitment = ReplicatedPRF.commitment(ofAll: deposit.commitments)
                func accepted(
                    _ deposit: Deposit, commitment: Hash256 = commitment, pseudonym: VerifyingKey = pseudonym,
                    group: String = group.name, broker: Int = broker
                ) -> Bool {
                    deposit.isValid(
                        commitment: commitment, pseudonym: pseudonym, groups: groups, group: group, broker: broker)
                }
                #expect(accepted(deposit))
                #expect(!accepted(deposit, commitment: Self.roster))
                #expect(!accepted(deposit, pseudonym: SigningKey().publicKey))
                #expect(!accepted(deposit, group: "nobody"))
                #expect(!accepted(deposit, broker: (broker + 1) % group.count))
                #expect(!accepted(deposit, broker: group.count))
                let lied = Deposit(
                    root: Self.consentKey, roster: Self.roster, groups: groups, pseudonym: pseudonym, group: group,
                    broker: broker)
                #expect(!accepted(lied))

                let box = try deposit.seal(to: oneTime.publicKey, origin: "origin", consent: Self.consent)
                let opened = try Deposit.open(box, with: oneTime, origin: "origin", consent: Self.consent)
                #expect(opened.encoded == deposit.encoded)
                #expect(accepted(opened))
                #expect(throws: SealingError.notAuthentic) {
                    try Deposit.open(box, with: oneTime, origin: "other", consent: Self.consent)
                }
                #expect(throws: SealingError.notAuthentic) {
                    try Deposit.open(box, with: oneTime, origin: "origin", consent: Self.roster)
                }
            }
        }
    }

    static let consentKey = SymmetricKey(size: .bits256)

    /// One sub-key exchanged for another of the same broker does not open its commitment.
    @Test("A wrong sub-key is refused")
    func aWrongSubKeyIsRefused() throws {
        let group = try GroupShape(name: "company", threshold: 2, count: 3)
        let pseudonym = SigningKey().publicKey
        let deposit = Deposit(
            root: Self.root, roster: Self.roster, groups: [group], pseudonym: pseudonym, group: group, broker: 0)
        let commitment = ReplicatedPRF.commitment(ofAll: deposit.commitments)
        let bytes = deposit.encoded
        for offset in 0..<bytes.count {
            var changed = bytes
            changed[offset] ^= 1
            guard let parsed = try? Deposit(parsing: changed) else { continue }
            #expect(parsed.encoded == changed)
            let valid = parsed.isValid(
                commitment: commitment, pseudonym: pseudonym, groups: [group], group: "company", broker: 0)
            #expect(!valid, "byte \(offset)")
        }
    }
}
