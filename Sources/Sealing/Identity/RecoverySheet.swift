/// Why a recovery sheet could not be read.
package enum RecoverySheetError: Error, Equatable, Sendable {
    /// The group with this number, from 1, is mistyped.
    case group(Int)
    /// The text has this many groups instead of eighteen.
    case groups(Int)
    /// The seed could not be put into locked memory.
    case memory
}

/// The seed on paper: eighteen groups of four characters.
///
/// A group is three characters of Crockford's base32 (15 bits of the seed, the last 14 bits of the sheet being zero)
/// and a check character. With the characters as elements of GF(32) = GF(2)[a]/(a⁵ + a² + 1) and n the group's number
/// from 1,
///
///     check = a·c1 + a²·c2 + a³·c3 + n
///
/// This finds any one wrong character, any two swapped characters and any two swapped groups, and names the group.
package enum RecoverySheet {
    package static let groupCount = 18
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    package static func groups(of seed: borrowing IdentitySeed) -> [String] {
        unsafe seed.withBytes { bytes in
            (1...groupCount).map { number in
                let characters = (0..<3).map { unsafe value(of: bytes, at: (number - 1) * 15 + $0 * 5) }
                return String((characters + [check(characters, number)]).map { alphabet[$0] })
            }
        }
    }

    /// Groups may be in either case, with `O` for 0 and `I` or `L` for 1, separated by white space or hyphens.
    package static func seed(from text: String) throws(RecoverySheetError) -> IdentitySeed {
        let groups = split(text)
        guard groups.count == groupCount else { throw .groups(groups.count) }
        guard var memory = try? SecretMemory(count: IdentitySeed.count) else { throw .memory }
        for (number, group) in zip(1..., groups) {
            let characters = group.compactMap(value(of:))
            guard group.count == 4, characters.count == 4, check(Array(characters.prefix(3)), number) == characters[3]
            else { throw .group(number) }
            for (i, character) in characters.prefix(3).enumerated() {
                guard write(character, to: &memory, at: (number - 1) * 15 + i * 5) else { throw .group(number) }
            }
        }
        guard let seed = try? IdentitySeed(memory) else { throw .memory }
        return seed
    }

    /// Splits at separators, or into fours if there are no separators.
    private static func split(_ text: String) -> [Substring] {
        let groups = text.split { $0.isWhitespace || $0 == "-" }
        guard groups.count == 1, let only = groups.first, only.count == groupCount * 4 else { return groups }
        return (0..<groupCount).map { only.dropFirst($0 * 4).prefix(4) }
    }

    private static func value(of character: Character) -> Int? {
        switch character.uppercased() {
        case "O": 0
        case "I", "L": 1
        case let upper: alphabet.firstIndex { String($0) == upper }
        }
    }

    private static func check(_ characters: [Int], _ number: Int) -> Int {
        zip([2, 4, 8], characters).reduce(number) { $0 ^ product($1.0, $1.1) }
    }

    /// In GF(32).
    private static func product(_ a: Int, _ b: Int) -> Int {
        var sum = 0
        var power = a
        for bit in 0..<5 {
            if b >> bit & 1 == 1 { sum ^= power }
            power = power & 16 == 0 ? power << 1 : (power << 1) ^ 0b100101
        }
        return sum
    }

    /// Five bits, most significant first; zeros beyond the end.
    private static func value(of bytes: UnsafeRawBufferPointer, at bit: Int) -> Int {
        (bit..<bit + 5).reduce(0) { value, bit in
            unsafe value << 1 | (bit < bytes.count * 8 ? Int(bytes[bit / 8] >> (7 - bit % 8)) & 1 : 0)
        }
    }

    /// Whether all bits set lie within the seed.
    private static func write(_ value: Int, to memory: inout SecretMemory, at start: Int) -> Bool {
        unsafe memory.withMutableBytes { bytes in
            for i in 0..<5 where value >> (4 - i) & 1 == 1 {
                let bit = start + i
                guard bit < bytes.count * 8 else { return false }
                unsafe bytes[bit / 8] |= 1 << (7 - bit % 8)
            }
            return true
        }
    }
}
