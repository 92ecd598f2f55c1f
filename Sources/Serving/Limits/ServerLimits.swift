import HummingbirdCore
import NIOCore

/// The limits of a server for each client. Bodies have a limit per route (Design, "Routes and limits").
package struct ServerLimits: Sendable {
    /// The most open connections; further ones wait to be accepted.
    package var connections = 1_024
    /// The most bytes in all header fields of a request; more is answered with 400 and the connection ends.
    package var headerBytes = 16 << 10
    package var headerFields = 64
    /// The longest wait for a request's head.
    package var idle = Duration.seconds(60)
    /// The longest time from a request's head to the end of its body; then 408, and the connection ends.
    package var reading = Duration.seconds(30)
    /// The longest time from the end of a request's body to its answer; then 503.
    package var answering = Duration.seconds(60)
    /// The longest time from SIGTERM to the end of the process; then open requests are cut off.
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
