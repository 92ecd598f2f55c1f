import Files
import Records
import Sealing

/// A picture of a recording: a PNG beside its file.
struct ImportPicture {
    /// The largest file of a picture, in bytes.
    private static let maximumCount = 64 << 20

    private let name: String
    private let place: ImportPlace
    private let bytes: Bytes

    init(_ path: String, at place: ImportPlace) throws(CofferError) {
        try self.init(path, at: place, upTo: Self.maximumCount + 1)
        guard bytes.count <= Self.maximumCount else { throw wrong("is larger than 64 MiB") }
    }

    private init(_ path: String, at place: ImportPlace, upTo count: Int) throws(CofferError) {
        name = path.split(separator: "/").last.map(String.init) ?? path
        self.place = place
        do throws(FileError) { bytes = try ForeignFile(path, follows: false).read(count) } catch {
            throw Self.wrong(name, place, error.isMissing ? "does not exist" : "is not a regular file")
        }
        if let form = Self.form(of: bytes) { throw wrong("is \(form), and only PNG is read") }
    }

    /// Its width and height, from its first bytes.
    static func size(_ path: String, at place: ImportPlace) throws(CofferError) -> (width: Int, height: Int) {
        let picture = try ImportPicture(path, at: place, upTo: 24)
        var reader = ByteReader(Array(picture.bytes.dropFirst(16)))
        guard let width = try? reader.u32(), let height = try? reader.u32(),
            ScreenFrame.isPossible(width: Int(width), height: Int(height))
        else { throw picture.wrong("is not a complete PNG of at most 40 megapixels") }
        return (Int(width), Int(height))
    }

    var hash: Hash256 { Hash256(of: bytes) }

    func frame() throws(CofferError) -> ScreenFrame {
        do throws(PNGImage.PNGError) { return try PNGImage.decode(bytes) } catch {
            throw wrong(error == .tooLarge ? "is too large" : "is not a complete PNG")
        }
    }

    /// What the file is instead of a PNG; nil for a PNG.
    private static func form(of bytes: Bytes) -> String? {
        let png: Bytes = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        if bytes.starts(with: png) { return nil }
        if bytes.isEmpty { return "empty" }
        if bytes.starts(with: [0xff, 0xd8, 0xff]) { return "a JPEG" }
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return "a WebP" }
        if bytes.starts(with: "GIF8".utf8) { return "a GIF" }
        if bytes.starts(with: "BM".utf8) { return "a BMP" }
        return "no picture"
    }

    func wrong(_ what: String) -> CofferError { Self.wrong(name, place, what) }

    private static func wrong(_ name: String, _ place: ImportPlace, _ what: String) -> CofferError {
        CofferError(
            .usage, "The picture \(ImportFile.quoted(name)) at \(place.description) \(what).", rule: "import.image",
            hint: "Nothing of the recording was imported. Save its pictures as PNG.")
    }
}
