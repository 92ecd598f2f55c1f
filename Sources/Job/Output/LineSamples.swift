package import Sealing

/// One sample per line, with its image in base64 as the last member.
///
/// The end of the last line is held back, so that a stream that fails does not end with a complete line.
package final class LineSamples: SampleFormat {
    private var output: HeldOutput
    private let hasManifestRow: Bool
    private var hasImages = false

    package init(_ sink: any ByteSink, hasManifestRow: Bool = false) {
        output = HeldOutput(sink, keeping: 2)
        self.hasManifestRow = hasManifestRow
    }

    package func begin(_ pictures: Pictures) { hasImages = pictures.form != nil }

    @discardableResult
    package func write(_ sample: Sample) throws(CofferError) -> Bool {
        try output.write(sample.json(embeddingImage: hasImages) + [UInt8(ascii: "\n")])
        return true
    }

    package func flush() throws(CofferError) { try output.flush() }

    package var written: Manifest.Written { output.written }

    package func close() throws(CofferError) -> Manifest.Written { output.written }

    package func finish(_ manifest: Manifest) throws(CofferError) {
        if hasManifestRow {
            try output.write(manifest.row.encoded(image: hasImages ? [] : nil) + [UInt8(ascii: "\n")])
        }
        try output.finish()
    }
}
