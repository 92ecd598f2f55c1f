import HummingbirdCore
import Logging
import Messages
import NIOCore
import NIOSSL
import Sealing

/// A server channel under TLS, with the certificate that is current when the connection begins.
struct TLSServerChannel<Base: ServerChildChannel>: ServerChildChannel {
    typealias Value = Base.Value
    let base: Base
    let keeper: TLSKeeper

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            guard let context = keeper.context else { throw ChannelError.operationUnsupported }
            try channel.pipeline.syncOperations.addHandler(PlainTextRefusal())
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}

extension ServerChildChannel {
    func underTLS(_ keeper: TLSKeeper) -> any ServerChildChannel { TLSServerChannel(base: self, keeper: keeper) }
}

/// Answers a plain HTTP request on a TLS port with a plain HTTP error, instead of only closing the connection.
final class PlainTextRefusal: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The first byte of every TLS connection: a handshake record.
    private static let handshake: UInt8 = 22
    private static let body =
        ErrorReply(CofferError(.usage, "This port speaks TLS: use https://.")).json.encoded + [10]

    private enum Handshake { case first, tls, refused }
    private var state = Handshake.first

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if state == .first, let byte = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) {
            state = byte == Self.handshake ? .tls : .refused
            if state == .refused { refuse(context) }
        }
        if state != .refused { context.fireChannelRead(data) }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        let checkpoint =
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
            + "content-length: \(Self.body.count)\r\n\r\n"
        let channel = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: Array(checkpoint.utf8) + Self.body))).whenComplete {
            _ in
            channel.value.close(promise: nil)
        }
    }
}
