package import Sealing

/// How a picture of a screen is written into samples.
package enum PictureForm: String, CaseIterable, Sendable {
    case png, jpeg, webp
    /// The pixels themselves, as a NumPy array.
    case raw

    package enum Failure: Error, Equatable {
        case cannotEncode
        /// The form has no pictures of this size.
        case tooLarge
    }

    /// The end of a file's name, by which loaders choose a decoder.
    package var ending: String {
        switch self {
        case .png: "png"
        case .jpeg: "jpg"
        case .webp: "webp"
        case .raw: "npy"
        }
    }

    package func encode(_ frame: ScreenFrame) throws(Failure) -> Bytes {
        var parts: [PicturePart] = []
        for rows in self.parts(ofHeight: frame.height) { parts.append(try part(rows, of: frame)) }
        return try file(width: frame.width, height: frame.height, parts)
    }

    /// The rows of each part of a picture: those of tiles, or all of them in a form whose files cannot be joined.
    package func parts(ofHeight height: Int) -> [Range<Int>] {
        switch self {
        case .png, .jpeg:
            stride(from: 0, to: height, by: TileGrid.side).map { $0..<min($0 + TileGrid.side, height) }
        case .webp, .raw: [0..<height]
        }
    }

    /// Encodes one of these parts.
    package func part(_ rows: Range<Int>, of frame: ScreenFrame) throws(Failure) -> PicturePart {
        switch self {
        case .png: do { return try PNGImage.band(rows, of: frame) } catch { throw .cannotEncode }
        case .jpeg: return PicturePart(try JPEGImage.encode(rows, of: frame))
        case .webp: return PicturePart(try WebPImage.encode(frame))
        case .raw: return PicturePart(PixelArray.encode(frame))
        }
    }

    /// The file of all parts.
    package func file(width: Int, height: Int, _ parts: [PicturePart]) throws(Failure) -> Bytes {
        switch self {
        case .png: return PNGImage.file(width: width, height: height, parts)
        case .jpeg: return try JPEGImage.file(width: width, height: height, parts)
        case .webp, .raw:
            guard let part = parts.first, parts.count == 1 else { throw .cannotEncode }
            return part.bytes
        }
    }
}
