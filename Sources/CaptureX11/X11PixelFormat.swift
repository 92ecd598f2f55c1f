import CX11

/// The pixel format of an image with 32-bit words and eight bits per colour.
struct X11PixelFormat {
    private let image: XImage
    private let shifts: (red: Int32, green: Int32, blue: Int32)

    init(_ image: XImage) throws(X11Failure) {
        guard image.bits_per_pixel == 32, image.byte_order == LSBFirst, image.data != nil,
            let red = Self.shift(of: image.red_mask), let green = Self.shift(of: image.green_mask),
            let blue = Self.shift(of: image.blue_mask)
        else { throw .pixelFormat }
        self.image = image
        self.shifts = (red, green, blue)
    }

    /// The lowest bit of a mask of eight bits.
    private static func shift(of mask: UInt) -> Int32? {
        guard mask != 0, mask >> mask.trailingZeroBitCount == 0xff else { return nil }
        return Int32(mask.trailingZeroBitCount)
    }

    /// Copies a part of the screen from the image, whose position on the screen is `origin`, to rows of RGB of this many
    /// pixels.
    func copy(_ part: Rectangle, imageAt origin: Rectangle, to target: UnsafeMutableRawPointer, rowWidth: Int) {
        guard let data = image.data else { return }
        let stride = Int(image.bytes_per_line)
        let from = UnsafeRawPointer(data) + (part.y - origin.y) * stride + (part.x - origin.x) * 4
        coffer_copy_rgb(
            from.assumingMemoryBound(to: UInt8.self), stride, target.assumingMemoryBound(to: UInt8.self),
            rowWidth * 3, Int32(part.width), Int32(part.height), shifts.red, shifts.green, shifts.blue)
    }
}
