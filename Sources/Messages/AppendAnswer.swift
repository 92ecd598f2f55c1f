import FoundationEssentials
package import Ledger
package import Rules
package import Sealing

/// The answer to `POST /append` once a quorum has cosigned the entry: the statement's place in the ledger and its
/// verdict. `coffer.append.v1`.
///
/// {schema, index, time, verdict, rule?, message?, duplicate?, size, checkpoint, proof}
package struct AppendAnswer: Hashable, Sendable {
    package let index: SaturatingUInt64
    /// The entry's stamp.
    package let time: Milliseconds
    package let verdict: Verdict
    /// Whether the ledger already had the statement; then `proof` is for the earlier entry.
    package let isDuplicate: Bool
    /// A checkpoint that covers the entry, cosigned by the quorum.
    package let checkpoint: SignedNote
    package let size: SaturatingUInt64
    /// The inclusion proof of the entry in the checkpoint's tree.
    package let proof: [Hash256]

    package init(
        index: SaturatingUInt64, time: Milliseconds, verdict: Verdict, isDuplicate: Bool, checkpoint: SignedNote,
        size: SaturatingUInt64, proof: [Hash256]
    ) {
        self.index = index
        self.time = time
        self.verdict = verdict
        self.isDuplicate = isDuplicate
        self.checkpoint = checkpoint
        self.size = size
        self.proof = proof
    }

    package var json: CanonicalJSON {
        var members: [CanonicalJSON.Member] = [
            .init("schema", .string("coffer.append.v1")), .init("index", .number(index)),
            .init("time", .milliseconds(time)), .init("verdict", .string(verdict.isAccepted ? "accepted" : "refused")),
        ]
        if case .refused(let refusal) = verdict {
            members += [.init("rule", .string(refusal.rule)), .init("message", .string(refusal.message))]
        }
        if isDuplicate { members.append(.init("duplicate", .boolean(true))) }
        return .object(
            members + [
                .init("size", .number(size)),
                .init("checkpoint", .string(String(decoding: checkpoint.encoded, as: UTF8.self))),
                .init("proof", .array(proof.map { .bytes($0.bytes) })),
            ])
    }

    /// Parses the answer about this statement from JSON with these members. Other members are ignored.
    package init(parsing bytes: Bytes, about statement: Hash256) throws(FormatError) {
        guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(bytes)),
            let checkpoint = try? SignedNote(checkpoint: Array(reply.checkpoint.utf8))
        else { throw .notCanonical }
        switch (reply.verdict, reply.rule, reply.message) {
        case ("accepted", _, _): self.verdict = .accepted(statement)
        case ("refused", .some(let rule), .some(let message)): self.verdict = .refused(Refusal(rule, message))
        default: throw .notCanonical
        }
        var proof: [Hash256] = []
        for hash in reply.proof.prefix(64) { proof.append(try Hash256(try Base64.decode(hash))) }
        self.index = SaturatingUInt64(rawValue: reply.index)
        self.time = Milliseconds(rawValue: reply.time)
        self.isDuplicate = reply.duplicate ?? false
        self.checkpoint = checkpoint
        self.size = SaturatingUInt64(rawValue: reply.size)
        self.proof = proof
    }

    private struct Reply: Decodable {
        let index: UInt64
        let time: UInt64
        let verdict: String
        let rule: String?
        let message: String?
        let duplicate: Bool?
        let size: UInt64
        let checkpoint: String
        let proof: [String]
    }
}

/// Takes statements for the log: a ledger's server, or a test's own log.
package protocol LedgerAppender: Sendable {
    /// Logs a statement and waits until a quorum has cosigned it.
    ///
    /// A statement that the rules refuse throws `.refused` with the rule and the entry; a ledger or quorum that cannot
    /// be reached throws `.tryLater`. None of these is proof: only a followed state shows what a statement has done.
    func append(_ note: SignedNote) async throws(CofferError) -> AppendAnswer
}
