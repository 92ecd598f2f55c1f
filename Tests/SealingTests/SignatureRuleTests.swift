import CofferTestKit
import Crypto
import Testing

@testable import Sealing

/// The signature rule of Design, "Signatures", point by point: libraries differ here, and a difference forks the state.
@Suite("Rules for signatures")
struct SignatureRuleTests {
    static let seed = SymmetricKey(data: Bytes(0..<32))
    static let message = Bytes("a message".utf8)

    /// L = 2^252 + 27742317777372353535851937790883648493, little-endian.
    static let order: Bytes = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ]

    /// Every encoding of a point of small order, canonical or not.
    static let smallOrder = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ]

    private func signed() throws -> (VerifyingKey, Bytes) {
        let key = try #require(SigningKey(seed: Self.seed))
        let signature = key.signature(over: Self.message)
        #expect(key.publicKey.isValid(signature: signature, over: Self.message))
        return (key.publicKey, signature)
    }

    @Test("S is below the group's order")
    func sIsBelowL() throws {
        let (key, signature) = try signed()
        var carry = 0
        let raised = zip(signature[32...], Self.order).map { s, l in
            let sum = Int(s) + Int(l) + carry
            carry = sum >> 8
            return UInt8(sum & 255)
        }
        // The same signature modulo L, so that only the bound can refuse it.
        #expect(carry == 0)
        #expect(!key.isValid(signature: signature[..<32] + raised, over: Self.message))
    }

    @Test("R of small order is refused", arguments: smallOrder)
    func smallOrderR(_ hex: String) throws {
        let (key, signature) = try signed()
        let r = try Hex.decode(hex)
        #expect(!key.isValid(signature: r + signature[32...], over: Self.message))
        #expect(!key.isValid(signature: r + Bytes(repeating: 0, count: 32), over: Self.message))
    }

    /// A key of small order would verify anything, cofactored or with S = 0.
    @Test("A key of small order is refused", arguments: smallOrder)
    func smallOrderKey(_ hex: String) throws {
        let key = try VerifyingKey(hex: hex)
        #expect(!key.isEnrollable)
        for r in Self.smallOrder {
            let signature = try Hex.decode(r) + Bytes(repeating: 0, count: 32)
            #expect(!key.isValid(signature: signature, over: Self.message))
        }
    }

    /// y + p for y = 2 … 18 is the same point in another encoding.
    @Test("Keys are canonical")
    func keysAreCanonical() throws {
        for y in UInt8(2)...18 {
            var bytes = Bytes(repeating: 0xff, count: 32)
            bytes[0] = 0xed &+ y
            bytes[31] = 0x7f
            let key = try VerifyingKey(bytes)
            #expect(!key.isEnrollable)
            let signature = try #require(SigningKey(seed: Self.seed)).signature(over: Self.message)
            #expect(!key.isValid(signature: signature, over: Self.message))
        }
    }

    /// A good key plus a point of order two lies outside the prime-order subgroup: −(x, y) mirrored, (−x, −y).
    @Test("Keys lie in the prime-order subgroup")
    func keysLieInThePrimeOrderSubgroup() throws {
        let (key, _) = try signed()
        #expect(key.isEnrollable)
        // p − y, and the other sign of x.
        var borrow = 0
        let prime = [0xed] + Bytes(repeating: 0xff, count: 30) + [0x7f]
        var y = key.bytes
        let sign = y[31] & 0x80
        y[31] &= 0x7f
        var torsioned = zip(prime, y).map { p, y in
            let difference = Int(p) - Int(y) - borrow
            borrow = difference < 0 ? 1 : 0
            return UInt8(difference & 255)
        }
        torsioned[31] |= sign ^ 0x80
        #expect(try !VerifyingKey(torsioned).isEnrollable)
    }

    @Test("Any flipped bit is refused")
    func anyFlippedBitIsRefused() throws {
        let (key, signature) = try signed()
        for bit in 0..<512 {
            var changed = signature
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(!key.isValid(signature: changed, over: Self.message), "bit \(bit)")
        }
        for count in [0, 63, 65] {
            #expect(!key.isValid(signature: Bytes(repeating: 0, count: count), over: Self.message))
        }
    }
}
