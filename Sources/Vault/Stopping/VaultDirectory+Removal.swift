import Files
package import Sealing

/// What a removal removed, and the stops that it started.
package struct Removed: Sendable, Equatable {
    package var segments: [Hash256] = []
    package var journals: [String] = []
    /// Pages that are erased because they held one of the segments.
    package var pages: [PageID] = []
    /// How many objects are to be deleted from the lake.
    package var objects = 0
    /// Outbox entries that carry the erases.
    package var outbox: [String] = []
    /// Segments that may be meant, and that nothing was done to: their times, apps or kinds are unknown.
    package var unknown: [Hash256] = []
    /// Those of the segments that another laptop may have, too.
    package var elsewhere: [Hash256] = []

    mutating func add(_ other: Removed) {
        segments += other.segments
        journals += other.journals
        pages += other.pages
        objects += other.objects
        outbox += other.outbox
        elsewhere += other.elsewhere
    }
}

/// Removes segments without a key: with ids, file times, and erases signed in advance.
extension VaultDirectory {
    /// What a selector means while the vault is locked.
    package struct Located: Sendable, Equatable {
        package var segments: [Hash256] = []
        package var journals: [String] = []
        /// Segments that may be meant: their times, apps or kinds are unknown.
        package var unknown: [Hash256] = []

        package init(segments: [Hash256] = [], journals: [String] = [], unknown: [Hash256] = []) {
            self.segments = segments
            self.journals = journals
            self.unknown = unknown
        }
    }

    /// The segments and journals that overlap the selected times, or that the ids name. Throws `.locked` for a selector
    /// of apps or kinds.
    package func locate(_ selector: Selector) throws(CofferError) -> Located {
        guard !selector.needsLabels else {
            throw CofferError(
                .locked, "Apps and kinds are sealed: the vault must be unlocked to select by them.",
                hint: "Run `coffer unlock`, or select by time or id.")
        }
        var located = Located(journals: try journals(selector))
        var stored = try segmentIDs()
        if !selector.ids.isEmpty { stored = try selector.resolve(stored).sorted() }
        guard selector.hasTimes else {
            located.segments = stored
            return located
        }
        let times = try times()
        for id in stored {
            if let times = times[id] {
                if selector.covers(from: times.from, until: times.until) { located.segments.append(id) }
            } else {
                located.unknown.append(id)
            }
        }
        return located
    }

    /// The journals that may hold records of the selected times. Ids name closed segments only.
    package func journals(_ selector: Selector) throws(CofferError) -> [String] {
        guard selector.ids.isEmpty else { return [] }
        return try openJournals().filter { _, opened in
            // The name has the minute in which it was opened.
            selector.covers(from: opened, until: opened + SegmentSpan.maximumDuration + 60_000)
        }.map(\.name)
    }

    /// Journals by name, with the minute they were opened.
    package func openJournals() throws(CofferError) -> [(name: String, opened: Milliseconds)] {
        try DurableFile.names(in: path + "/journals").compactMap { name in
            JournalFile.opened(name).map { (name, $0) }
        }
    }

    /// Removes segments and journals, and erases every page that holds one of them. Durable when it returns; after a
    /// crash `recover` continues it.
    package func remove(_ segments: [Hash256], journals: [String] = []) throws(CofferError) -> Removed {
        guard !segments.isEmpty || !journals.isEmpty else { return Removed() }
        return try exclusively { () throws(CofferError) in
            let removal = RemovalIntent(segments: segments, journals: journals)
            try DurableFile.write(removal.encoded, to: "\(path)/removals/\(removal.name)")
            return try complete(removal)
        }
    }

    /// Replaces a segment by others that hold the rest of it. All of it happens, or nothing.
    func replace(_ segment: Hash256, with rest: [PlacedSegment]) throws(CofferError) -> Removed {
        try exclusively { () throws(CofferError) in
            guard hasSegment(segment) else {
                throw CofferError(.notFound, "The segment was removed meanwhile.")
            }
            let removal = RemovalIntent(needs: rest.map(\.segment.id), segments: [segment], journals: [])
            try DurableFile.write(removal.encoded, to: "\(path)/removals/\(removal.name)")
            for placed in rest { try place(placed.segment, placed.times) }
            // What is left is elsewhere, too, and with it what is taken out here.
            if try elsewhere().contains(segment) { try markElsewhere(rest.map(\.segment.id)) }
            return try complete(removal)
        }
    }

    /// Puts the erases into the outbox, then removes the files, then the intent. The lock must be held.
    private func complete(_ removal: RemovalIntent) throws(CofferError) -> Removed {
        let gone = Set(removal.segments)
        let pages = try offeredPages().filter { $0.segments.contains { gone.contains($0.id) } }
        let objects = pages.flatMap { $0.objects(erasing: gone) }
        if !pages.isEmpty {
            try keepNew(OutboxEntry(name: removal.name, notes: pages.map(\.erase), objects: objects))
        }
        for page in pages { try forget(page.id) }
        let times = try times()
        let elsewhere = try elsewhere()
        for id in removal.segments {
            // The header first: without its key the rest cannot be decrypted.
            for part in ["header", "body", "label"] { try DurableFile.remove("\(segmentFile(id)).\(part)") }
            if let name = times[id]?.name { try DurableFile.remove("\(segmentFile(id)).\(name)") }
            try DurableFile.remove("\(path)/withheld/\(id.hex)")
            try DurableFile.remove("\(path)/elsewhere/\(id.hex)")
        }
        for name in removal.journals { try DurableFile.remove("\(path)/journals/\(name)") }
        try DurableFile.remove("\(path)/removals/\(removal.name)")
        return Removed(
            segments: removal.segments, journals: removal.journals, pages: pages.map(\.id), objects: objects.count,
            outbox: pages.isEmpty ? [] : [removal.name], elsewhere: removal.segments.filter(elsewhere.contains))
    }

    /// Continues removals that a crash interrupted. The lock must be held.
    func finishRemovals() throws(CofferError) {
        for name in try DurableFile.names(in: path + "/removals") where !name.hasPrefix(".") {
            let file = "\(path)/removals/\(name)"
            guard let bytes = try DurableFile.read(file, atMost: 64 << 20) else { continue }
            guard let removal = try? RemovalIntent(name: name, parsing: bytes) else {
                throw CofferError(.tampering, "A removal that was interrupted is damaged.", hint: "Repeat the `rm`.")
            }
            if removal.needs.allSatisfy(hasSegment) {
                _ = try complete(removal)
            } else {
                for id in removal.needs {
                    for part in ["label", "body", "header"] { try DurableFile.remove("\(segmentFile(id)).\(part)") }
                }
                try DurableFile.remove(file)
            }
        }
    }

    /// Erases the offered pages of these segments and never offers them again. The segments stay in the vault. Pages
    /// that are erased already need no statement, but their objects may be in the lake.
    package func withhold(_ segments: [Hash256], erased: Set<PageID> = []) throws(CofferError) -> Removed {
        try exclusively { () throws(CofferError) in
            for id in segments { try DurableFile.write([], to: "\(path)/withheld/\(id.hex)", existing: .keep) }
            let gone = Set(segments)
            let elsewhere = segments.filter(try elsewhere().contains)
            let pages = try offeredPages().filter { $0.segments.contains { gone.contains($0.id) } }
            guard !pages.isEmpty else { return Removed(elsewhere: elsewhere) }
            let objects = pages.flatMap { $0.objects(erasing: erased.contains($0.id) ? [] : gone) }
            let notes = pages.filter { !erased.contains($0.id) }.map(\.erase)
            let entry = OutboxEntry(notes: notes, objects: objects)
            try keepNew(entry)
            for page in pages { try forget(page.id) }
            return Removed(
                pages: pages.map(\.id), objects: objects.count, outbox: [entry.name], elsewhere: elsewhere)
        }
    }

    /// Segments that are never to be offered.
    package func withheld() throws(CofferError) -> Set<Hash256> {
        Set(try DurableFile.names(in: path + "/withheld").compactMap { try? Hash256(hex: $0) })
    }
}

/// Marks of segments that another laptop of the same person may have, too: because they came from the lake, or because
/// another laptop has shown that it exists since they were offered. No command of one laptop deletes on another.
extension VaultDirectory {
    package func elsewhere() throws(CofferError) -> Set<Hash256> {
        Set(try DurableFile.names(in: path + "/elsewhere").compactMap { try? Hash256(hex: $0) })
    }

    package func markElsewhere(_ segments: some Sequence<Hash256>) throws(CofferError) {
        // A vault of an earlier version has no such directory.
        try DurableFile.makeDirectory(path + "/elsewhere")
        for id in segments { try DurableFile.write([], to: "\(path)/elsewhere/\(id.hex)", existing: .keep) }
    }
}

/// What a removal will remove; stored before it begins.
struct RemovalIntent: Equatable {
    let name: String
    /// Segments that must be complete in the vault; otherwise nothing is removed.
    let needs: [Hash256]
    let segments: [Hash256]
    let journals: [String]

    init(needs: [Hash256] = [], segments: [Hash256], journals: [String]) {
        name = OutboxEntry.newName()
        self.needs = needs
        self.segments = segments
        self.journals = journals
    }

    var encoded: Bytes {
        CanonicalJSON.object([
            .init("needs", .strings(needs.map(\.hex))), .init("segments", .strings(segments.map(\.hex))),
            .init("journals", .strings(journals)),
        ]).encoded
    }

    init(name: String, parsing bytes: Bytes) throws(FormatError) {
        self.name = name
        var members = try CanonicalObject(parsing: bytes)
        needs = try members.hashes("needs", atMost: 1 << 20)
        segments = try members.hashes("segments", atMost: 1 << 20)
        journals = try members.strings("journals", atMost: 1 << 20)
        try members.finish()
        for journal in journals where JournalFile.opened(journal) == nil { throw .notCanonical }
    }
}
