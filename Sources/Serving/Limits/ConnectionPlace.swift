import NIOCore

/// Takes a connection's place among the open ones of the server, and gives it back at the end. It stands next to the
/// socket, so that a connection that gives way ends at once, whatever waits to be written.
final class ConnectionPlace: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let connections: OpenConnections
    private var id: ConnectionTable.ID?

    init(in connections: OpenConnections) { self.connections = connections }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        id = connections.enter(from: PeerAddress(context.channel.remoteAddress)) {
            loop.execute { bound.value.close(promise: nil) }
        }
        guard id != nil else { return context.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let id { connections.leave(id) }
        id = nil
        context.fireChannelInactive()
    }

    func turn(to phase: ConnectionTable.Phase) { if let id { connections.turn(id, to: phase) } }
}
