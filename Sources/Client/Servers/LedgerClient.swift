import FoundationEssentials
package import Ledger
package import Sealing

/// Where a statement stands in the ledger and how it was judged.
package struct Appended: Hashable, Sendable {
    package let index: UInt64
    /// The entry's time.
    package let time: Milliseconds
    /// Whether the ledger had taken the statement before; then `proof` is of the earlier entry.
    package let isDuplicate: Bool
    /// A head that holds it, cosigned by the quorum.
    package let head: SignedNote
    package let proof: [Hash256]
}

/// Speaks to a ledger's server.
package struct LedgerClient: Sendable {
    package let url: String
    private let transport: any HTTPTransport
    private let policy: CheckpointPolicy?

    /// With a policy the proof of every new entry is checked.
    package init(
        url: String, policy: CheckpointPolicy? = nil, transport: any HTTPTransport = HTTPConnection()
    ) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.policy = policy
        self.transport = transport
    }

    /// Where to follow it.
    package var source: HTTPSource { HTTPSource(url: url, transport: transport) }

    /// The signed charter that the ledger was started from.
    package func charter() async throws(CofferError) -> SignedNote {
        let body = try await transport.get(url + "/charter", atMost: HTTPLimits.note).served(by: "The ledger")
        do { return try SignedNote(parsing: body) } catch {
            throw CofferError(.tampering, "The ledger's charter is not a signed note.", rule: "charter.format")
        }
    }

    /// Logs a statement and waits until a quorum has cosigned it.
    ///
    /// A refused statement throws `.refused` with the rule and the entry; an unreachable ledger or quorum `.tryLater`.
    package func append(_ note: SignedNote) async throws(CofferError) -> Appended {
        let encoded = note.encoded
        guard encoded.count <= SignedNote.maximumCount else {
            throw CofferError(.usage, "The statement is larger than a note may be.", rule: "note.size")
        }
        let reply = try await transport.post(url + "/append", encoded, atMost: HTTPLimits.body)
        let body = try reply.served(by: "The ledger")
        guard let answer = try? JSONDecoder().decode(AppendReply.self, from: Data(body)) else {
            throw CofferError(.tampering, "The ledger's answer is not in its format.", rule: "append.format")
        }
        let appended = try appended(answer)
        if let policy, !appended.isDuplicate { try check(appended, note: encoded, policy: policy) }
        guard answer.verdict == "accepted" else {
            throw CofferError(
                .refused, HTTPReply.printable(answer.message ?? "The rules refused the statement."),
                rule: answer.rule.map(HTTPReply.printable), entry: answer.index)
        }
        return appended
    }

    private struct AppendReply: Decodable {
        let index: UInt64
        let time: Milliseconds
        let verdict: String
        let rule: String?
        let message: String?
        let checkpoint: String
        let proof: [String]
        let duplicate: Bool?
    }

    private func appended(_ reply: AppendReply) throws(CofferError) -> Appended {
        do {
            var proof: [Hash256] = []
            for hash in reply.proof.prefix(64) { proof.append(try Hash256(try Base64.decode(hash))) }
            return Appended(
                index: reply.index, time: reply.time, isDuplicate: reply.duplicate ?? false,
                head: try SignedNote(head: Array(reply.checkpoint.utf8)), proof: proof)
        } catch {
            throw CofferError(.tampering, "The ledger's answer is not in its format.", rule: "append.format")
        }
    }

    private func check(_ appended: Appended, note: Bytes, policy: CheckpointPolicy) throws(CofferError) {
        var entry = ByteWriter()
        entry.u64(appended.time)
        entry.append(note)
        guard let head = try? policy.verify(appended.head),
            Merkle.verifyInclusion(
                index: appended.index, size: head.size, leaf: Merkle.leafHash(entry.bytes), proof: appended.proof,
                root: head.root)
        else {
            throw CofferError(.tampering, "The ledger's proof does not hold the statement.", rule: "append.proof")
        }
    }
}
