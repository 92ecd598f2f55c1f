package import Sealing

/// All that both ends of a session have sent, in one hash:
///
///     t_0 = SHA-256(D("transcript") ‖ session ‖ SHA-256(key encapsulated to the recipient))
///     t_i = SHA-256(D("transcript") ‖ t_(i−1) ‖ SHA-256(text of the job's message i) ‖ SHA-256(partials in its answer))
///
/// The broker signs it, so it stands by every answer before, and by the key under which it sealed them.
package struct SessionTranscript: Hashable, Sendable {
    package private(set) var hash: Hash256

    private static let domain = D("transcript")

    /// `encapsulated` is the key that the broker encapsulated to the recipient.
    package init(session: Hash256, encapsulated: some Collection<UInt8>) {
        hash = Self.hash([session, Hash256(of: Array(encapsulated))])
    }

    package mutating func add(_ message: Bytes, partials: Bytes) {
        hash = Self.hash([hash, Hash256(of: message), Hash256(of: partials)])
    }

    private static func hash(_ parts: [Hash256]) -> Hash256 {
        var writer = ByteWriter(domain, room: 96)
        for part in parts { writer.append(part) }
        return Hash256(of: writer.bytes)
    }
}
