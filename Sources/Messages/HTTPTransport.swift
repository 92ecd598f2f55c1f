package import Sealing

/// What a server answered.
package struct HTTPReply: Sendable {
    package let status: Int
    package let body: Bytes

    package init(status: Int, body: Bytes) {
        self.status = status
        self.body = body
    }
}

/// The two requests that Coffer makes. Every reply is bounded. A request to which no reply comes throws `.tryLater`,
/// with `isReply` false.
package protocol HTTPTransport: Sendable {
    func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply
    func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply
}

/// Bounds on bodies, in bytes (Design, "Routes and limits").
package enum HTTPLimits {
    /// Any request, and any reply but a bundle of entries.
    package static let body = 1 << 20
    /// A log's head, with everybody's cosignatures; a request for one carries a proof, too.
    package static let head = 272 << 10
    /// A note, with its signatures.
    package static let note = 64 << 10
    /// 256 entries of 65,535 bytes, each with its length.
    package static let bundle = 256 * (65_535 + 2)
    /// The snapshot of a state: some 400 bytes a consent.
    package static let snapshot = 1 << 28
}
