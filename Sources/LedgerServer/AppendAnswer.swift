package import Ledger
package import Rules
package import Sealing

/// What `POST /append` answers once a quorum has cosigned the entry.
package struct AppendAnswer: Hashable, Sendable {
    package let index: UInt64
    /// The entry's stamp.
    package let time: Milliseconds
    package let verdict: Verdict
    package let isDuplicate: Bool
    package let head: SignedNote
    package let size: UInt64
    /// Of the entry in the head's tree.
    package let proof: [Hash256]

    package var json: CanonicalJSON {
        var members: [CanonicalJSON.Member] = [
            .init("schema", .string("coffer.append.v1")), .init("index", .integer(index)),
            .init("time", .integer(time)), .init("verdict", .string(verdict.isAccepted ? "accepted" : "refused")),
        ]
        if case .refused(let refusal) = verdict {
            members += [.init("rule", .string(refusal.rule)), .init("message", .string(refusal.message))]
        }
        if isDuplicate { members.append(.init("duplicate", .boolean(true))) }
        return .object(
            members + [
                .init("size", .integer(size)),
                .init("checkpoint", .string(String(decoding: head.encoded, as: UTF8.self))),
                .init("proof", .array(proof.map { .bytes($0.bytes) })),
            ])
    }
}
