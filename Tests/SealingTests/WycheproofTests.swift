import CofferTestKit
import Crypto
import Foundation
import Testing

@testable import Sealing

/// Wycheproof's vectors (C2SP/wycheproof), read from ../shared, against the primitives as Coffer calls them.
struct Wycheproof<Test: Decodable & Sendable>: Decodable, Sendable {
    struct PublicKey: Decodable { let pk: HexBytes }

    struct Group: Decodable {
        let publicKey: PublicKey?
        let tagSize: Int?
        let tests: [Test]
    }

    let testGroups: [Group]

    static func read(_ name: String) throws -> Self {
        let data = try #require(try SharedFiles.data("vectors/\(name)"))
        return try JSONDecoder().decode(Self.self, from: data)
    }
}

@Suite("Wycheproof", .enabled(if: SharedFiles.has("vectors/SOURCE.md"), "../shared/vectors is not there"))
struct WycheproofTests {
    struct Ed25519Test: Decodable { let tcId: Int, msg: HexBytes, sig: HexBytes, result: String }

    @Test("Ed25519 agrees with Wycheproof")
    func ed25519() throws {
        var count = 0
        for group in try Wycheproof<Ed25519Test>.read("ed25519_test.json").testGroups {
            let key = try VerifyingKey(try #require(group.publicKey).pk.bytes)
            for test in group.tests {
                let valid = key.isValid(signature: test.sig.bytes, over: test.msg.bytes)
                #expect(valid == (test.result == "valid"), "tcId \(test.tcId)")
                count += 1
            }
        }
        #expect(count > 100)
    }

    struct HKDFTest: Decodable {
        let tcId: Int, ikm: HexBytes, salt: HexBytes, info: HexBytes, size: Int, okm: HexBytes, result: String
    }

    @Test("HKDF-SHA-256 agrees with Wycheproof")
    func hkdfSHA256() throws { try hkdf("hkdf_sha256_test.json", SHA256.self) }
    @Test("HKDF-SHA-512 agrees with Wycheproof")
    func hkdfSHA512() throws { try hkdf("hkdf_sha512_test.json", SHA512.self) }

    private func hkdf<H: HashFunction>(_ file: String, _: H.Type) throws {
        for test in try Wycheproof<HKDFTest>.read(file).testGroups.flatMap(\.tests) where test.result == "valid" {
            let key = HKDF<H>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: test.ikm.bytes), salt: test.salt.bytes, info: test.info.bytes,
                outputByteCount: test.size)
            #expect(key == SymmetricKey(data: test.okm.bytes), "tcId \(test.tcId)")
            // The two halves, as chunked encryption and HPKE use them.
            let extracted = HKDF<H>.extract(
                inputKeyMaterial: SymmetricKey(data: test.ikm.bytes), salt: test.salt.bytes)
            let expanded = HKDF<H>.expand(
                pseudoRandomKey: extracted, info: test.info.bytes, outputByteCount: test.size)
            #expect(expanded == SymmetricKey(data: test.okm.bytes), "tcId \(test.tcId)")
            if H.self == SHA256.self, test.salt.bytes.isEmpty, test.size == 32 {
                #expect(
                    Derive.hkdf(SymmetricKey(data: test.ikm.bytes), info: test.info.bytes)
                        == SymmetricKey(data: test.okm.bytes))
            }
        }
    }

    struct MACTest: Decodable { let tcId: Int, key: HexBytes, msg: HexBytes, tag: HexBytes, result: String }

    @Test("HMAC-SHA-256 agrees with Wycheproof")
    func hmacSHA256() throws {
        for group in try Wycheproof<MACTest>.read("hmac_sha256_test.json").testGroups {
            let size = try #require(group.tagSize) / 8
            for test in group.tests {
                let tag = Derive.hmac(SymmetricKey(data: test.key.bytes), test.msg.bytes)
                let matches = tag.withBytes { Bytes($0.prefix(size)) } == test.tag.bytes
                #expect(matches == (test.result == "valid"), "tcId \(test.tcId)")
            }
        }
    }

    struct XDHTest: Decodable {
        let tcId: Int, `public`: HexBytes, `private`: HexBytes, shared: HexBytes, result: String
    }

    /// One half of X-Wing.
    @Test("X25519 agrees with Wycheproof")
    func x25519() throws {
        for test in try Wycheproof<XDHTest>.read("x25519_test.json").testGroups.flatMap(\.tests) {
            let secret = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: test.private.bytes)
                .sharedSecretFromKeyAgreement(with: .init(rawRepresentation: test.public.bytes))
            if test.result == "valid" { #expect(secret != nil, "tcId \(test.tcId)") }
            // "acceptable" ones may be refused, but never give another secret.
            if let secret { #expect(secret == test.shared.bytes, "tcId \(test.tcId)") }
        }
    }

    struct MLKEMTest: Decodable {
        let tcId: Int, seed: HexBytes, ek: HexBytes?, c: HexBytes, secret: HexBytes, result: String

        enum CodingKeys: String, CodingKey {
            case tcId, seed, ek, c, result
            case secret = "K"
        }
    }

    /// The other half of X-Wing.
    @Test("ML-KEM-768 agrees with Wycheproof")
    func mlkem768() throws {
        for test in try Wycheproof<MLKEMTest>.read("mlkem_768_test.json").testGroups.flatMap(\.tests) {
            let key = try? MLKEM768.PrivateKey(seedRepresentation: test.seed.bytes, publicKey: nil)
            let secret = try? key?.decapsulate(test.c.bytes)
            #expect((secret != nil) == (test.result == "valid"), "tcId \(test.tcId)")
            if let secret { #expect(secret == SymmetricKey(data: test.secret.bytes), "tcId \(test.tcId)") }
            if let key, let ek = test.ek, test.result == "valid" {
                #expect(Bytes(key.publicKey.rawRepresentation) == ek.bytes, "tcId \(test.tcId)")
            }
        }
    }
}
