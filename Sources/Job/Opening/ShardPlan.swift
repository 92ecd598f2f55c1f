import HeapModule
import Lake
import Sealing

/// Which share of an epoch has which person's day.
///
/// The days come in their order, and each goes to the share that has the fewest bytes so far. So shares are about equal,
/// none is empty while another has two days, and pages of later days do not move earlier ones.
struct ShardPlan {
    struct PersonDay: Hashable, Comparable {
        let consent: Hash256
        let day: Day

        static func < (a: Self, b: Self) -> Bool { (a.day, a.consent) < (b.day, b.consent) }
    }

    private struct Load: Comparable {
        var bytes: Int
        let share: UInt64

        static func < (a: Self, b: Self) -> Bool { (a.bytes, a.share) < (b.bytes, b.share) }
    }

    /// A screen's bodies have about so many times the bytes of others that are listed in a page of the same size.
    private static let screenWeight = 16

    private let shares: [PersonDay: UInt64]
    /// A hash of the days and their bytes. Shares that were made from the same fit together.
    let hash: Hash256

    init(_ bytes: [PersonDay: Int], count: UInt64) {
        var loads = Heap((0..<count).map { Load(bytes: 0, share: $0) })
        var shares: [PersonDay: UInt64] = [:]
        var writer = ByteWriter(D("shard-plan"))
        for (day, size) in bytes.sorted(by: { $0.key < $1.key }) {
            guard var load = loads.popMin() else { break }
            shares[day] = load.share
            // A day without bytes counts, too, so that no share gets all of them.
            load.bytes += max(size, 1)
            loads.insert(load)
            writer.append(day.consent)
            writer.u32(day.day)
            writer.u64(UInt64(size))
        }
        self.shares = shares
        hash = Hash256(of: writer.bytes)
    }

    /// Asks the lake for the sizes of the pages, many at a time. A page that it lacks has none.
    init(
        _ pages: [(consent: ConsentTerms, line: IndexLine)], count: UInt64, lake: any Lake
    ) async throws(CofferError) {
        let sizes = Lookahead(pages, depth: BodiesAhead.maximumCount) { page throws(CofferError) in
            try await lake.size(of: page.line.object) ?? 0
        }
        var bytes: [PersonDay: Int] = [:]
        for page in pages {
            let size = min(try await sizes.next() ?? 0, maximumLakeObject)
            let weight = page.line.kind == .screen ? Self.screenWeight : 1
            bytes[PersonDay(consent: page.consent.hash, day: page.line.day), default: 0] += size * weight
        }
        self.init(bytes, count: count)
    }

    func holds(consent: Hash256, day: Day, in shard: Shard) -> Bool {
        shares[PersonDay(consent: consent, day: day)] == shard.index
    }
}
