package import Messages
package import Sealing

/// Sends requests to the desk.
package struct DeskClient: Sendable {
    package let url: String
    private let transport: any HTTPTransport

    package init(url: String, transport: any HTTPTransport = HTTPConnection()) {
        self.url = ServerURL.base(url)
        self.transport = transport
    }

    /// Sends pseudonyms to the desk, which logs those of all people together, once a day. Sending the same enrolment
    /// again is harmless.
    package func enrol(_ enrolment: Enrolment) async throws(CofferError) {
        _ = try await transport.post(url + "/enrol", enrolment.encoded, atMost: HTTPLimits.note).served(by: "The desk")
    }
}
