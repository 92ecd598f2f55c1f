package import Sealing

/// Encodes times as JSON numbers, as in test vectors and servers' answers.
extension Milliseconds: Codable {
    package init(from decoder: any Decoder) throws { self.init(rawValue: try UInt64(from: decoder)) }

    package func encode(to encoder: any Encoder) throws { try rawValue.encode(to: encoder) }
}
