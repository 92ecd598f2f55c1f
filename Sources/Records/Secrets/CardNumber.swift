/// The number of a payment card: 13 to 19 digits in the groups in which they are written, with an issuer's first digits
/// and a last one by the Luhn formula (ISO/IEC 7812-1, annex B).
enum CardNumber {
    static func range(at start: Int, in text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        guard (UInt8(ascii: "2")...UInt8(ascii: "6")).contains(text[start]) else { return nil }
        var digits: [UInt8] = []
        var groups = [0]
        var separator: UInt8?
        var best: Int?
        var position = start
        while position < text.count, digits.count < 19 {
            let byte = text[position]
            if byte.isDigit {
                digits.append(byte - 48)
                groups[groups.count - 1] += 1
                position += 1
                if isEnd(position, in: text), isCard(digits, groups) { best = position }
            } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-"), separator ?? byte == byte,
                position + 1 < text.count, text[position + 1].isDigit
            {
                separator = byte
                groups.append(0)
                position += 1
            } else {
                break
            }
        }
        return best.map { start..<$0 }
    }

    /// Whether a number may end here: no word goes on, nor the fraction of a decimal number.
    private static func isEnd(_ position: Int, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard position < text.count else { return true }
        if text[position] == UInt8(ascii: "."), position + 1 < text.count { return !text[position + 1].isDigit }
        return !text[position].isWord
    }

    private static func isCard(_ digits: [UInt8], _ groups: [Int]) -> Bool {
        guard isIssued(digits), luhn(digits) else { return false }
        return groups.count == 1 || groups == [4, 6, 5] || groups == [4, 6, 4]
            || groups.dropLast().allSatisfy { $0 == 4 } && groups.last.map { (1...4).contains($0) } == true
    }

    /// Whether an issuer gives numbers with these first digits in this length.
    private static func isIssued(_ digits: [UInt8]) -> Bool {
        guard digits.count >= 13 else { return false }
        let first = digits.prefix(4).reduce(0) { $0 * 10 + Int($1) }
        return switch first {
        case 4000...4999: [13, 16, 19].contains(digits.count)
        case 5100...5599, 2221...2720: digits.count == 16
        case 3400...3499, 3700...3799: digits.count == 15
        case 3000...3059, 3600...3699, 3800...3999: digits.count == 14
        case 3528...3589, 6200...6299, 6011, 6440...6599: digits.count >= 16
        case 5000...5099, 5600...5899, 6000...6099, 6300...6399, 6700...6799, 2200...2204: digits.count >= 16
        default: false
        }
    }

    private static func luhn(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let value = Int(digit) << (place & 1)
            sum += value > 9 ? value - 9 : value
        }
        return sum % 10 == 0
    }
}
