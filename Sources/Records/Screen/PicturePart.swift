import Sealing

/// A band of a picture, encoded on its own: bands are encoded beside each other, and one whose pixels stay the same
/// serves the next picture, too.
package struct PicturePart: Sendable {
    let bytes: Bytes
    /// Of PNG alone: the checksum of what was compressed, and how many bytes that were.
    let checksum: UInt32
    let pixels: Int

    init(_ bytes: Bytes, checksum: UInt32 = 1, pixels: Int = 0) {
        self.bytes = bytes
        self.checksum = checksum
        self.pixels = pixels
    }
}
