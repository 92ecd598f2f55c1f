package import Sealing

/// Bytes that must be in no store, and the forms in which they would be found.
package struct Canary: Hashable, Sendable {
    /// Its name for a report, which never has the bytes themselves.
    package let name: String
    package let bytes: Bytes

    package init(_ name: String, _ bytes: Bytes) {
        self.name = name
        self.bytes = bytes
    }

    package init(_ name: String, text: String) { self.init(name, Array(text.utf8)) }

    /// One way to write bytes down.
    package struct Form: Hashable, Sendable {
        package let name: String
        package let bytes: Bytes
    }

    /// Raw; as UTF-16 if the bytes are text; in base64 at each of the three alignments, in both alphabets; in hex.
    package var forms: [Form] {
        var forms = [Form(name: "raw", bytes: bytes)]
        if let text = String(validating: bytes, as: UTF8.self) {
            forms.append(Form(name: "utf-16le", bytes: text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }))
            forms.append(Form(name: "utf-16be", bytes: text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }))
        }
        for alignment in 0..<3 {
            let characters = Self.base64(bytes, after: alignment)
            forms.append(Form(name: "base64+\(alignment)", bytes: characters))
            let urlSafe = characters.map { $0 == 0x2b ? 0x2d : $0 == 0x2f ? 0x5f : $0 }
            if urlSafe != characters { forms.append(Form(name: "base64url+\(alignment)", bytes: urlSafe)) }
        }
        let hex = Hex.encode(bytes)
        forms.append(Form(name: "hex", bytes: Array(hex.utf8)))
        forms.append(Form(name: "HEX", bytes: Array(hex.uppercased().utf8)))
        return forms
    }

    /// The base64 characters that depend only on these bytes when `alignment` bytes (modulo three) are before them.
    static func base64(_ bytes: Bytes, after alignment: Int) -> Bytes {
        let characters = Array(Base64.encode(Bytes(repeating: 0, count: alignment) + bytes).utf8)
        let first = (alignment * 8 + 5) / 6
        let end = (alignment + bytes.count) * 8 / 6
        return Array(characters[first..<max(first, end)])
    }
}
