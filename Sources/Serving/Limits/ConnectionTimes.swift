import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends a connection whose client lets the server wait too long, and tells `ConnectionPlace` what is awaited.
final class ConnectionTimes: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let place: ConnectionPlace
    private var connections: OpenConnections { place.connections }
    private var limits: ServerLimits { connections.limits }

    /// When the client must have sent what is awaited; nil while nothing is.
    private var deadline: NIODeadline?
    private var timer: (task: Scheduled<Void>, at: NIODeadline)?
    /// Whether each request without a whole answer may bring a stop; the oldest first.
    private var requests: [Bool] = []
    /// Whether the newest request's body has not ended.
    private var isReading = false
    private var isAnswering = false
    private var isRefused = false

    init(_ place: ConnectionPlace) { self.place = place }

    func channelActive(context: ChannelHandlerContext) {
        expect(within: limits.greeting, context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            let mayStop = head.method == .post && ServerLimits.stops.contains(head.path ?? "")
            guard connections.begin(mayStop: mayStop) else { return refuse(context) }
            requests.append(mayStop)
            (isReading, isAnswering, deadline) = (true, false, nil)
            place.turn(to: .asking)
        case .body: break
        case .end:
            (isReading, deadline) = (false, nil)
            place.turn(to: .served)
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Most requests are whole by now and need no timer.
        if isReading, deadline == nil { expect(within: limits.reading, context) }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head:
            isAnswering = true
            if !isReading { place.turn(to: .taking) }
            context.write(data, promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            let written = promise ?? context.eventLoop.makePromise()
            let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
            written.futureResult.whenComplete { _ in bound.value.handler.answered(bound.value.context) }
            context.write(data, promise: written)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        forget()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { forget() }

    private func forget() {
        timer?.task.cancel()
        timer = nil
        for mayStop in requests { connections.finish(mayStop: mayStop) }
        requests = []
    }

    /// The client has a whole answer.
    private func answered(_ context: ChannelHandlerContext) {
        guard !requests.isEmpty else { return }
        connections.finish(mayStop: requests.removeFirst())
        guard !isReading else { return place.turn(to: .asking) }
        place.turn(to: requests.isEmpty ? .silent : .served)
        if requests.isEmpty { expect(within: limits.idle, context) }
    }

    private func expect(within time: Duration, _ context: ChannelHandlerContext) {
        let end = context.eventLoop.now + TimeAmount(time)
        deadline = end
        // A timer that ends earlier looks again.
        if let timer, timer.at <= end { return }
        schedule(end, context)
    }

    private func schedule(_ end: NIODeadline, _ context: ChannelHandlerContext) {
        timer?.task.cancel()
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: end) { bound.value.handler.look(bound.value.context) }
        timer = (task, end)
    }

    private func look(_ context: ChannelHandlerContext) {
        timer = nil
        guard let deadline else { return }
        guard deadline <= context.eventLoop.now else { return schedule(deadline, context) }
        self.deadline = nil
        if isReading, !isAnswering { answer(.requestTimeout, context) }
        context.close(promise: nil)
    }

    /// Refuses a request, since only stops have room.
    private func refuse(_ context: ChannelHandlerContext) {
        isRefused = true
        answer(.serviceUnavailable, context)
        context.close(promise: nil)
    }

    private func answer(_ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        var fields: HTTPFields = [.connection: "close", .contentLength: "0"]
        if status == .serviceUnavailable { fields[.retryAfter] = "5" }
        context.write(wrapOutboundOut(.head(HTTPResponse(status: status, headerFields: fields))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
