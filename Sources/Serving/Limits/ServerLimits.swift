import HummingbirdCore
import NIOCore

/// What a server bears from a client. Bodies have a bound for each route (Design, "Routes and limits").
package struct ServerLimits: Sendable {
    /// Connections at once; more wait to be accepted.
    package var connections = 1_024
    /// All header fields of a request together, in bytes; beyond it 400 and the end of the connection.
    package var headerBytes = 16 << 10
    package var headerFields = 64
    /// How long a connection may go without a request's head.
    package var idle = Duration.seconds(60)
    /// From a request's head to the end of its body; then 408 and the end of the connection.
    package var reading = Duration.seconds(30)
    /// From the end of a request's body to its answer; then 503.
    package var answering = Duration.seconds(60)
    /// From SIGTERM to the end of the process; what is under way then is cut.
    package var stopping = Duration.seconds(10)

    package init() {}

    var channel: HTTP1Channel.Configuration {
        let reading = TimeAmount(reading)
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [ReadingDeadline(reading)], idleTimeout: TimeAmount(idle),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: headerBytes, maxHeaderListSize: headerBytes, maxHeaderFieldCount: headerFields))
    }
}
