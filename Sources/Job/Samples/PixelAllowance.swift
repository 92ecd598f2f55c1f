import Records
import Sealing

/// How many pixels one person's day may make a job write (Segment, "Bounds"). A record of 70 bytes can name a black
/// screen of 40 million pixels, so that a few kilobytes would hold up everybody's stream. What its bytes do not pay for
/// comes out of a fixed part.
package struct PixelAllowance: Sendable, Equatable {
    /// Pixels that are free: about 2,000 screens of full HD.
    static let free = 1 << 32
    /// Pixels that each byte of a screen record pays for. A tile that changes pays for itself nearly always.
    static let perByte = 512

    private var left = free

    package init() {}

    /// Pays for one record's tiles. Throws once the allowance is used up.
    mutating func pay(for tiles: TileSet, in record: Record) throws(CofferError) {
        left += record.encodedCount * Self.perByte - tiles.pixelCount
        guard left >= 0 else {
            throw CofferError(
                .tampering, "One person's screens of one day write more pixels than their size allows.",
                rule: "segment.pixels")
        }
    }
}
