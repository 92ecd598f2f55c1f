import CJPEG
import Records
import Sealing
import Testing

@testable import Job

/// Pictures are encoded beside each other, in bands that serve again, and leave in order.
@Suite("Pictures of samples")
struct PictureWorkTests {
    private let desk = Desk()

    /// A frame whose bands of 64 rows have these greys.
    private func frame(_ greys: [UInt8], width: Int = 70) throws -> ScreenFrame {
        try ScreenFrame(width: width, height: greys.count * 64 - 10) { pixels in
            for i in pixels.indices { pixels[i] = greys[i / (width * 3) / 64] &+ UInt8(i % 7) }
        }
    }

    @Test("A band serves again exactly when it has not changed since", arguments: [PictureForm.png, .jpeg])
    func reused(_ form: PictureForm) async throws {
        let pictures = Pictures(form)
        let (first, second) = (try frame([1, 2, 3]), try frame([1, 9, 3]))
        let work = PictureWork(first, marks: [1, 1, 1], pictures, form: form, before: nil)
        let next = PictureWork(second, marks: [1, 2, 1], pictures, form: form, before: work)
        #expect(try await work.file() == form.encode(first))
        #expect(try await next.file() == form.encode(second))
        // Where no band is said to have changed, none is encoded.
        let same = PictureWork(second, marks: [1, 1, 1], pictures, form: form, before: work)
        #expect(try await same.file() == form.encode(first))
        // Another size has nothing to use again.
        let wider = try frame([1, 2, 3], width: 71)
        let other = PictureWork(wider, marks: [1, 1, 1], pictures, form: form, before: work)
        #expect(try await other.file() == form.encode(wider))
    }

    @Test("A smaller picture, a NumPy array and WebP are encoded whole", arguments: PictureForm.allCases)
    func whole(_ form: PictureForm) async throws {
        let (first, second) = (try frame([1, 2, 3]), try frame([1, 9, 3]))
        for scale in ["0.5", "1"] {
            let pictures = Pictures(form, scale: try #require(PictureScale(scale)))
            let work = PictureWork(first, marks: [1, 1, 1], pictures, form: form, before: nil)
            let next = PictureWork(second, marks: [1, 2, 1], pictures, form: form, before: work)
            #expect(try await next.file() == pictures.encode(second))
            #expect(try await work.file() == pictures.encode(first))
        }
    }

    @Test("A JPEG of bands has the pixels of one that is encoded at once")
    func jpeg() throws {
        let frame = try frame([10, 80, 200, 40, 90, 7, 1, 2, 3, 4, 5], width: 133)
        let whole = try JPEG.pixels(JPEG.encoded(frame), width: frame.width, height: frame.height)
        #expect(try JPEG.pixels(PictureForm.jpeg.encode(frame), width: frame.width, height: frame.height) == whole)
    }

    /// The samples of a day of frames, each followed by a key.
    private func samples(
        _ frames: [ScreenFrame], _ pictures: Pictures, emit: (Sample) throws(CofferError) -> Void
    ) async throws(CofferError) {
        let name: AppName
        var encoder = TileEncoder()
        var records: [(Kind, Record)] = []
        do {
            name = try AppName("code")
            for (number, frame) in frames.enumerated() {
                guard let tiles = try encoder.encode(frame) else { continue }
                let time = Milliseconds(clamping: number * 20_000)
                records.append((.screen, RecordContent.screen(tiles).record(at: desk.at(time))))
                records += desk.tap("Return", at: time + 500).map { (.keys, $0) }
            }
        } catch {
            throw CofferError(.bug, "The frames cannot be recorded.")
        }
        var sampler = Sampler(
            stream: .init(origin: "o", grant: 1, purpose: .zero), subjects: Subjects(job: SigningKey(), grant: .zero),
            pseudonym: SigningKey().publicKey, device: 1, pictures: pictures)
        var ready = ReadySamples()
        for (index, (kind, record)) in records.enumerated() {
            let source = SegmentSource(kind: kind, app: name, page: .zero, body: .zero, release: 1)
            let done = try sampler.take(TimedRecord(record: record, source: source, index: index))
            try await ready.add(done, sampler.takeBegun(), emit: emit)
        }
        let last = try sampler.finish()
        try await ready.add(last, sampler.takeBegun(), emit: emit)
        try await ready.finish(emit: emit)
    }

    @Test("Frames leave in their order, each as it was, with more of them than may be under way")
    func order() async throws {
        let frames = try (0..<12).map { number in
            try frame([UInt8(number), 7, UInt8(number / 2), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], width: 1500)
        }
        var images: [Bytes] = []
        try await samples(frames, .png) { sample throws(CofferError) in images.append(sample.image ?? []) }
        #expect(try images.map { try PNGImage.decode($0) } == frames)
    }

    @Test("A picture that cannot be encoded ends the stream at its sample, after those before it")
    func failing() async throws {
        // WebP has at most 16,383 pixels a side.
        let frames = [try frame([1, 2], width: 80), try ScreenFrame(width: ScreenFrame.maximumSide, height: 1)]
        var count = 0
        let error = await #expect(throws: CofferError.self) {
            try await samples(frames, Pictures(.webp)) { _ throws(CofferError) in count += 1 }
        }
        #expect(error?.code == .usage && count == 1)
    }
}

/// JPEG by the library, at once and back.
private enum JPEG {
    struct Failed: Error {}

    static func encoded(_ frame: ScreenFrame) throws -> Bytes {
        guard let compressor = tjInitCompress() else { throw Failed() }
        defer { tjDestroy(compressor) }
        var start: UnsafeMutablePointer<UInt8>?
        var size: UInt = 0
        let status = frame.withPixels { pixels in
            tjCompress2(
                compressor, pixels.bindMemory(to: UInt8.self).baseAddress, Int32(frame.width), 0, Int32(frame.height),
                Int32(TJPF_RGB.rawValue), &start, &size, Int32(TJSAMP_444.rawValue), 90, 0)
        }
        guard status == 0, let start else { throw Failed() }
        defer { tjFree(start) }
        return Bytes(UnsafeBufferPointer(start: start, count: Int(size)))
    }

    static func pixels(_ file: Bytes, width: Int, height: Int) throws -> Bytes {
        guard let decompressor = tjInitDecompress() else { throw Failed() }
        defer { tjDestroy(decompressor) }
        var pixels = Bytes(repeating: 0, count: width * height * 3)
        let status = tjDecompress2(
            decompressor, file, UInt(file.count), &pixels, Int32(width), 0, Int32(height), Int32(TJPF_RGB.rawValue), 0)
        // A warning is a failure, too.
        guard status == 0 else { throw Failed() }
        return pixels
    }
}
