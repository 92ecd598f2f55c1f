internal import FoundationEssentials
package import Sealing

/// A file of known answers in Tests/Vectors: a description, and cases with bytes as hex strings.
package struct VectorFile<Case: Codable>: Codable {
    package let description: String
    package let cases: [Case]

    package init(description: String, cases: [Case]) {
        self.description = description
        self.cases = cases
    }

    package static func read(_ name: String) throws -> Self {
        try JSONDecoder().decode(Self.self, from: Data(contentsOf: SharedFiles.vector(name)))
    }

    package func write(_ name: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: SharedFiles.vector(name), options: .atomic)
    }
}

/// Bytes that a vector file stores as hex.
package struct HexBytes: Codable, Hashable, Sendable {
    package let bytes: Bytes

    package init(_ bytes: some Sequence<UInt8>) { self.bytes = Bytes(bytes) }

    package init(from decoder: any Decoder) throws {
        self.bytes = try Hex.decode(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Hex.encode(bytes))
    }
}
