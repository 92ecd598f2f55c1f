import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Sealing
import ServiceLifecycle
import Serving
import Synchronization

/// Lines of a log, kept.
final class KeptLog: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined() } }

    func logger(_ level: Logger.Level = .trace, format: LogFormat = .json) -> Logger {
        .server(level: level, format: format) { line in self.lines.withLock { $0.append(line) } }
    }
}

/// A server on a real socket of this machine.
struct RunningServer: Sendable {
    let url: String
    let group: ServiceGroup

    var port: Int { Int(url.split(separator: ":").last ?? "") ?? 0 }

    /// Runs `body` while the router is served, on a free port unless told, then shuts it down gracefully.
    static func serve(
        _ router: Router<BasicRequestContext>, port: Int = 0, services: [any Service] = [],
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        change: (inout ServerRun) throws -> Void = { _ in },
        _ body: @escaping @Sendable (RunningServer) async throws -> Void
    ) async throws {
        let (listening, told) = AsyncStream.makeStream(of: String.self)
        var run = ServerRun(address: ListenAddress(host: "127.0.0.1", port: port), logger: logger) { told.yield($0) }
        try change(&run)
        let group = try run.group(router, services: services)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { told.finish() }
                try await group.run()
            }
            var urls = listening.makeAsyncIterator()
            if let url = await urls.next() { try await body(RunningServer(url: url, group: group)) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

/// A connection without a client's manners: sends bytes, and reads until the server closes it.
enum RawConnection {
    /// Keeps what comes.
    private final class Reader: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let read = Kept()

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            read.add([Array(unwrapInboundIn(data).readableBytesView)])
        }

        // A reset is an end like any other.
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// What came back before the end.
    static func exchange(
        port: Int, _ body: @escaping @Sendable (@Sendable (String) async throws -> Void) async throws -> Void
    ) async throws -> String {
        let reader = Reader()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(reader) }
            .connect(host: "127.0.0.1", port: port).get()
        do {
            try await body { try await channel.writeAndFlush(ByteBuffer(string: $0)) }
        } catch is IOError {
            // The server closed it while something was being sent.
        } catch is ChannelError {
        }
        try await channel.closeFuture.get()
        return String(decoding: reader.read.all.flatMap(\.self), as: UTF8.self)
    }
}
