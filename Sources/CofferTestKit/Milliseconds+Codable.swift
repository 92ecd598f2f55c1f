package import Sealing

/// Vectors and answers of servers hold times as JSON numbers.
extension Milliseconds: Codable {
    package init(from decoder: any Decoder) throws { self.init(rawValue: try UInt64(from: decoder)) }

    package func encode(to encoder: any Encoder) throws { try rawValue.encode(to: encoder) }
}
