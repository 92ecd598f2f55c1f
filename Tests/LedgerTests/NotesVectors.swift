import CofferTestKit
import Crypto
import FoundationEssentials
import Sealing

@testable import Ledger

/// Facts that other logs publish, read from `../shared/notes/tlog.md`.
enum PublishedVectors {
    static let notes: String? = (try? SharedFiles.data("notes/tlog.md")).flatMap { $0 }
        .flatMap { String(validating: $0, as: UTF8.self) }

    static var areThere: Bool { notes != nil }

    /// What stands in backquotes and begins so.
    static func quoted(_ prefix: String) -> String? {
        notes?.split(separator: "`").first { $0.hasPrefix(prefix) }.map(String.init)
    }

    /// The hash in backquotes that ends so.
    static func root(endingIn suffix: String) -> Hash256? {
        notes?.split(separator: "`").first { $0.utf8.count == 44 && $0.hasSuffix(suffix) }
            .flatMap { HashLine.parse(Array($0.utf8)) }
    }

    /// A key in the form of Go's `note` package: `PRIVATE+KEY+name+id+base64(01 ‖ seed)`.
    static func goKey() -> (name: String, key: SigningKey)? {
        guard let fields = quoted("PRIVATE+KEY+example")?.split(separator: "+", maxSplits: 4), fields.count == 5,
            let blob = try? Base64.decode(String(fields[4])), blob.count == 33,
            let key = SigningKey(seed: SymmetricKey(data: blob.dropFirst()))
        else { return nil }
        return (String(fields[2]), key)
    }
}

/// A key that a word determines.
func testKey(_ word: String) throws -> SigningKey {
    guard let key = SigningKey(seed: SymmetricKey(data: Hash256(of: word.utf8).bytes)) else {
        throw FormatError.outOfBounds
    }
    return key
}

/// `record 0`, `record 1` and so on.
func records(_ count: Int) -> [Bytes] { (0..<count).map { Array("record \($0)".utf8) } }
