package import Crypto
internal import FoundationEssentials

/// A recipient's public key: X-Wing (ML-KEM-768 and X25519).
package struct SealingPublicKey: Hashable, Sendable {
    /// 1,184 bytes of ML-KEM-768 ‖ 32 bytes of X25519.
    package static let count = 1216
    package let bytes: Bytes

    /// Takes exactly 1,216 bytes. `isUsable` says whether they are a good key.
    package init(_ bytes: some Collection<UInt8>) throws(FormatError) {
        guard bytes.count == Self.count else { throw .outOfBounds }
        self.bytes = Array(bytes)
    }

    /// Whether anything can be sealed to this key: every number of its ML-KEM part is below 3,329 (FIPS 203, 7.2), and
    /// its X25519 part is no point of small order.
    package var isUsable: Bool { Self.isEncapsulationKey(bytes.prefix(1_152)) && !isOfSmallOrder }

    /// Each 3 bytes hold two numbers of 12 bits, the lower one first.
    private static func isEncapsulationKey(_ bytes: ArraySlice<UInt8>) -> Bool {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: 3).allSatisfy { i in
            let (a, b, c) = (UInt16(bytes[i]), UInt16(bytes[i + 1]), UInt16(bytes[i + 2]))
            return a | (b & 15) << 8 < 3_329 && b >> 4 | c << 4 < 3_329
        }
    }

    /// X25519 ignores the highest bit. The coordinates of the points of small order are 0, 1, −1 and two others; three
    /// of them have two encodings.
    private var isOfSmallOrder: Bool {
        var u = Array(bytes.suffix(32))
        u[31] &= 0x7f
        return Self.smallOrders.contains(u)
    }

    private static let smallOrders: Set<Bytes> = {
        let zero = Bytes(repeating: 0, count: 32)
        let p = [0xed] + Bytes(repeating: 0xff, count: 30) + [0x7f]
        func with(_ first: UInt8, _ bytes: Bytes) -> Bytes { [first] + bytes.dropFirst() }
        let others: [Bytes] = [
            [
                0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda,
                0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
            ],
            [
                0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04,
                0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
            ],
        ]
        return Set([zero, with(1, zero), p, with(0xec, p), with(0xee, p)] + others)
    }()

    var kem: XWingMLKEM768X25519.PublicKey {
        get throws(SealingError) {
            do { return try XWingMLKEM768X25519.PublicKey(rawRepresentation: bytes) } catch { throw .keyUnusable }
        }
    }
}

/// The private key: a 32-byte seed and the keys expanded from it.
package struct SealingPrivateKey: Sendable {
    private let seed: SymmetricKey
    let kem: XWingMLKEM768X25519.PrivateKey
    package let publicKey: SealingPublicKey

    /// Expands a 32-byte seed (X-Wing's decapsulation key).
    package init(seed: SymmetricKey) throws(SealingError) {
        guard seed.bitCount == 256 else { throw .keyUnusable }
        do {
            var data = unsafe seed.withUnsafeBytes { unsafe Data($0) }
            defer { wipe(&data) }
            self.kem = try XWingMLKEM768X25519.PrivateKey(seedRepresentation: data, publicKey: nil)
            self.publicKey = try SealingPublicKey(kem.publicKey.rawRepresentation)
        } catch {
            throw .keyUnusable
        }
        self.seed = seed
    }

    /// A fresh random key.
    package init() throws(SealingError) { try self.init(seed: SymmetricKey(size: .bits256)) }

    /// Passes the seed, for storing the key. The pointer is valid inside the closure only.
    package func withSeed<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try unsafe seed.withUnsafeBytes { try unsafe body($0) }
    }
}
