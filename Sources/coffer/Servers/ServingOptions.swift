import ArgumentParser
import Files
import Foundation
import Keys
import Logging
import Sealing
import Serving

/// The options for running servers, one or several.
struct ServingOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The server's certificate and those up to its authority, in PEM: the server then speaks TLS only.",
            valueName: "file"))
    var tlsCertificate: String?

    @Option(name: .long, help: ArgumentHelp("The certificate's private key, in PEM.", valueName: "file"))
    var tlsKey: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where this machine's collector reads Prometheus figures: 127.0.0.1:PORT.", valueName: "host:port"),
        transform: ServingOptions.address)
    var metrics: ListenAddress?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How many connections one address of another machine may have. A proxy needs 1024.", valueName: "number"))
    var connectionsPerAddress = ServerLimits().connectionsOfAddress

    @Option(name: .long, help: ArgumentHelp("The lowest level that is logged on stderr.", valueName: "level"))
    var logLevel: LogLevel = .notice

    @Option(name: .long, help: ArgumentHelp("The format of a log line.", valueName: "format"))
    var logFormat: LogFormat = .text

    static func address(_ text: String) throws -> ListenAddress {
        guard let address = ListenAddress(text) else { throw ValidationError("write it as HOST:PORT") }
        return address
    }

    /// The folder of a server's own files; created if missing.
    static func folder(_ path: String) throws -> String {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CofferError(
                .configuration, "The folder \(path) cannot be made.",
                hint: "Check its parent's permissions and space.")
        }
        return path
    }

    /// A server's private key, which its owner alone can read.
    static func key(_ path: String) throws -> OrgKeyFile {
        let key = try OrgKeyFile(readingFrom: path)
        try SecretFile.requireOwnersAlone(path)
        return key
    }

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("give --tls-certificate and --tls-key together")
        }
        guard connectionsPerAddress > 0 else {
            throw ValidationError("give --connections-per-address a number above 0")
        }
    }

    var logger: Logger { .server(level: logLevel.level, format: logFormat) }

    var certificate: ServerCertificate? {
        guard let tlsCertificate, let tlsKey else { return nil }
        return ServerCertificate(certificate: tlsCertificate, key: tlsKey)
    }

    /// A server at an address. When it listens, it prints `listening URL` on stderr; with the JSON format it logs this.
    func run(
        at address: ListenAddress, metrics: Metrics, notice: SystemdNotice?,
        onListening: @escaping @Sendable () -> Void = {}
    )
        -> ServerRun
    {
        let format = logFormat
        var run = ServerRun(address: address, logger: logger) { url in
            if format == .text { Output.talk("listening \(url)") }
            onListening()
        }
        run.certificate = certificate
        run.limits.connectionsOfAddress = connectionsPerAddress
        run.metrics = metrics
        run.notice = notice
        return run
    }

    /// The listener for the metrics of these servers; nil without --metrics.
    func listener(_ metrics: [String: Metrics]) throws -> MetricsListener? {
        guard let address = self.metrics else { return nil }
        let format = logFormat
        return try MetricsListener(address: address, metrics: metrics) { url in
            if format == .text { Output.talk("metrics at \(url)/metrics") }
        }
    }
}

extension LogFormat: ExpressibleByArgument {}

enum LogLevel: String, CaseIterable, ExpressibleByArgument {
    case trace, debug, info, notice, warning, error, critical

    var level: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}
