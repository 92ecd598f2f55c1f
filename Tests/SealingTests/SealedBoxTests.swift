import CofferTestKit
import Crypto
import Testing

@testable import Sealing

@Suite("Sealed boxes")
struct SealedBoxTests {
    @Test("A box opens to what was sealed")
    func opensWhatItSealed() throws {
        let key = try SealingPrivateKey()
        let info = HPKEInfo.storage(.segment, recipient: key.publicKey)
        for count in [0, 1, 32, 100_000] {
            let plaintext = Bytes(repeating: 7, count: count)
            let box = try SealedBox.seal(plaintext, to: key.publicKey, info: info)
            #expect(box.count == SealedBox.encapsulatedCount + count + SealedBox.tagCount)
            #expect(try SealedBox.open(box, with: key, info: info) == plaintext)
        }
        let content = SymmetricKey(size: .bits256)
        let box = try SealedBox.seal(key: content, to: key.publicKey, info: info)
        #expect(box.count == SealedBox.sealedKeyCount)
        #expect(try SealedBox.openKey(box, with: key, info: info) == content)
    }

    @Test("Any flipped bit is refused")
    func anyFlippedBitIsRefused() throws {
        let key = try SealingPrivateKey()
        let box = try SealedBox.seal(Bytes("text".utf8), to: key.publicKey, info: [])
        for offset in 0..<box.count {
            for bit in [offset % 8, 7] {
                var changed = box
                changed[offset] ^= 1 << bit
                // The top bit of the X25519 half is masked by RFC 7748, but X-Wing hashes it.
                #expect(throws: SealingError.notAuthentic) { try SealedBox.open(changed, with: key, info: []) }
            }
        }
        for count in [0, 1119, 1120, 1135] {
            #expect(throws: SealingError.malformed(.truncated)) {
                try SealedBox.open(Array(box[..<count]), with: key, info: [])
            }
        }
        #expect(throws: SealingError.notAuthentic) { try SealedBox.open(box.dropLast(), with: key, info: []) }
    }

    /// A box made for one use, statement, origin or person is good for no other.
    @Test("The info binds all its inputs")
    func infoBindsEverything() throws {
        let key = try SealingPrivateKey()
        let other = try SealingPrivateKey()
        let a = Hash256(of: [1])
        let b = Hash256(of: [2])
        var infos = HPKEInfo.StorageUse.allCases.map { HPKEInfo.storage($0, recipient: key.publicKey) }
        infos += HPKEInfo.StatementUse.allCases.map {
            HPKEInfo.statement($0, origin: "o", statement: a, recipient: key.publicKey)
        }
        infos += [
            HPKEInfo.statement(.ask, origin: "o", statement: b, recipient: key.publicKey),
            HPKEInfo.statement(.ask, origin: "p", statement: a, recipient: key.publicKey),
            HPKEInfo.statement(.ask, origin: "o", statement: a, recipient: other.publicKey),
        ]
        #expect(Set(infos).count == infos.count)
        let box = try SealedBox.seal([1], to: key.publicKey, info: infos[0])
        for info in infos.dropFirst() {
            #expect(throws: SealingError.notAuthentic) { try SealedBox.open(box, with: key, info: info) }
        }
        #expect(throws: SealingError.notAuthentic) { try SealedBox.open(box, with: other, info: infos[0]) }
    }

    @Test("Keys have one form")
    func keysHaveOneForm() throws {
        let key = try SealingPrivateKey()
        #expect(throws: FormatError.outOfBounds) { try SealingPublicKey(key.publicKey.bytes.dropLast()) }
        #expect(throws: SealingError.keyUnusable) { try SealingPrivateKey(seed: SymmetricKey(size: .bits128)) }
        // ML-KEM refuses coefficients beyond q.
        let bad = try SealingPublicKey(Bytes(repeating: 0xff, count: SealingPublicKey.count))
        #expect(throws: SealingError.keyUnusable) { try SealedBox.seal([1], to: bad, info: []) }
        let again = try key.withSeed { try SealingPrivateKey(seed: SymmetricKey(data: $0)) }
        #expect(again.publicKey == key.publicKey)
    }
}
