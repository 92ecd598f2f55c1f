import Records
import Sealing

/// A frame that is being encoded, beside what else goes on. Bands that are as in the picture before are not encoded
/// again.
final class PictureWork: Sendable {
    private typealias Band = Task<Result<PicturePart, PictureForm.Failure>, Never>

    /// The bytes of its pixels, which it may hold until it is done.
    let pixelCount: Int
    /// About the bytes of its file.
    let expectedCount: Int
    private let frame: (width: Int, height: Int)
    /// When each row of tiles last changed.
    private let marks: [Int]
    /// Empty where a picture is encoded as a whole.
    private let bands: [Band]
    private let work: Task<Result<Bytes, CofferError>, Never>

    /// Begins at once. `before` is an earlier picture of the same stream.
    init(_ frame: ScreenFrame, marks: [Int], _ pictures: Pictures, form: PictureForm, before: PictureWork?) {
        pixelCount = frame.width * frame.height * 3
        expectedCount = form == .raw ? pixelCount : pixelCount / 8
        self.frame = (frame.width, frame.height)
        self.marks = marks
        let parts = form.parts(ofHeight: frame.height)
        guard pictures.scale == .whole, parts.count == marks.count else {
            bands = []
            work = Task {
                do throws(CofferError) { return .success(try pictures.encode(frame) ?? []) } catch {
                    return .failure(error)
                }
            }
            return
        }
        let earlier = before.flatMap { $0.frame == (frame.width, frame.height) ? $0 : nil }
        let bands = parts.enumerated().map { place, rows -> Band in
            if let earlier, place < earlier.bands.count, earlier.marks[place] == marks[place] {
                return earlier.bands[place]
            }
            return Task {
                do throws(PictureForm.Failure) { return .success(try form.part(rows, of: frame)) } catch {
                    return .failure(error)
                }
            }
        }
        self.bands = bands
        let (width, height) = (frame.width, frame.height)
        work = Task {
            do throws(PictureForm.Failure) {
                var done: [PicturePart] = []
                for band in bands { done.append(try await band.value.get()) }
                return .success(try form.file(width: width, height: height, done))
            } catch {
                return .failure(Pictures.failed(error, form, width: width, height: height))
            }
        }
    }

    /// Waits until it is encoded, or has failed.
    func wait() async { _ = await work.value }

    /// The file, once it is encoded.
    func file() async throws(CofferError) -> Bytes { try await work.value.get() }
}
