import CofferTestKit
import Crypto
import Testing

@testable import Sealing

@Suite("Identity")
struct IdentityTests {
    @Test("All derived keys differ")
    func everythingDerivedDiffers() throws {
        let seed = try IdentitySeed()
        var keys = [
            try seed.sealingKey().withSeed { Bytes($0) }, seed.indexKey().withBytes { Bytes($0) },
            seed.consentRoot().withBytes { Bytes($0) }, seed.withBytes { Bytes($0) },
        ]
        keys += (0..<50).map { number in seed.pseudonym(number).withSeed { Bytes($0) } }
        #expect(Set(keys).count == keys.count)
        #expect((0..<50).allSatisfy { seed.pseudonym($0).publicKey.isEnrollable })
        let other = try IdentitySeed()
        #expect(other.withBytes { Bytes($0) } != keys[3])
    }

    @Test("Seeds have 32 bytes")
    func seedsHaveThirtyTwoBytes() throws {
        for count in [0, 31, 33] {
            #expect(throws: SealingError.keyUnusable) {
                _ = try IdentitySeed(SecretMemory(count: count)).withBytes { $0.count }
            }
        }
    }

    @Test("The file opens only under its passphrase")
    func theFileOpensUnderItsPassphraseOnly() throws {
        let seed = try IdentitySeed()
        let passphrase = try VectorMaking.memory(Bytes("a passphrase".utf8))
        let file = try IdentityFile.seal(seed, passphrase: passphrase)
        #expect(file.count == IdentityFile.count)
        let opened = try IdentityFile.open(file, passphrase: passphrase)
        #expect(opened.withBytes { Bytes($0) } == seed.withBytes { Bytes($0) })
        let again = try IdentityFile.seal(seed, passphrase: passphrase)
        #expect(again != file)

        let wrong = try VectorMaking.memory(Bytes("a passphrasE".utf8))
        #expect(throws: SealingError.notAuthentic) {
            _ = try IdentityFile.open(file, passphrase: wrong).withBytes { $0.count }
        }
        let empty = try VectorMaking.memory([])
        #expect(throws: SealingError.notAuthentic) {
            _ = try IdentityFile.open(file, passphrase: empty).withBytes { $0.count }
        }
    }

    /// Each byte outside the prefix costs an Argon2id, so one bit a byte in every region.
    @Test("A changed file is refused")
    func aChangedFileIsRefused() throws {
        let passphrase = try VectorMaking.memory(Bytes("a passphrase".utf8))
        let file = try IdentityFile.seal(try IdentitySeed(), passphrase: passphrase)
        let prefix = D("identity").count
        let offsets = Array(0..<prefix) + [prefix, prefix + 15, prefix + 16, prefix + 27, prefix + 28, file.count - 1]
        for offset in offsets {
            var changed = file
            changed[offset] ^= 1
            let expected: SealingError = offset < prefix ? .malformed(.notCanonical) : .notAuthentic
            #expect(throws: expected) {
                _ = try IdentityFile.open(changed, passphrase: passphrase).withBytes { $0.count }
            }
        }
        for changed in [file.dropLast(), file + [0], []] {
            #expect(throws: SealingError.malformed(.notCanonical)) {
                _ = try IdentityFile.open(changed, passphrase: passphrase).withBytes { $0.count }
            }
        }
    }
}

@Suite("Recovery sheet")
struct RecoverySheetTests {
    static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    private func restore(_ groups: [String]) throws -> Bytes {
        try RecoverySheet.seed(from: groups.joined(separator: " ")).withBytes { Bytes($0) }
    }

    private func sheet(_ generator: inout SeededGenerator) throws -> (Bytes, [String]) {
        let bytes = generator.bytes(32)
        return (bytes, RecoverySheet.groups(of: try IdentitySeed(VectorMaking.memory(bytes))))
    }

    @Test("A sheet restores the seed that it prints")
    func restoresWhatItPrinted() throws {
        var generator = SeededGenerator()
        for _ in 0..<50 {
            let (bytes, groups) = try sheet(&generator)
            #expect(groups.count == RecoverySheet.groupCount)
            #expect(groups.allSatisfy { $0.count == 4 })
            #expect(try restore(groups) == bytes, "\(generator)")
            let typed = groups.joined(separator: "-").lowercased().replacing("0", with: "o").replacing("1", with: "l")
            #expect(try RecoverySheet.seed(from: " \(typed)\n").withBytes { Bytes($0) } == bytes, "\(generator)")
            #expect(try RecoverySheet.seed(from: groups.joined()).withBytes { Bytes($0) } == bytes, "\(generator)")
        }
    }

    /// Each of the 18 × 4 × 31 single typos names its group.
    @Test("Any wrong character names its group")
    func anyWrongCharacterNamesItsGroup() throws {
        var generator = SeededGenerator()
        let (_, groups) = try sheet(&generator)
        for number in 1...groups.count {
            for position in 0..<4 {
                for character in Self.alphabet where character != Array(groups[number - 1])[position] {
                    var group = Array(groups[number - 1])
                    group[position] = character
                    var typed = groups
                    typed[number - 1] = String(group)
                    #expect(throws: RecoverySheetError.group(number), "\(generator)") { try restore(typed) }
                }
            }
        }
    }

    @Test("A swap names its group")
    func swapsNameTheirGroup() throws {
        var generator = SeededGenerator()
        for _ in 0..<20 {
            let (_, groups) = try sheet(&generator)
            for number in 1...groups.count {
                for (a, b) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
                    var group = Array(groups[number - 1])
                    guard group[a] != group[b] else { continue }
                    group.swapAt(a, b)
                    var typed = groups
                    typed[number - 1] = String(group)
                    #expect(throws: RecoverySheetError.group(number), "\(generator)") { try restore(typed) }
                }
                for other in 1..<number where groups[other - 1] != groups[number - 1] {
                    var typed = groups
                    typed.swapAt(number - 1, other - 1)
                    #expect(throws: RecoverySheetError.group(other), "\(generator)") { try restore(typed) }
                }
            }
        }
    }

    @Test("Other shapes are refused")
    func otherShapesAreRefused() throws {
        var generator = SeededGenerator()
        let (_, groups) = try sheet(&generator)
        #expect(throws: RecoverySheetError.groups(17)) { try restore(Array(groups.dropLast())) }
        #expect(throws: RecoverySheetError.groups(0)) { try restore([]) }
        for bad in ["", "012", "01234", "U000", "!000", "ÀÀÀÀ"] where !bad.isEmpty {
            var typed = groups
            typed[4] = bad
            #expect(throws: RecoverySheetError.group(5)) { try restore(typed) }
        }
        // Bits beyond the seed's last: a group with a good check but one bit too many.
        let last = RecoverySheet.groupCount
        let extra = "001" + String(Self.alphabet[8 ^ last])
        #expect(throws: RecoverySheetError.group(last)) {
            try restore(groups.dropLast() + [extra])
        }
    }
}
