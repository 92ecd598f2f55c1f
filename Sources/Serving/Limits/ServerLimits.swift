import NIOCore

/// The limits of a server for each client. Bodies have a limit per route (Design, "Routes and limits").
package struct ServerLimits: Sendable {
    /// The most open connections. Then those whose clients let the server wait give way.
    package var connections = 1_024
    /// Connections beyond these, in which only stops are taken.
    package var reserve = 64
    /// The most connections of one address of another machine. A proxy needs more.
    package var connectionsOfAddress = 256
    /// How long a client may let the server wait, before it gives way to another when there is no room.
    package var patience = Duration.seconds(2)
    /// The most bytes in all header fields of a request; more is answered with 400 and the connection ends.
    package var headerBytes = 16 << 10
    package var headerFields = 64
    /// The longest wait for the head of the first request on a connection, the TLS handshake included.
    package var greeting = Duration.seconds(10)
    /// The longest wait for the head of each later request.
    package var idle = Duration.seconds(60)
    /// The longest time from a request's head to the end of its body; then 408, and the connection ends.
    package var reading = Duration.seconds(30)
    /// The longest time from the end of a request's body to its answer; then 503.
    package var answering = Duration.seconds(60)
    /// A client that takes fewer bytes of its answer in this time, although there are more, is cut off.
    package var slowest = (bytes: 128 << 10, within: Duration.seconds(30))
    /// The longest time from SIGTERM to the end of the process; then open requests are cut off.
    package var stopping = Duration.seconds(10)
    /// How many descriptors of the process the server leaves for other things than connections.
    package var otherDescriptors = 128

    /// The size of the pieces in which a file is sent.
    static let piece = 16 << 10
    /// The bytes of answers that wait in this process for a client, before the server waits for the client.
    static let waiting = 32 << 10
    /// The bytes of answers that wait in the system for a client.
    static let sendBuffer = 128 << 10
    /// What stops come by: a broker's `/stop`, and the ledger's `/append`, whose queue has room of its own for them.
    static let stops: Set<String> = ["/stop", "/append"]

    package init() {}

    /// The same limits for a process that may have so many descriptors, shared by so many servers.
    func fitting(descriptors: Int, servers: Int) -> ServerLimits {
        var fitting = self
        let most = descriptors / max(1, servers) - otherDescriptors - reserve
        fitting.connections = min(connections, max(16, most))
        return fitting
    }
}
