import CofferTestKit
import Files
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Sealing
import ServiceLifecycle
import Serving
import Synchronization
import Testing

/// Clients that take their answers slowly, or not at all, over real sockets.
@Suite("Unread answers", .timeLimit(.minutes(15)))
struct UnreadAnswerTests {
    /// A file that counts what is read of it. Its bytes tell their places.
    private final class CountedFile: ReadableFile {
        let count: Int
        let identity: FileIdentity? = nil
        let read = Mutex(0)

        init(count: Int) { self.count = count }

        static func bytes(_ range: Range<Int>) -> Bytes { range.map { UInt8(truncatingIfNeeded: $0 >> 8 ^ $0) } }

        func read(_ range: Range<Int>) throws(FileError) -> Bytes {
            read.withLock { $0 += range.count }
            return Self.bytes(range)
        }
    }

    /// Reads so many bytes at a time with a pause between, or nothing at all.
    private final class SlowReader: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let read = Kept()
        private let pause: TimeAmount

        init(pause: TimeAmount) { self.pause = pause }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            read.add([Array(unwrapInboundIn(data).readableBytesView)])
        }

        func channelReadComplete(context: ChannelHandlerContext) {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: pause) { bound.value.read() }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private static let request = "GET /file HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"

    private func router(_ file: CountedFile) -> Router<BasicRequestContext> {
        let router = Router.answeringFailures()
        router.get("file") { _, _ in Response.file(file, first: file.count, type: "text/plain") }
        return router
    }

    private func connect(_ server: RunningServer, _ reader: SlowReader) async throws -> any Channel {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 64 << 10)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16 << 10))
            .channelInitializer { $0.pipeline.addHandler(reader) }
            .connect(host: "127.0.0.1", port: server.port).get()
        try await channel.writeAndFlush(ByteBuffer(string: Self.request))
        return channel
    }

    @Test("Fifty clients that read nothing pin a small piece of the file each, and are cut, which is told")
    func unread() async throws {
        let file = CountedFile(count: 16 << 20)
        let log = KeptLog()
        let metrics = Metrics()
        try await RunningServer.serve(router(file), logger: log.logger(.notice, format: .text)) { run in
            run.limits.slowest = (128 << 10, .seconds(2))
            run.metrics = metrics
        } _: { server in
            var channels: [any Channel] = []
            for _ in 0..<50 { channels.append(try await connect(server, SlowReader(pause: .hours(1)))) }
            try await waitUntil("all are cut") {
                await metrics.exposition().contains("coffer_http_readers_cut_total 50\n")
            }
            // What the system keeps is bounded, too: without bounds it would take megabytes of each.
            let most = file.read.withLock { $0 } / 50
            #expect(most > 0 && most < 1 << 20, "\(most) bytes each")
            try await waitUntil("no connection is left") {
                await metrics.exposition().contains("coffer_http_connections 0\n")
            }
            for channel in channels { channel.close(promise: nil) }
        }
        #expect(log.text.components(separatedBy: ServerEvent.readersCut.rawValue).count == 2)
    }

    @Test("A slow link gets its answer, however long it takes, also while the server stops")
    func slowLink() async throws {
        let file = CountedFile(count: 2 << 20)
        try await RunningServer.serve(router(file)) { run in
            run.limits.slowest = (1 << 10, .seconds(10))
            (run.limits.idle, run.limits.greeting) = (.milliseconds(100), .seconds(60))
            run.limits.stopping = .seconds(600)
        } _: { server in
            let reader = SlowReader(pause: .milliseconds(10))
            let channel = try await connect(server, reader)
            channel.read()
            try await waitUntil("some of it has come") { reader.read.all.count > 60 }
            await server.group.triggerGracefulShutdown()
            try await channel.closeFuture.get()
            let all = reader.read.all.flatMap(\.self)
            let body = all.suffix(file.count)
            #expect(all.count > file.count && Bytes(body) == CountedFile.bytes(0..<file.count))
        }
    }

    @Test("What is asked for by HEAD is not read, and a file that was cut ends the connection, not the server")
    func heads() async throws {
        let file = CountedFile(count: 1_000)
        let router = router(file)
        router.get("cut") { _, _ in Response.file(CutFile(), first: 100_000, type: "text/plain") }
        try await RunningServer.serve(router) { server in
            func reply(_ request: String) async throws -> String {
                try await RawConnection.exchange(port: server.port) {
                    try await $0("\(request) HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
                }
            }
            let head = try await reply("HEAD /file").lowercased()
            #expect(head.contains("content-length: 1000\r\n") && head.hasSuffix("\r\n\r\n"))
            #expect(file.read.withLock { $0 } == 0)
            #expect(try await reply("GET /cut").count < 100_000)
            #expect(try await reply("GET /file").hasPrefix("HTTP/1.1 200"))
        }
    }

    private struct CutFile: ReadableFile {
        let count = 100_000
        let identity: FileIdentity? = nil

        func read(_ range: Range<Int>) throws(FileError) -> Bytes {
            guard range.upperBound < 20_000 else { throw FileError(.read, code: 5) }
            return Bytes(repeating: 0, count: range.count)
        }
    }
}
