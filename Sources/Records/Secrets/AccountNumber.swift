/// An International Bank Account Number (ISO 13616-1): country, check digits, and as many characters as the country's
/// have, together or in groups of four.
enum AccountNumber {
    /// The length of each country's numbers, from the registry of ISO 13616.
    private static let lengths: [String: Int] = [
        "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
        "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
        "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
        "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
        "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20,
        "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
        "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
        "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
    ]

    static func range(at start: Int, in text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        guard text.count - start >= 15, text[start].isLetter, text[start + 1].isLetter, text[start + 2].isDigit,
            text[start + 3].isDigit
        else { return nil }
        let country = [text[start].uppercased, text[start + 1].uppercased]
        guard let length = lengths[String(decoding: country, as: UTF8.self)] else { return nil }
        var characters: [UInt8] = []
        var position = start
        while position < text.count, characters.count < length {
            let byte = text[position]
            if byte.isDigit || byte.isLetter {
                characters.append(byte.uppercased)
            } else if byte != UInt8(ascii: " ") || characters.count % 4 != 0 {
                return nil
            }
            position += 1
        }
        guard characters.count == length, position == text.count || !text[position].isWord,
            remainder(characters) == 1
        else { return nil }
        return start..<position
    }

    /// ISO 7064, MOD 97-10: the first four characters go to the end, and letters count from 10.
    private static func remainder(_ characters: [UInt8]) -> Int {
        (characters[4...] + characters[..<4]).reduce(0) { sum, byte in
            byte.isDigit ? (sum * 10 + Int(byte) - 48) % 97 : (sum * 100 + Int(byte) - 55) % 97
        }
    }
}
