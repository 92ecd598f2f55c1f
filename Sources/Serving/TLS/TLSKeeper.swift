import Logging
import NIOSSL
import Sealing
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Holds the certificate for new connections, and loads a renewed one at SIGHUP. Open connections keep their
/// certificate.
final class TLSKeeper: Service {
    private let files: ServerCertificate?
    private let loaded: Mutex<ServerCertificate.Loaded?>
    private let logger: Logger
    private let now: @Sendable () -> Milliseconds
    private let notice: SystemdNotice?

    /// Without files, SIGHUP is only logged; it never ends the server.
    init(
        _ files: ServerCertificate?, logger: Logger, notice: SystemdNotice? = nil,
        now: @escaping @Sendable () -> Milliseconds
    ) throws(CofferError) {
        self.files = files
        self.logger = logger
        self.now = now
        self.notice = notice
        var first: ServerCertificate.Loaded?
        if let files { first = try files.load(now: now()) }
        self.loaded = Mutex(first)
        if let first { tell(first) }
    }

    var context: NIOSSLContext? { loaded.withLock { $0?.context } }

    /// The end of the certificate, in seconds since 1970.
    var ends: Double? { loaded.withLock { $0.map { Double(Seconds($0.ends).rawValue) } } }

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            notice?.send("RELOADING=1")
            reload()
            notice?.send("READY=1")
        }
    }

    /// Reads the files again; an unusable certificate is logged and the old one stays.
    func reload() {
        guard let files else { return logger.say(.notice, .nothingToReload) }
        do throws(CofferError) {
            let next = try files.load(now: now())
            loaded.withLock { $0 = next }
            tell(next)
        } catch {
            logger.say(.error, .certificateRefused, [.code: .code(error)])
        }
    }

    private func tell(_ loaded: ServerCertificate.Loaded) {
        let days = loaded.daysLeft(at: now())
        logger.say(.notice, .certificateLoaded, [.days: .number(days)])
        if days < ServerCertificate.fewDays { logger.say(.warning, .certificateEnds, [.days: .number(days)]) }
        if loaded.isKeyReadable { logger.say(.warning, .keyIsReadable) }
    }
}
