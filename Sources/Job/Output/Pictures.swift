package import Records
import Sealing

/// Which pictures the samples of a stream have. Either every sample of a stream has one, or none: loaders want the same
/// members in each.
package struct Pictures: Hashable, Sendable {
    /// Nil for none.
    package let form: PictureForm?
    package let scale: PictureScale

    package static let none = Pictures(nil)
    package static let png = Pictures(.png)

    package init(_ form: PictureForm?, scale: PictureScale = .whole) {
        self.form = form
        self.scale = scale
    }

    /// The end of the names of their files; nil without pictures.
    var ending: String? { form?.ending }

    /// The frame as a picture, in the stream's size; nil in a stream without pictures.
    func encode(_ frame: ScreenFrame) throws(CofferError) -> Bytes? {
        guard let form else { return nil }
        do throws(PictureForm.Failure) { return try form.encode(try scale.apply(to: frame)) } catch {
            throw Self.failed(error, form, width: frame.width, height: frame.height)
        }
    }

    /// Why a frame has no picture.
    static func failed(
        _ failure: PictureForm.Failure, _ form: PictureForm, width: Int, height: Int
    ) -> CofferError {
        guard failure == .tooLarge else { return CofferError(.bug, "A screen frame could not be encoded.") }
        return CofferError(
            .usage, "A screen of \(width) × \(height) pixels is too large for \(form.rawValue).",
            hint: "Use --images png, or make the pictures smaller with --scale.")
    }

    /// What stands for the picture of a sample that has none: one black pixel.
    var blank: Bytes {
        get throws(CofferError) {
            guard let frame = try? ScreenFrame(width: 1, height: 1) else {
                throw CofferError(.bug, "A screen of one pixel is not possible.")
            }
            return try Pictures(form).encode(frame) ?? []
        }
    }
}
