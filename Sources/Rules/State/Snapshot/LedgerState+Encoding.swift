package import Sealing

/// A whole state as bytes. Equal states have equal bytes.
///
/// It has everything that `apply` and the readers of a state use, so a decoded state decides like a replayed one.
/// Tables are in the order of their keys, each with its `u32` count. Every optional value has a flag.
extension LedgerState {
    /// Changes whenever the format does. A snapshot of another version is not read; the log is replayed instead.
    package static let snapshotVersion: UInt32 = 4

    package func encode(into writer: inout ByteWriter) {
        switch retention {
        case .everything: writer.u8(0)
        case .needed: writer.u8(1)
        case .sinceBootstrap: writer.u8(2)
        }
        writer.lp(origin)
        writer.append(pinnedCharter)
        writer.u64(size)
        writer.milliseconds(clock)
        writer.append(history)
        encodeTerms(into: &writer)
        encodePeople(into: &writer)
        encodeGrants(into: &writer)
        encodeReleases(into: &writer)
        encodeRest(into: &writer)
    }

    private func encodeTerms(into writer: inout ByteWriter) {
        writer.table(charters) { writer, record in
            writer.append(record.hash)
            writer.lp(CanonicalJSON.object(record.terms.members).encoded)
            writer.mark(record.mark)
            writer.milliseconds(record.since)
        }
        writer.optional(pending) { writer, pending in
            writer.statement(pending.amend)
            writer.milliseconds(pending.effective)
            writer.mark(pending.mark)
        }
        writer.table(rosters.sorted { $0.key < $1.key }) { writer, roster in
            writer.append(roster.key)
            writer.table(roster.value) { writer, group in writer.lp(group.json.encoded) }
        }
        writer.optional(roster) { writer, roster in writer.append(roster) }
        writer.table(purposes.sorted { $0.key < $1.key }) { writer, record in
            writer.statement(record.value.purpose)
            writer.mark(record.value.mark)
        }
        writer.table(withdrawn.sorted { $0.key < $1.key }) { writer, record in
            writer.append(record.key)
            writer.mark(record.value)
        }
    }

    private func encodePeople(into writer: inout ByteWriter) {
        writer.table(pseudonyms.sorted { $0.key < $1.key }) { writer, record in
            writer.append(record.key.hash)
            for mark in [record.value.enrolled, record.value.dismissed, record.value.revoked] {
                writer.optional(mark) { writer, mark in writer.mark(mark) }
            }
            writer.optional(record.value.consent) { writer, consent in writer.append(consent) }
        }
        writer.table(consents.sorted { $0.key < $1.key }) { writer, record in
            let consent = record.value.consent
            writer.append(record.key)
            writer.append(consent.heading.id.bytes)
            writer.milliseconds(consent.heading.until ?? 0)
            writer.append(consent.pseudonym.hash)
            for hash in [consent.purpose, consent.rosterHash, consent.subKeys, consent.scope] { writer.append(hash) }
            writer.milliseconds(consent.window)
            writer.milliseconds(consent.expires)
            writer.mark(record.value.mark)
            writer.optional(record.value.rosterEnded) { writer, time in writer.milliseconds(time) }
        }
        let erased = erasures.sorted { ($0.key.pseudonym, $0.key.consent) < ($1.key.pseudonym, $1.key.consent) }
        writer.table(erased) { writer, record in
            writer.append(record.key.pseudonym.hash)
            writer.append(record.key.consent)
            writer.table(record.value.sorted()) { writer, id in writer.append(id.bytes) }
        }
    }

    private func encodeGrants(into writer: inout ByteWriter) {
        writer.table(grants.sorted { $0.key < $1.key }) { writer, record in
            writer.statement(record.value.grant)
            writer.mark(record.value.mark)
            writer.milliseconds(record.value.live)
        }
    }

    private func encodeRest(into writer: inout ByteWriter) {
        writer.table(outcomes.sorted { $0.key < $1.key }) { writer, record in
            writer.append(record.key)
            writer.table(record.value) { writer, mark in writer.mark(mark) }
        }
        writer.table(destructions.sorted { $0.key < $1.key }) { writer, record in
            writer.append(record.key.hash)
            writer.u64(record.value)
        }
        writer.table(halts.sorted { $0.key < $1.key }) { writer, record in
            writer.append(record.key)
            writer.mark(record.value.mark)
            writer.optional(record.value.lifted) { writer, mark in writer.mark(mark) }
        }
        writer.identities(accepted.stopping)
        writer.table(accepted.starting.sorted { $0.key < $1.key }) { writer, day in
            writer.u32(day.key)
            writer.identities(day.value)
        }
        writer.table(roles.sorted { $0.key < $1.key }) { writer, record in
            writer.append(record.key.hash)
            writer.u8(record.value.code)
        }
        writer.table(spent.sorted { $0.key < $1.key }) { writer, record in
            writer.append(record.key)
            writer.u32(record.value.day)
            writer.number(record.value.count)
        }
    }
}

extension ByteWriter {
    mutating func table<Elements: Collection>(
        _ elements: Elements, _ write: (inout ByteWriter, Elements.Element) -> Void
    ) {
        u32(UInt32(elements.count))
        for element in elements { write(&self, element) }
    }

    fileprivate mutating func optional<Value>(_ value: Value?, _ write: (inout ByteWriter, Value) -> Void) {
        u8(value == nil ? 0 : 1)
        if let value { write(&self, value) }
    }

    /// Writes a statement's note text. (Not to be confused with the `text` member of a purpose.)
    fileprivate mutating func statement(_ statement: some StatementContent) { lp(statement.text) }

    mutating func mark(_ mark: LogPosition) {
        u64(mark.index)
        milliseconds(mark.time)
    }

    fileprivate mutating func identities(_ table: PersistentMap<Hash256, UInt64>) {
        self.table(table.sorted { $0.key < $1.key }) { writer, record in
            writer.append(record.key)
            writer.u64(record.value)
        }
    }
}

extension KeyRole {
    private static let codes: [KeyRole] = [
        .ledger, .broker, .cosigner, .reviewer, .halter, .desk, .pseudonym, .job,
    ]

    var code: UInt8 { UInt8(Self.codes.firstIndex(of: self) ?? 255) }

    init(code: UInt8) throws(FormatError) {
        guard Self.codes.indices.contains(Int(code)) else { throw .outOfBounds }
        self = Self.codes[Int(code)]
    }
}
