import Sealing

/// The encoding of paths and queries that is signed: every byte but unreserved characters as `%` and two digits.
enum URIEncoding {
    /// Slashes stay.
    static func path(_ text: String) -> String { encoded(text, keeping: UInt8(ascii: "/")) }

    /// Names and values, in the order of their encoded forms.
    static func query(_ pairs: [(name: String, value: String)]) -> String {
        pairs.map { (encoded($0.name), encoded($0.value)) }.sorted { $0 < $1 }.map { "\($0)=\($1)" }
            .joined(separator: "&")
    }

    private static func encoded(_ text: String, keeping kept: UInt8? = nil) -> String {
        var bytes = Bytes()
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), kept:
                bytes.append(byte)
            default: bytes += "%\(Hex.encode([byte]).uppercased())".utf8
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
