/// Bytes from the system's generator.
package enum Random {
    package static func bytes(_ count: Int) -> Bytes {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
