import CJPEG
import Sealing

/// JPEG files of screens: quality 90, and colours in full, because those of thin letters would run otherwise.
enum JPEGImage {
    private static let quality: Int32 = 90

    /// These rows as a file of their own.
    static func encode(_ rows: Range<Int>, of frame: ScreenFrame) throws(PictureForm.Failure) -> Bytes {
        guard let compressor = tjInitCompress() else { throw .cannotEncode }
        defer { tjDestroy(compressor) }
        let colours = Int32(TJSAMP_444.rawValue)
        let bound = tjBufSize(Int32(frame.width), Int32(rows.count), colours)
        guard bound > 0, bound < .max else { throw .tooLarge }
        let out = UnsafeMutablePointer<UInt8>.allocate(capacity: Int(bound))
        defer { out.deallocate() }
        var start: UnsafeMutablePointer<UInt8>? = out
        var size = bound
        let status = frame.withPixels { pixels in
            let first = pixels.bindMemory(to: UInt8.self).baseAddress.map { $0 + rows.lowerBound * frame.width * 3 }
            return tjCompress2(
                compressor, first, Int32(frame.width), 0, Int32(rows.count), Int32(TJPF_RGB.rawValue), &start, &size,
                colours,
                Self.quality, TJFLAG_NOREALLOC)
        }
        guard status == 0 else { throw .cannotEncode }
        return Bytes(UnsafeBufferPointer(start: out, count: Int(size)))
    }

    /// The file of bands that follow each other. All have the same tables. A restart marker stands between their scans,
    /// after which a reader begins as at the start of a file.
    static func file(width: Int, height: Int, _ bands: [PicturePart]) throws(PictureForm.Failure) -> Bytes {
        guard let first = bands.first, bands.count > 1 else { return bands.first?.bytes ?? [] }
        var file = try scan(of: first.bytes).head
        guard let frame = start(of: 0xc0, in: file), let header = start(of: marker.scan, in: file) else {
            throw .cannotEncode
        }
        file[frame + 5] = UInt8(height >> 8)
        file[frame + 6] = UInt8(height & 255)
        // How many blocks of eight by eight pixels come before each marker.
        let interval = (width + 7) / 8 * (TileGrid.side / 8)
        file.insert(
            contentsOf: [0xff, 0xdd, 0, 4, UInt8(interval >> 8), UInt8(interval & 255)], at: header)
        file.reserveCapacity(bands.reduce(file.count) { $0 + $1.bytes.count })
        for (number, band) in bands.enumerated() {
            if number > 0 { file += [0xff, 0xd0 | UInt8((number - 1) & 7)] }
            file += try scan(of: band.bytes).data
        }
        return file + [0xff, marker.end]
    }

    private static let marker: (scan: UInt8, end: UInt8) = (0xda, 0xd9)

    /// What comes before the data of a file's one scan, and the data.
    private static func scan(of file: Bytes) throws(PictureForm.Failure) -> (head: Bytes, data: ArraySlice<UInt8>) {
        guard let header = start(of: marker.scan, in: file), file.suffix(2).elementsEqual([0xff, marker.end]) else {
            throw .cannotEncode
        }
        let data = header + 2 + length(at: header + 2, in: file)
        guard data <= file.count - 2 else { throw .cannotEncode }
        return (Bytes(file[..<data]), file[data..<file.count - 2])
    }

    /// The place of a marker among the segments of a file.
    private static func start(of marker: UInt8, in file: Bytes) -> Int? {
        var place = 2
        while place + 4 <= file.count, file[place] == 0xff {
            if file[place + 1] == marker { return place }
            place += 2 + length(at: place + 2, in: file)
        }
        return nil
    }

    private static func length(at place: Int, in file: Bytes) -> Int { Int(file[place]) << 8 | Int(file[place + 1]) }
}
