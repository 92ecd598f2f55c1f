import Glibc
import NIOCore
import NIOSSL
package import Sealing

/// The certificate chain and the private key of a server, in PEM files.
package struct ServerCertificate: Sendable {
    package let certificate: String
    package let key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// The content of both files, after all checks.
    package struct Loaded: Sendable {
        let context: NIOSSLContext
        /// The end of the server's own certificate.
        package let ends: Milliseconds
        /// Whether users other than the owner may read the key.
        package let isKeyReadable: Bool

        package func daysLeft(at now: Milliseconds) -> UInt64 { (ends - now) / millisecondsPerDay }
    }

    /// Below this number of days the log and the doctor warn that the certificate ends.
    package static let fewDays: UInt64 = 14

    /// Reads both files, and throws if no client would accept the certificate.
    package func load(now: Milliseconds) throws(CofferError) -> Loaded {
        let chain = try certificates()
        let key = try privateKey()
        let first = chain[0]
        let (begins, ends) = (first.notValidBefore, first.notValidAfter)
        guard Milliseconds(Seconds(clamping: begins)) <= now else {
            throw CofferError(
                .configuration, "The certificate in \(certificate) is not valid yet.",
                hint: "Check this machine's clock, or wait.")
        }
        guard Milliseconds(Seconds(clamping: ends)) > now else {
            throw CofferError(
                .configuration, "The certificate in \(certificate) has expired.", hint: "Get a new certificate.")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // A client that does not answer the end of a connection does not delay the end of the server.
        configuration.shutdownTimeout = .milliseconds(500)
        let context: NIOSSLContext
        do { context = try NIOSSLContext(configuration: configuration) } catch {
            throw CofferError(
                .configuration, "The key in \(self.key) does not belong to the certificate in \(certificate).",
                hint: "Name a certificate and a key that belong together.")
        }
        return Loaded(
            context: context, ends: Milliseconds(Seconds(clamping: ends)),
            isKeyReadable: Self.isReadableByOthers(self.key))
    }

    private func certificates() throws(CofferError) -> [NIOSSLCertificate] {
        try Self.readable(certificate)
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificate), !chain.isEmpty else {
            throw CofferError(
                .configuration, "\(certificate) holds no certificates in PEM form.",
                hint: "Name the server's certificate, followed by those between it and its authority.")
        }
        return chain
    }

    private func privateKey() throws(CofferError) -> NIOSSLPrivateKey {
        try Self.readable(key)
        do { return try NIOSSLPrivateKey(file: key, format: .pem) } catch {
            throw CofferError(
                .configuration, "\(key) holds no private key in PEM form, or the key has a passphrase.",
                hint: "Name a key without a passphrase that only the server can read.")
        }
    }

    private static func readable(_ path: String) throws(CofferError) {
        guard access(path, R_OK) == 0 else {
            throw CofferError(
                .configuration, errno == ENOENT ? "There is no file \(path)." : "\(path) cannot be read.",
                hint: "Check the path and its permissions.")
        }
    }

    private static func isReadableByOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }
}
