import Files
import Glibc
package import Rules
package import Sealing
package import Vault

/// Renews the identity. Headers are outside every hash, so they can be sealed to another key (Design, "Segments").
extension OpenVault {
    /// Checks what must be true before the identity is renewed. `now` is a time that no single clock decides, since the
    /// old identity is gone afterwards.
    ///
    /// Consents depend on pseudonyms and roots of the old seed, so all must have ended. Journals are sealed to the old
    /// key, so none may be open. Throws `.refused` with rule `key.consents` or `key.journals` otherwise.
    package func requireRenewable(state: LedgerState, now: Milliseconds) throws(CofferError) {
        guard try consents().allSatisfy({ isOver($0, state: state, now: now) }) else {
            throw CofferError(
                .refused, "You have live consents, and they are bound to the old identity.", rule: "key.consents",
                hint: "Run `coffer revoke --all`, renew the identity, then consent again.")
        }
        if let failure = try refresh(now: now).failure { throw failure }
        guard try directory.openJournals().isEmpty else {
            throw CofferError(
                .refused, "Some segments are still open.", rule: "key.journals",
                hint: "Stop the agent (`coffer capture off`), then try again.")
        }
        guard try directory.outbox().isEmpty else {
            throw CofferError(.tryLater, "Some stops are not delivered yet.", hint: "Run `coffer sync` first.")
        }
    }

    /// Makes a vault for another identity from this one, beside it, after the checks of `requireRenewable`. Returns how
    /// many segments it has.
    package func renew(as new: VaultKeys, at path: String, state: LedgerState, now: Milliseconds) throws(CofferError)
        -> Int
    {
        try requireRenewable(state: state, now: now)
        let found = try refresh(now: now)
        let next = try VaultDirectory.create(
            at: path, sealing: new.sealing.publicKey, device: try directory.deviceKey())
        for segment in found.segments {
            let id = segment.id
            let header: Bytes
            do {
                header = try SegmentOpening.reseal(
                    header: try directory.header(id), with: keys.sealing, to: new.sealing.publicKey)
            } catch {
                throw CofferError(.tampering, "Segment \(id.prefix8) does not open.", hint: "Run `coffer doctor`.")
            }
            try next.place(
                SealedSegment(header: header, body: try directory.body(id), label: try directory.label(id)),
                SegmentTimes(from: segment.from, until: segment.until, arrived: segment.arrived))
        }
        for marks in ["withheld", "elsewhere"] {
            for name in try DurableFile.names(in: "\(directory.path)/\(marks)") {
                try DurableFile.write([], to: "\(path)/\(marks)/\(name)")
            }
        }
        try directory.copyDamaged(to: next)
        // Devices that signed these segments stay certified; this device's keyholder gets its new key.
        let renewed = try OpenVault(next, keys: new)
        try renewed.certify(certificates(), now: now)
        return found.segments.count
    }

    private func isOver(_ record: KeptConsent, state: LedgerState, now: Milliseconds) -> Bool {
        state.consents[record.consent] == nil
            ? !Self.isTimely(record, now: now) : state.hasEnded(consent: record.consent, at: now)
    }
}
