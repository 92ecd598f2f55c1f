import Files
import Ledger
package import Rules
package import Sealing

/// Stops that are under way: signed statements to deliver and objects to delete. Stored in clear, so that they can be
/// sent while the vault is locked, until the effect of every statement stands in a followed state and the lake has none
/// of the objects.
package struct OutboxEntry: Sendable, Equatable {
    package let name: String
    package var stops: [Stop]
    package var objects: [Hash256]

    /// One stopping statement and its progress.
    package struct Stop: Sendable, Equatable {
        package let note: Bytes
        /// Note keys of brokers that signed a receipt.
        package var receipts: [VerifyingKey] = []

        /// Nil if the note is damaged.
        package var statement: Statement? {
            (try? SignedNote(parsing: note)).flatMap { try? Statement(parsing: $0.text) }
        }
    }

    package var isDone: Bool { objects.isEmpty && stops.isEmpty }

    /// Removes every stop whose effect stands in a state that was followed to a quorum's checkpoint. Nothing else
    /// removes one: neither a server's answer nor receipts.
    package mutating func settle(_ state: LedgerState) {
        stops.removeAll { stop in stop.statement.map(state.hasEffect) ?? false }
    }

    /// The size limit of an entry's file in bytes.
    static let maximumCount = 256 << 20

    package static func newName() -> String { Hex.encode((0..<8).map { _ in UInt8.random(in: 0...255) }) }

    /// An entry with only a revoke, for a machine that stores nothing.
    package init(_ revoke: RevocationCard.Signed) { self.init(notes: [revoke.note], objects: []) }

    package init(name: String = newName(), notes: [Bytes], objects: some Sequence<Hash256>) {
        self.name = name
        stops = notes.map { Stop(note: $0) }
        self.objects = Set(objects).sorted()
    }

    var encoded: Bytes {
        CanonicalJSON.object([
            .init("schema", .string("coffer.outbox.v1")),
            .init(
                "stops",
                .array(
                    stops.map { stop in
                        .object([
                            .init("note", .bytes(stop.note)), .init("receipts", .strings(stop.receipts.map(\.hex))),
                            .init("logged", .boolean(false)),
                        ])
                    })), .init("objects", .strings(objects.map(\.hex))),
        ]).encoded
    }

    init(name: String, parsing bytes: Bytes) throws(FormatError) {
        self.name = name
        var members = try CanonicalObject(parsing: bytes)
        guard try members.string("schema") == "coffer.outbox.v1" else { throw .notCanonical }
        stops = try members.objects("stops", atMost: 1 << 20) { stop throws(FormatError) in
            let note = try stop.bytes("note")
            let receipts = try stop.hashes("receipts", atMost: 64).map { VerifyingKey(hash: $0) }
            // Earlier versions wrote true when the ledger had said so. That was no proof.
            _ = try stop.boolean("logged")
            return Stop(note: note, receipts: receipts)
        }
        objects = try members.hashes("objects", atMost: 1 << 24)
        try members.finish()
    }
}

extension VaultDirectory {
    private func file(outbox name: String) -> String { "\(path)/outbox/\(name)" }

    package func outbox() throws(CofferError) -> [OutboxEntry] {
        try readAll(.outbox, atMost: OutboxEntry.maximumCount) { try OutboxEntry(name: $0, parsing: $1) }
    }

    /// Removes from the outbox whatever a followed state shows as done.
    package func settleOutbox(_ state: LedgerState) throws(CofferError) {
        for entry in try outbox() {
            var left = entry
            left.settle(state)
            if left != entry { try keep(left) }
        }
    }

    /// Stores an entry, or removes it when it is done.
    package func keep(_ entry: OutboxEntry) throws(CofferError) {
        if entry.isDone {
            try DurableFile.remove(file(outbox: entry.name))
        } else {
            try reserve.write(entry.encoded, to: file(outbox: entry.name))
        }
    }

    /// Writes a new entry, unless one of that name exists, which may have progressed further.
    package func keepNew(_ entry: OutboxEntry) throws(CofferError) {
        if !entry.isDone { try reserve.write(entry.encoded, to: file(outbox: entry.name), existing: .keep) }
    }
}
