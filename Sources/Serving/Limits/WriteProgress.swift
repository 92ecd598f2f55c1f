import NIOCore

/// Cuts off a client that does not take its answer. Only progress counts: a slow link gets its answer, however large it is.
///
/// In each span of time a client takes at least the bytes of `ServerLimits.slowest`, or all that waited at the span's
/// start. A connection that is closed first gets what waits; at a shutdown only for `ServerLimits.stopping`.
final class WriteProgress: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let connections: OpenConnections
    /// All bytes that the connection was given to send, modulo 2^64; only differences matter.
    private var given: UInt64 = 0
    /// The span under way: what the client had taken, and what it had been given, at its start.
    private var span: (taken: UInt64, given: UInt64)?
    private var timer: Scheduled<Void>?
    private var isCut = false

    init(_ connections: OpenConnections) { self.connections = connections }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        given &+= UInt64(unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        if span == nil { begin(context) }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, !isCut, waiting(context) > 0 else { return context.close(mode: mode, promise: promise) }
        let sent = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        sent.futureResult.whenComplete { _ in bound.value.close(promise: promise) }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: sent)
        if span == nil { begin(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: TimeAmount(connections.limits.stopping)) {
                if bound.value.context.channel.isActive { bound.value.handler.end(bound.value.context) }
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    private func waiting(_ context: ChannelHandlerContext) -> UInt64 {
        let bytes = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
        return UInt64(bytes ?? 0)
    }

    /// Begins a span, if bytes wait.
    private func begin(_ context: ChannelHandlerContext) {
        let waiting = waiting(context)
        guard waiting > 0 else { return span = nil }
        span = (given &- waiting, given)
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: TimeAmount(connections.limits.slowest.within)) {
            bound.value.handler.judge(bound.value.context)
        }
    }

    private func judge(_ context: ChannelHandlerContext) {
        guard let span, context.channel.isActive else { return }
        let taken = given &- waiting(context) &- span.taken
        if taken >= UInt64(connections.limits.slowest.bytes) || taken >= span.given &- span.taken {
            begin(context)
        } else {
            connections.cutReader()
            end(context)
        }
    }

    private func end(_ context: ChannelHandlerContext) {
        isCut = true
        context.close(promise: nil)
    }
}
