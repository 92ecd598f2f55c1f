import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypesHTTP1

/// A server channel with the limits of `ServerLimits` and the rules of `RequestRules`.
struct BoundServerChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let base: HTTP1Channel
    private let connections: OpenConnections

    init(_ responder: @escaping HTTPChannelHandler.Responder, in connections: OpenConnections) {
        let limits = connections.limits
        self.connections = connections
        base = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: limits.headerFields)))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            let place = ConnectionPlace(in: connections)
            // The rules stand before the codec, which forgets a request's version.
            try pipeline.addHandler(RequestRules(), position: .before(codec))
            try pipeline.addHandler(ConnectionTimes(place), position: .after(codec))
            try pipeline.addHandlers([place, WriteProgress(connections)], position: .first)
            // What a client does not take is bounded here and in the system.
            let waiting = ChannelOptions.Types.WriteBufferWaterMark(
                low: ServerLimits.piece, high: ServerLimits.waiting)
            try channel.syncOptions?.setOption(.writeBufferWaterMark, value: waiting)
            try channel.syncOptions?.setOption(.socketOption(.so_sndbuf), value: .init(ServerLimits.sendBuffer))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
