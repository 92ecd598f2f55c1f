import Glibc
import Ledger
package import Rules
package import Sealing

/// An entry as a log holds it, prepared for `apply`, and its leaf in the tree.
package struct PreparedEntry: Sendable {
    /// u64 stamp ‖ note.
    package let bytes: ArraySlice<UInt8>
    package let stamp: Milliseconds
    package let note: PreparedNote
    package let leaf: Hash256

    /// Throws when the bytes are too short to hold a stamp.
    package init(parsing bytes: ArraySlice<UInt8>) throws(FormatError) {
        self.bytes = bytes
        self.stamp = try Entry.stamp(of: bytes)
        self.note = PreparedNote(bytes.dropFirst(Entry.stampCount))
        self.leaf = Merkle.leafHash(bytes)
    }
}

/// The entries of one bundle, in order; nil where one is not in its format.
package struct PreparedBundle: Sendable {
    /// The index of its first entry.
    package let first: UInt64
    package let entries: [PreparedEntry?]

    package init(first: UInt64, _ entries: ArraySlice<ArraySlice<UInt8>>) {
        self.first = first
        self.entries = entries.map { try? PreparedEntry(parsing: $0) }
    }
}

/// Reads bundles of entries ahead and prepares them on all cores; hands them on in order.
package struct BundleReader: Sendable {
    /// How many bundles are under way at once: memory is bounded by it. One for each core, and some to spare while one is
    /// taken.
    private static let ahead = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) + 2

    private let load: @Sendable (_ bundle: UInt64, _ width: Int) async throws(CofferError) -> [ArraySlice<UInt8>]

    package init(_ load: @escaping @Sendable (UInt64, Int) async throws(CofferError) -> [ArraySlice<UInt8>]) {
        self.load = load
    }

    package init(_ source: any EntrySource) {
        self.init { bundle, width throws(CofferError) in try await source.entries(bundle: bundle, width: width) }
    }

    /// Takes the entries from an index up to a size; what precedes `index` in its bundle is left out.
    package func read(
        from index: UInt64, to size: UInt64, isolation: isolated (any Actor)? = #isolation,
        _ take: (PreparedBundle) throws(CofferError) -> Void
    ) async throws(CofferError) {
        guard index < size else { return }
        let last = (size - 1) / 256
        let failure = await withTaskGroup(of: (UInt64, Result<PreparedBundle, CofferError>).self) { group in
            var next = index / 256
            func start() {
                guard next <= last else { return }
                let bundle = next
                let width = Int(min(256, size - bundle * 256))
                let skipped = bundle == index / 256 ? Int(index % 256) : 0
                group.addTask { await (bundle, self.prepared(bundle, width: width, skipping: skipped)) }
                next += 1
            }
            for _ in 0..<Self.ahead { start() }
            var early: [UInt64: Result<PreparedBundle, CofferError>] = [:]
            var wanted = index / 256
            for await (bundle, result) in group {
                early[bundle] = result
                while let ready = early.removeValue(forKey: wanted) {
                    do throws(CofferError) { try take(try ready.get()) } catch {
                        group.cancelAll()
                        return CofferError?.some(error)
                    }
                    wanted += 1
                    start()
                }
            }
            return nil
        }
        if let failure { throw failure }
    }

    private func prepared(_ bundle: UInt64, width: Int, skipping skipped: Int) async
        -> Result<PreparedBundle, CofferError>
    {
        do throws(CofferError) {
            let entries = try await load(bundle, width)
            return .success(PreparedBundle(first: bundle * 256 + UInt64(skipped), entries.dropFirst(skipped)))
        } catch {
            return .failure(error)
        }
    }
}
