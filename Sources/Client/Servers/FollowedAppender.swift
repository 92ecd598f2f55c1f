package import Ledger
package import Replica
package import Rules
package import Sealing

/// Appends statements, and says that one stands only once a followed state shows its effect (Design, "Stopping").
///
/// A server's answer says neither that a statement is logged nor that it was refused: anyone on the way can write it.
package struct FollowedAppender: Sendable {
    private let follower: Follower
    private let client: @Sendable (LedgerState?) -> LedgerClient

    /// `client` makes the client for the last followed state.
    package init(_ follower: Follower, client: @escaping @Sendable (LedgerState?) -> LedgerClient) {
        self.follower = follower
        self.client = client
    }

    /// A statement whose effect stands.
    package struct Standing: Sendable {
        package let state: LedgerState
        /// The statement's own entry; nil if another statement had the same effect.
        package let entry: UInt64?
        /// The entry's stamp.
        package let time: Milliseconds?
        /// Whether the effect stood before the statement was sent.
        package let isRepeated: Bool
    }

    /// Appends a statement and follows the ledger. Throws what the ledger answered, or else `.tryLater`, when the effect
    /// does not stand.
    package func append(_ note: SignedNote) async throws(CofferError) -> Standing {
        guard let statement = try? Statement(parsing: note.text) else {
            throw CofferError(.usage, "This version does not know this type of statement.", rule: "malformed")
        }
        let before = try await state()
        if let before, before.hasEffect(of: statement) {
            return try standing(note, in: before, isRepeated: true)
        }
        var failure: CofferError?
        do throws(CofferError) { _ = try await client(before).append(note) } catch { failure = error }
        let after: LedgerState
        do throws(CofferError) { after = try await follower.follow().state } catch { throw failure ?? error }
        if after.hasEffect(of: statement) { return try standing(note, in: after, isRepeated: false) }
        throw failure ?? .notShown(statement.type)
    }

    /// The newest state; the last followed one, if any, when no server can be reached.
    private func state() async throws(CofferError) -> LedgerState? {
        do throws(CofferError) { return try await follower.follow().state } catch {
            guard error.code == .tryLater else { throw error }
            return await follower.followed?.state
        }
    }

    private func standing(_ note: SignedNote, in state: LedgerState, isRepeated: Bool) throws(CofferError) -> Standing {
        let entry = state.index(of: note.hash)
        let bytes = try entry.flatMap { index throws(CofferError) in try follower.storedEntry(index) }
        return Standing(
            state: state, entry: entry, time: bytes.flatMap { try? Entry(parsing: $0).stamp }, isRepeated: isRepeated)
    }
}

extension CofferError {
    /// A ledger answered, and the log that was followed afterwards does not show what it said.
    package static func notShown(_ type: String) -> CofferError {
        CofferError(
            .tryLater, "The ledger answered, but the log that can be followed does not show the \(type).",
            rule: "append.shown",
            hint: "Run it again; repeating it is safe. If this goes on, someone may answer in the ledger's place.")
    }
}
