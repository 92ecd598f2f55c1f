import Glibc
package import Sealing

/// Reads bundles of entries ahead, prepares them on all cores, and passes them on in order.
package struct BundleReader: Sendable {
    /// How many bundles are in progress at once, which bounds memory: one for each core, and two more while one is
    /// consumed.
    private static let ahead = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) + 2

    private let load: @Sendable (_ bundle: UInt64, _ width: Int) async throws(CofferError) -> [ArraySlice<UInt8>]

    package init(_ load: @escaping @Sendable (UInt64, Int) async throws(CofferError) -> [ArraySlice<UInt8>]) {
        self.load = load
    }

    package init(_ source: any EntrySource) {
        self.init { bundle, width throws(CofferError) in try await source.entries(bundle: bundle, width: width) }
    }

    /// Passes on the entries from `index` up to a size, one bundle at a time, with nil for a malformed entry. Leaves
    /// out entries of the first bundle that are before `index`.
    package func read(
        from index: UInt64, to size: UInt64, isolation: isolated (any Actor)? = #isolation,
        _ take: ([PreparedEntry?]) throws(CofferError) -> Void
    ) async throws(CofferError) {
        guard index < size else { return }
        let last = (size - 1) / 256
        let failure = await withTaskGroup(of: (UInt64, Result<[PreparedEntry?], CofferError>).self) { group in
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
            var early: [UInt64: Result<[PreparedEntry?], CofferError>] = [:]
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
        -> Result<[PreparedEntry?], CofferError>
    {
        do throws(CofferError) {
            return .success(try await load(bundle, width).dropFirst(skipped).map { try? PreparedEntry(parsing: $0) })
        } catch {
            return .failure(error)
        }
    }
}
