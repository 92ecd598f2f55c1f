import NIOCore
import NIOHTTP1

/// What HTTP asks of a server that a proxy may stand before, as far as the version of a request matters (RFC 9112).
///
/// A request of HTTP/1.1 names one host, or gets 400. A client of HTTP/1.0 gets its answer, and the connection ends. A
/// client that waits for leave to send its body gets it.
final class RequestRules: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var closes = false
    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        if case .head(let head) = unwrapInboundIn(data) {
            closes = [.http0_9, .http1_0].contains(head.version)
            guard closes || Self.namesOneHost(head) else { return refuse(context) }
            if !closes, head.headers["expect"].contains(where: { $0.lowercased() == "100-continue" }) {
                let leave = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(leave)), promise: nil)
            }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard closes else { return context.write(data, promise: promise) }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            head.headers.replaceOrAdd(name: "connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            let promise = promise ?? context.eventLoop.makePromise()
            context.writeAndFlush(data, promise: promise)
            promise.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        }
    }

    private static func namesOneHost(_ head: HTTPRequestHead) -> Bool {
        let hosts = head.headers["host"]
        return hosts.count == 1 && !hosts[0].contains { $0 == "," || $0 == " " || $0 == "/" || $0 == "@" }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        isRefused = true
        let head = HTTPResponseHead(
            version: .http1_1, status: .badRequest, headers: ["connection": "close", "content-length": "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }
}
