import FoundationEssentials
import NIOSSL
import Sealing

/// The certificate authorities that a client trusts: the system's, or only those in one PEM file.
package struct CertificateAuthorities: Hashable, Sendable {
    /// Nil for the system's authorities.
    package let file: String?

    package init(file: String?) { self.file = file }

    /// From the path in `COFFER_CA_FILE`, or the system's authorities when it is not set.
    package static let fromEnvironment = CertificateAuthorities(
        file: ProcessInfo.processInfo.environment["COFFER_CA_FILE"].flatMap { $0.isEmpty ? nil : $0 })

    /// What a server may sign its handshake with: the library's own list leaves Ed25519 out.
    private static let signatures: [SignatureAlgorithm] = [
        .ed25519, .ecdsaSecp256R1Sha256, .rsaPssRsaeSha256, .rsaPkcs1Sha256, .ecdsaSecp384R1Sha384, .rsaPssRsaeSha384,
        .rsaPkcs1Sha384, .rsaPssRsaeSha512, .rsaPkcs1Sha512,
    ]

    /// The client's TLS configuration. Throws when the file cannot be used; never falls back to the system's
    /// authorities.
    func configuration() throws(CofferError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.verifySignatureAlgorithms = Self.signatures
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
