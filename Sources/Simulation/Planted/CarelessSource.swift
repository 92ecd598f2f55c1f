import Ledger
import Messages
import Replica
import Rules
import Sealing

/// A source for a follower that checks no handover: whatever log it serves, the old terms seem to have handed over at
/// the last entry but one.
struct CarelessSource: EntrySource {
    let source: HTTPSource
    let clock: @Sendable () -> Milliseconds

    func checkpoint() async throws(CofferError) -> Bytes { try await source.checkpoint() }

    func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
        try await source.entries(bundle: bundle, width: width)
    }

    func handover(charter: Int) async throws(CofferError) -> Bytes {
        guard charter == 0, let note = try? SignedNote(checkpoint: try await source.checkpoint()),
            let checkpoint = try? Checkpoint(parsing: note.text), checkpoint.size > 1, checkpoint.size <= 256,
            let key = Cast.terms.ledgerNoteKey(origin: Cast.origin)
        else { return try await source.handover(charter: charter) }
        var frontier = MerkleFrontier()
        for entry in try await source.entries(bundle: 0, width: Int(checkpoint.size.rawValue) - 1) {
            frontier.append(leafHash: Merkle.leafHash(entry))
        }
        let text = Checkpoint(
            origin: Cast.origin, size: SaturatingUInt64(rawValue: frontier.size), root: frontier.root
        ).text
        guard var handover = try? SignedNote(text: text, signatures: [key.sign(text, with: Cast.key(Cast.ledger))])
        else { return try await source.handover(charter: charter) }
        for name in Cast.cosigners { handover.add(Cast.cosignature(text, by: name, at: clock())) }
        return handover.encoded
    }
}

/// The network of a ledger that asks nobody: a cosigner that knows more than this ledger seems to have signed.
struct CarelessLedgerLink: HTTPTransport {
    let link: Link
    let clock: @Sendable () -> Milliseconds

    func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        HTTPReply(status: 404, body: [])
    }

    func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        let reply = try await link.post(url, body, atMost: limit)
        guard reply.status == 409, let known = AddCheckpoint.conflictSize(reply.body),
            let request = try? AddCheckpoint(parsing: body),
            let checkpoint = try? Checkpoint(parsing: request.note.text), known > checkpoint.size,
            let name = Cast.cosigner(at: url)
        else { return reply }
        let line = Cast.cosignature(request.note.text, by: name, at: clock())
        return HTTPReply(status: 200, body: line.encoded)
    }
}

extension Cast {
    /// The line of a cosigner that was not asked.
    static func cosignature(_ text: Bytes, by name: String, at time: Milliseconds) -> NoteSignature {
        Cosignature.make(
            text, by: NoteKey(cosigner: publicKey(name)), with: key(name), time: max(1, Seconds(time)))
    }

    /// The cosigner whose server has this URL.
    static func cosigner(at url: String) -> String? {
        cosigners.first { name in
            let machine = name.hasPrefix("cosigner ") ? String(name.dropFirst("cosigner ".count)) : name
            return url.hasPrefix(Self.url(machine) + "/")
        }
    }
}
