package import Sealing

/// WebDataset: the picture beside `KEY.json`, members of one sample adjacent, no dots in keys. Every sample of a stream
/// has the same members.
package final class TarSamples: SampleFormat {
    private var tar: TarStream
    private let hasManifestRow: Bool
    /// The ending of pictures, and what stands for one that is missing; nil without pictures.
    private var picture: (ending: String, blank: Bytes)?

    package init(_ sink: any ByteSink, hasManifestRow: Bool = false) {
        tar = TarStream(sink)
        self.hasManifestRow = hasManifestRow
    }

    package func begin(_ pictures: Pictures) throws(CofferError) {
        guard let ending = pictures.ending else { return }
        picture = (ending, try pictures.blank)
    }

    @discardableResult
    package func write(_ sample: Sample) throws(CofferError) -> Bool {
        try add(sample.key, sample.image, sample.json(), time: sample.time)
        return true
    }

    private func add(_ key: String, _ image: Bytes?, _ json: Bytes, time: Milliseconds) throws(CofferError) {
        if let picture { try tar.add("\(key).\(picture.ending)", image ?? picture.blank, time: time) }
        try tar.add(key + ".json", json, time: time)
    }

    package func flush() throws(CofferError) { try tar.flush() }

    package var written: Manifest.Written { tar.written }

    package func close() throws(CofferError) -> Manifest.Written { tar.written }

    package func finish(_ manifest: Manifest) throws(CofferError) {
        if hasManifestRow { try add("manifest-000000", nil, manifest.row.encoded(image: nil), time: 0) }
        try tar.finish(manifest)
    }
}
