package import Sealing

/// An output format. It writes nothing before the first sample, and the stream's end only in `finish`.
package protocol SampleFormat: AnyObject {
    /// Which pictures the samples will have. Throws if the format cannot do with them; nothing was asked for yet.
    func begin(_ pictures: Pictures) throws(CofferError)
    /// Whether the sample is in the stream as one of its own.
    @discardableResult
    func write(_ sample: Sample) throws(CofferError) -> Bool
    /// Hands on all that need not be held back.
    func flush() throws(CofferError)
    /// Everything written so far, with what is held back.
    var written: Manifest.Written { get }
    /// Writes what follows the last sample. Returns what the manifest says about the stream.
    func close() throws(CofferError) -> Manifest.Written
    /// Ends the stream after `close`. Call it only when everything was opened.
    func finish(_ manifest: Manifest) throws(CofferError)
}

/// The formats by name.
package enum SampleFormatName: String, CaseIterable, Sendable {
    case tar, jsonl, agentnet

    /// `hasManifestRow` ends the samples with a row that holds the manifest (Sample, "The manifest").
    package func format(into sink: any ByteSink, hasManifestRow: Bool = false) throws(CofferError) -> any SampleFormat {
        switch self {
        case .tar: return TarSamples(sink, hasManifestRow: hasManifestRow)
        case .jsonl: return LineSamples(sink, hasManifestRow: hasManifestRow)
        case .agentnet:
            guard !hasManifestRow else {
                throw CofferError(
                    .usage, "AgentNet's files have no row for a manifest.", hint: "Use --manifest with a file.")
            }
            return AgentNetSamples(sink)
        }
    }
}
