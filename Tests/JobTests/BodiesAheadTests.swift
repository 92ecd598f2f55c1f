import CofferTestKit
import Lake
import Sealing
import Testing

@testable import Job

/// Bodies are fetched many at a time, each once, and used in order.
@Suite("Bodies fetched ahead")
struct BodiesAheadTests {
    /// A lake that answers reads of these objects only when so many are waiting at the same time.
    private actor GatedLake: Lake {
        private let base: MemoryLake
        private let gated: Set<Hash256>
        private let width: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private var isOpen = false
        private(set) var reads: [Hash256: Int] = [:]

        init(_ base: MemoryLake, gated: [Hash256], width: Int) {
            self.base = base
            self.gated = Set(gated)
            self.width = width
        }

        func get(_ name: Hash256) async throws(CofferError) -> Bytes? {
            reads[name, default: 0] += 1
            if gated.contains(name), !isOpen {
                if waiting.count + 1 == width {
                    isOpen = true
                    for continuation in waiting { continuation.resume() }
                } else {
                    await withCheckedContinuation { waiting.append($0) }
                }
            }
            return try await base.get(name)
        }

        func put(_ name: Hash256, _ bytes: Bytes, onlyIfAbsent: Bool) async throws(CofferError) -> Bool { false }
        func delete(_ name: Hash256) async throws(CofferError) {}
        func exists(_ name: Hash256) async throws(CofferError) -> Bool { try await base.exists(name) }
    }

    private func open(_ world: JobWorld, lake: any Lake) async throws -> [String] {
        let sink = MemorySink()
        let epoch = Epoch(ledger: world, brokers: world, lake: lake, job: world.job)
        _ = try await epoch.open(grant: world.grant, as: TarSamples(sink))
        return try OpenTar(sink.bytes).samples.map(\.name).filter { $0.hasSuffix(".json") }
    }

    @Test("Pages and bodies are fetched many at a time, each once, and used in order", .timeLimit(.minutes(5)))
    func ahead() async throws {
        let world = try JobWorld()
        let desk = Desk()
        var pages: [Offer.Published] = []
        for day in JobWorld.monday..<JobWorld.monday + 5 {
            let segments = (0..<5).map { Desk(day: day).type("word \($0)", at: 20_000 * $0) }
            pages.append(try await world.page(.keys, "code", segments, day: day))
        }
        pages.append(try await world.page(.window, "code", [[desk.title("a title", at: 0)]]))
        try await world.index(pages)
        let wanted = try await open(world, lake: world.lake)
        // A title makes no sample.
        #expect(wanted.count == 25)
        let bodies = pages.flatMap(\.bodies)
        // Bodies are taken for large ones until the first were small.
        for (names, width) in [(pages.map(\.line.object), 6), (Array(bodies[15..<25]), 8)] {
            let lake = GatedLake(world.lake, gated: names, width: width)
            #expect(try await open(world, lake: lake) == wanted)
            let reads = await lake.reads
            #expect(names.allSatisfy { reads[$0] == 1 })
        }
    }
}
