import Ledger
import Messages
import Sealing

/// The ledger's client of one cosigner: submits checkpoints to `add-checkpoint`, one after the other (C2SP
/// tlog-witness).
///
/// It remembers the size that the cosigner last signed; a stale size costs a 409 and a second request.
actor CosignerClient {
    nonisolated let cosigner: Cosigner
    private let url: String
    private let transport: any HTTPTransport
    private var lastSize: SaturatingUInt64 = 0

    /// Why a cosigner gave no cosignature.
    enum CosignError: Error, Hashable, Sendable {
        /// No answer, or an unexpected status; the ledger tries again.
        case unavailable(status: Int?)
        /// The cosigner says that it signed a larger checkpoint than the ledger has. Only a checkpoint with the ledger's
        /// own signature proves that.
        case ahead(size: SaturatingUInt64)
        /// The cosigner signed another tree: the log has forked.
        case inconsistent
        /// The answer has no valid cosignature of this key.
        case badAnswer
    }

    init(_ cosigner: Cosigner, transport: any HTTPTransport) {
        self.cosigner = cosigner
        self.url = ServerURL.base(cosigner.url) + "/add-checkpoint"
        self.transport = transport
    }

    /// The cosigner's line over a committed checkpoint.
    func cosign(
        _ checkpoint: SignedNote, size: UInt64, tree: @Sendable () -> Tree<TileHashes>
    ) async throws(CosignError) -> NoteSignature {
        let size = SaturatingUInt64(rawValue: size)
        // A 409 carries the cosigner's size. The size can change once more if two checkpoints are in flight.
        for _ in 0..<3 {
            let old = min(lastSize, size)
            guard let proof = try? tree().consistencyProof(from: old.rawValue) else { throw .unavailable(status: nil) }
            let body = AddCheckpoint(oldSize: old, proof: proof, note: checkpoint).encoded
            guard let reply = try? await transport.post(url, body, atMost: HTTPLimits.checkpoint) else {
                throw .unavailable(status: nil)
            }
            switch reply.status {
            case 200:
                let line = try cosignature(in: reply.body, over: checkpoint.text)
                lastSize = size
                return line
            case 409:
                guard let known = AddCheckpoint.conflictSize(reply.body) else { throw .badAnswer }
                guard known <= size else { throw .ahead(size: known) }
                lastSize = known
            case 422: throw .inconsistent
            default: throw .unavailable(status: reply.status)
            }
        }
        throw .unavailable(status: 409)
    }

    /// This cosigner's line that verifies; lines by other keys or of other types are ignored.
    private func cosignature(in body: Bytes, over text: Bytes) throws(CosignError) -> NoteSignature {
        guard let note = try? SignedNote(checkpoint: text + [10] + body) else { throw .badAnswer }
        let key = cosigner.key
        for line in note.signatures where key.matches(line) {
            guard Cosignature.time(of: line, by: key, over: text) != nil else { throw .badAnswer }
            return line
        }
        throw .badAnswer
    }
}
