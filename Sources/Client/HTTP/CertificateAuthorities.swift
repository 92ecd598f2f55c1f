import FoundationEssentials
import NIOSSL
import Sealing

/// Whose certificates a client takes: the system's authorities, or those in one PEM file and no others.
package struct CertificateAuthorities: Hashable, Sendable {
    /// Nil for the system's.
    package let file: String?

    package init(file: String?) { self.file = file }

    /// By the path in `COFFER_CA_FILE`, if there is one.
    package static let fromEnvironment = CertificateAuthorities(
        file: ProcessInfo.processInfo.environment["COFFER_CA_FILE"].flatMap { $0.isEmpty ? nil : $0 })

    /// How a client of them verifies. A file that cannot be used is an error, never the system's authorities instead.
    func configuration() throws(CofferError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        guard let file else { return configuration }
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty else {
            throw CofferError(
                .configuration, "The file that COFFER_CA_FILE names, \(file), holds no certificates in PEM form.",
                hint: "Name your authority's certificate, or unset COFFER_CA_FILE to use the system's authorities.")
        }
        configuration.trustRoots = .certificates(certificates)
        return configuration
    }
}
