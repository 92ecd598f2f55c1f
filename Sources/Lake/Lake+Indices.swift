package import Crypto
package import Sealing

extension Lake {
    /// A week's indices; nil if the week has no index, as under a wrong key. Throws `index.open` for an object that is
    /// not what the owner wrote there, and `lake.object` for one that is only its beginning.
    package func indices(of week: IndexWeek, key: SymmetricKey) async throws(CofferError) -> WeekIndices? {
        var indices: [PageIndex] = []
        while true {
            let r = UInt32(indices.count)
            let name = PageIndex.objectName(key: key, r: r)
            let place = LakePlace(week.pseudonym, week: week.monday, object: name)
            guard let file = try await get(name, at: place) else {
                let isLinked = week.isLinked && r < UInt32.max
                let hasGap = isLinked ? try await exists(PageIndex.objectName(key: key, r: r + 1)) : false
                return indices.isEmpty && !hasGap ? nil : WeekIndices(indices, end: name, hasGap: hasGap)
            }
            do { indices.append(try week.open(file, r: r, key: key)) } catch {
                if ChunkedEncryption.isCut(file, key: key, context: week.x.bytes) { throw .cutObject.at(place) }
                throw CofferError(
                    .tampering, "An index in the lake is not what its owner wrote there.", rule: "index.open"
                ).at(place)
            }
        }
    }

    /// The object; nil when it does not exist. An error says whose it is.
    package func get(_ name: Hash256, at place: LakePlace) async throws(CofferError) -> Bytes? {
        do { return try await get(name) } catch { throw error.at(place) }
    }
}
