import Sealing

/// Samples on their way into the stream. They go in their order, each with its picture, while later pictures are encoded.
struct ReadySamples {
    /// The most pixels, in bytes, of pictures that are being encoded.
    private static let maximumPixels = 20 << 20

    private var waiting: ArraySlice<Sample> = []
    private var running: ArraySlice<PictureWork> = []
    private var pixels = 0
    private var isFirst = true

    init() {}

    /// Adds samples, and the pictures whose encoding has begun. Passes on the samples whose turn it is and whose
    /// pictures are there. The first sample is waited for, so that a reader can begin.
    mutating func add(
        _ samples: [Sample], _ begun: [PictureWork], emit: (Sample) throws(CofferError) -> Void
    ) async throws(CofferError) {
        for work in begun {
            running.append(work)
            pixels += work.pixelCount
        }
        waiting += samples
        while pixels > Self.maximumPixels, let work = running.popFirst() {
            await work.wait()
            pixels -= work.pixelCount
        }
        while let next = waiting.first, isFirst || !isRunning(next.picture) { try await pass(next, emit) }
    }

    /// Passes on all that is left.
    mutating func finish(emit: (Sample) throws(CofferError) -> Void) async throws(CofferError) {
        while let next = waiting.first { try await pass(next, emit) }
        running = []
        pixels = 0
    }

    private mutating func pass(
        _ sample: Sample, _ emit: (Sample) throws(CofferError) -> Void
    ) async throws(CofferError) {
        waiting.removeFirst()
        isFirst = false
        try emit(try await sample.drawn())
    }

    private func isRunning(_ work: PictureWork?) -> Bool {
        guard let work else { return false }
        return running.contains { $0 === work }
    }
}
