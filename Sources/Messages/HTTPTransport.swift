package import Sealing

/// A server's answer.
package struct HTTPReply: Sendable {
    package let status: Int
    package let body: Bytes

    package init(status: Int, body: Bytes) {
        self.status = status
        self.body = body
    }
}

/// The two requests that Coffer makes. Every reply is bounded in size. A request without a reply throws `.tryLater`,
/// with `isReply` false.
package protocol HTTPTransport: Sendable {
    func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply
    func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply
}

/// Bounds on bodies, in bytes (Design, "Routes and limits").
package enum HTTPLimits {
    /// Any request, and any reply except a bundle of entries.
    package static let body = 1 << 20
    /// A log's checkpoint with all cosignatures. A request for a cosignature also carries a proof.
    package static let checkpoint = 272 << 10
    /// A note, with its signatures.
    package static let note = 64 << 10
    /// 256 entries of 65,535 bytes, each with its length.
    package static let bundle = 256 * (65_535 + 2)
    /// The snapshot of a state: about 400 bytes per consent.
    package static let snapshot = 1 << 28
}
