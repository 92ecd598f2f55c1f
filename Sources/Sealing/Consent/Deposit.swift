package import Crypto

/// What the keyholder gives to one broker: the broker's sub-keys, and the commitments to all sub-keys of the consent.
///
///     u16 n ‖ n × com_A 32 (every one, in order) ‖ u16 m ‖ m × (u16 mask ‖ k_A 32) (the broker's own, ascending)
package struct Deposit: Sendable {
    package let commitments: [Hash256]
    package let subKeys: [SubKey]

    /// Above every possible shape: two groups of 4-of-7 have 70 masks.
    static let maximumCommitments = 1_024

    /// Made by the keyholder for the broker with this number in this group.
    package init(
        root: SymmetricKey, roster: Hash256, groups: [GroupShape], pseudonym: VerifyingKey, group: GroupShape,
        broker: Int
    ) {
        self.commitments = ReplicatedPRF.commitments(root: root, roster: roster, groups: groups, pseudonym: pseudonym)
        self.subKeys = group.masks(heldBy: broker).map { mask in
            SubKey(
                mask: mask,
                key: ReplicatedPRF.subKey(root: root, roster: roster, group: group.name, mask: mask))
        }
    }

    package init(parsing bytes: Bytes) throws(FormatError) {
        var reader = ByteReader(bytes)
        var commitments: [Hash256] = []
        let count = Int(try reader.u16())
        guard count <= Self.maximumCommitments else { throw .outOfBounds }
        for _ in 0..<count { commitments.append(try reader.hash()) }
        var subKeys: [SubKey] = []
        let own = Int(try reader.u16())
        guard own <= count else { throw .outOfBounds }
        for _ in 0..<own { subKeys.append(SubKey(mask: try reader.u16(), key: try reader.key())) }
        try reader.finish()
        for (a, b) in zip(subKeys, subKeys.dropFirst()) { guard a.mask < b.mask else { throw .notCanonical } }
        self.commitments = commitments
        self.subKeys = subKeys
    }

    /// The bytes hold keys: the caller must wipe them.
    package var encoded: Bytes {
        var bytes = Bytes()
        bytes.reserveCapacity(4 + commitments.count * 32 + subKeys.count * 34)
        append(UInt16(commitments.count), to: &bytes)
        for commitment in commitments { bytes += commitment.bytes }
        append(UInt16(subKeys.count), to: &bytes)
        for subKey in subKeys {
            append(subKey.mask, to: &bytes)
            subKey.key.append(to: &bytes)
        }
        return bytes
    }

    private func append(_ value: UInt16, to bytes: inout Bytes) {
        bytes.append(UInt8(value >> 8))
        bytes.append(UInt8(value & 255))
    }

    /// Seals the deposit to a broker's one-time key.
    package func seal(to recipient: SealingPublicKey, origin: String, consent: Hash256) throws(SealingError) -> Bytes {
        var plaintext = encoded
        defer { wipe(&plaintext) }
        let info = HPKEInfo.statement(.deposit, origin: origin, statement: consent, recipient: recipient)
        return try SealedBox.seal(plaintext, to: recipient, info: info)
    }

    package static func open(
        _ box: Bytes, with key: SealingPrivateKey, origin: String, consent: Hash256
    ) throws(SealingError) -> Deposit {
        let info = HPKEInfo.statement(.deposit, origin: origin, statement: consent, recipient: key.publicKey)
        var plaintext = try SealedBox.open(box, with: key, info: info)
        defer { wipe(&plaintext) }
        return try parsing { () throws(FormatError) in try Deposit(parsing: plaintext) }
    }

    /// Whether these are exactly the sub-keys of this broker under a consent that carries `commitment`.
    package func isValid(
        commitment: Hash256, pseudonym: VerifyingKey, groups: [GroupShape], group: String, broker: Int
    ) -> Bool {
        let all = groups.flatMap { group in group.masks.map { (group.name, $0) } }
        guard commitments.count == all.count, ReplicatedPRF.commitment(ofAll: commitments) == commitment,
            let shape = groups.first(where: { $0.name.hasSameBytes(as: group) }), (0..<shape.count).contains(broker),
            subKeys.map(\.mask) == shape.masks(heldBy: broker)
        else { return false }
        return subKeys.allSatisfy { subKey in
            let com = ReplicatedPRF.commitment(
                pseudonym: pseudonym, group: group, mask: subKey.mask, key: subKey.key)
            guard let i = all.firstIndex(where: { $0.0.hasSameBytes(as: group) && $0.1 == subKey.mask }) else {
                return false
            }
            return commitments[i] == com
        }
    }
}
