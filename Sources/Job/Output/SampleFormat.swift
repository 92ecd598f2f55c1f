package import Sealing

/// An output format. It writes nothing before the first sample, and the stream's end only in `finish`.
package protocol SampleFormat: AnyObject {
    func write(_ sample: Sample) throws(CofferError)
    /// Writes what follows the last sample. Returns what the manifest says about the stream.
    func close() throws(CofferError) -> Manifest.Written
    /// Ends the stream after `close`. Call it only when everything was opened.
    func finish(_ manifest: Manifest) throws(CofferError)
}

/// The formats by name.
package enum SampleFormatName: String, CaseIterable, Sendable {
    case tar, jsonl, agentnet

    package func format(into sink: any ByteSink) -> any SampleFormat {
        switch self {
        case .tar: TarSamples(sink)
        case .jsonl: LineSamples(sink)
        case .agentnet: AgentNetSamples(sink)
        }
    }
}

/// WebDataset: `KEY.png` beside `KEY.json`, members of one sample adjacent, no dots in keys.
package final class TarSamples: SampleFormat {
    private var tar: TarStream

    package init(_ sink: any ByteSink) { tar = TarStream(sink) }

    package func write(_ sample: Sample) throws(CofferError) {
        if let image = sample.image { try tar.add(sample.key + ".png", image, time: sample.time) }
        try tar.add(sample.key + ".json", sample.json(), time: sample.time)
    }

    package func close() throws(CofferError) -> Manifest.Written { tar.written }

    package func finish(_ manifest: Manifest) throws(CofferError) { try tar.finish(manifest) }
}

/// One sample per line, with its image in base64 as the last member.
///
/// The end of the last line is held back, so that a stream that fails does not end with a complete line.
package final class LineSamples: SampleFormat {
    private var output: HeldOutput

    package init(_ sink: any ByteSink) { output = HeldOutput(sink, keeping: 2) }

    package func write(_ sample: Sample) throws(CofferError) {
        try output.write(sample.json(embeddingImage: true) + [UInt8(ascii: "\n")])
    }

    package func close() throws(CofferError) -> Manifest.Written { output.written }

    /// The lines have no manifest among them.
    package func finish(_ manifest: Manifest) throws(CofferError) { try output.finish() }
}
