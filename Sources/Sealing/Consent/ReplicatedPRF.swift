package import Crypto

/// The replicated PRF on HMAC-SHA-256 that shares a consent's keys among brokers (Design, "Formulas").
package enum ReplicatedPRF {
    /// root_c = HMAC(consentRoot, D("consent-root") ‖ pseudonym)
    package static func consentRoot(_ consentRoot: SymmetricKey, pseudonym: VerifyingKey) -> SymmetricKey {
        Derive.hmac(consentRoot, D("consent-root") + pseudonym.bytes)
    }

    /// k_A = HMAC(root_c, D("sub-key") ‖ roster ‖ lp(group) ‖ mask(A))
    package static func subKey(root: SymmetricKey, roster: Hash256, group: String, mask: UInt16) -> SymmetricKey {
        var writer = ByteWriter(D("sub-key"))
        writer.append(roster)
        writer.lp(group)
        writer.u16(mask)
        return Derive.hmac(root, writer.bytes)
    }

    /// com_A = SHA-256(D("sub-key-commitment") ‖ pseudonym ‖ lp(group) ‖ mask(A) ‖ k_A)
    package static func commitment(
        pseudonym: VerifyingKey, group: String, mask: UInt16, key: SymmetricKey
    ) -> Hash256 {
        var writer = ByteWriter(D("sub-key-commitment"))
        writer.append(pseudonym.hash)
        writer.lp(group)
        writer.u16(mask)
        var hasher = SHA256()
        hasher.update(data: writer.bytes)
        unsafe key.withBytes { unsafe hasher.update(bufferPointer: $0) }
        return Hash256(hasher.finalize())
    }

    /// The consent's commitment: SHA-256(D("sub-keys") ‖ all com_A in order).
    package static func commitment(ofAll commitments: [Hash256]) -> Hash256 {
        Hash256(of: D("sub-keys") + commitments.flatMap(\.bytes))
    }

    /// Every com_A: groups in charter order, masks ascending.
    package static func commitments(
        root: SymmetricKey, roster: Hash256, groups: [GroupShape], pseudonym: VerifyingKey
    ) -> [Hash256] {
        groups.flatMap { group in
            group.masks.map { mask in
                let key = subKey(root: root, roster: roster, group: group.name, mask: mask)
                return commitment(pseudonym: pseudonym, group: group.name, mask: mask, key: key)
            }
        }
    }

    /// x of a page or an index (`PageInputs`).
    package static func x(consent: Hash256, page: PageID, kind: String, app: String, day: Day) -> Hash256 {
        PageInputs(consent: consent, kind: kind, app: app, day: day).x(page)
    }

    /// HMAC(k_A, x), 32 bytes. Only the job may see them.
    package static func partial(key: SymmetricKey, x: Hash256) -> Bytes {
        Bytes(HMAC<SHA256>.authenticationCode(for: x.bytes, using: key))
    }

    /// F_c(x) = HKDF-SHA-256(XOR of group 1's partials ‖ … of group 2's ‖ …, info = D("F") ‖ hash(consent) ‖ x)
    ///
    /// `partials` has, for each group in charter order, one partial of 32 bytes for each mask, ascending.
    package static func combine(_ partials: [[Bytes]], consent: Hash256, x: Hash256) -> SymmetricKey {
        var material = Bytes(repeating: 0, count: partials.count * 32)
        defer { wipe(&material) }
        for (group, partials) in partials.enumerated() {
            for partial in partials {
                precondition(partial.count == 32, "a partial has 32 bytes")
                for i in 0..<32 { material[group * 32 + i] ^= partial[i] }
            }
        }
        return Derive.hkdf(SymmetricKey(data: material), info: D("F") + consent.bytes + x.bytes)
    }

    /// F_c(x) as the keyholder computes it, who knows every sub-key.
    package static func pageKey(
        root: SymmetricKey, roster: Hash256, groups: [GroupShape], consent: Hash256, x: Hash256
    ) -> SymmetricKey {
        let partials = groups.map { group in
            group.masks.map { mask in
                partial(key: subKey(root: root, roster: roster, group: group.name, mask: mask), x: x)
            }
        }
        return combine(partials, consent: consent, x: x)
    }
}
