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
        switch self {
        case .png:
            do { return try PNGImage.encode(frame) } catch { throw .cannotEncode }
        case .jpeg: return try JPEGImage.encode(frame)
        case .webp: return try WebPImage.encode(frame)
        case .raw: return PixelArray.encode(frame)
        }
    }
}
