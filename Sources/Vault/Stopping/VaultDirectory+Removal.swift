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
    /// Why something could not be removed or stored. When the erases could not be stored, the notes of these pages are
    /// still there, and `erases(of:)` makes an entry of them.
    package var failure: CofferError?

    /// Does one thing; its failure does not keep the others from being done.
    mutating func attempt(_ body: (inout Removed) throws(CofferError) -> Void) {
        do throws(CofferError) { try body(&self) } catch { failure = failure ?? error }
    }

    mutating func add(_ other: Removed) {
        failure = failure ?? other.failure
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
        let aside = Set(damagedFiles(in: .journals).map(\.name)).sorted().compactMap { name in
            JournalFile.opened(name).map { (name: name, opened: $0) }
        }
        return try (openJournals() + aside).filter { _, opened in
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
            // Only a crash needs it: on a full disk the removal goes on without.
            try? keep(removal)
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
            try keep(removal)
            for placed in rest { try place(placed.segment, placed.times) }
            // What is left is elsewhere, too, and with it what is taken out here.
            if try elsewhere().contains(segment) { try markElsewhere(rest.map(\.segment.id)) }
            return try complete(removal)
        }
    }

    /// Puts the erases into the outbox, then removes the files, then the intent. What the disk does not take hinders
    /// nothing else. The lock must be held.
    private func complete(_ removal: RemovalIntent) throws(CofferError) -> Removed {
        let gone = Set(removal.segments)
        var removed = takeBack(
            try offeredPages().filter { $0.segments.contains { gone.contains($0.id) } }, without: gone,
            name: removal.name)
        let times = try times()
        let elsewhere = try elsewhere()
        for id in removal.segments {
            removed.attempt { removed throws(CofferError) in
                // The header first: without its key the rest cannot be decrypted.
                for part in ["header", "body", "label"] { try DurableFile.remove("\(segmentFile(id)).\(part)") }
                removed.segments.append(id)
                if elsewhere.contains(id) { removed.elsewhere.append(id) }
                if let name = times[id]?.name { try DurableFile.remove("\(segmentFile(id)).\(name)") }
                try DurableFile.remove("\(path)/withheld/\(id.hex)")
                try DurableFile.remove("\(path)/elsewhere/\(id.hex)")
            }
        }
        for name in removal.journals {
            removed.attempt { removed throws(CofferError) in
                try removeJournal(name)
                removed.journals.append(name)
            }
        }
        // An intent whose work is not done stays, and `recover` continues it.
        guard removed.failure == nil else { return removed }
        removed.failure = lostNotes
        removed.attempt { _ throws(CofferError) in try DurableFile.remove("\(path)/removals/\(removal.name)") }
        return removed
    }

    /// Whether notes of pages are damaged: any of these pages may hold what was taken back, and stays offered until the
    /// keyholder has taken it back.
    private var lostNotes: CofferError? {
        damagedFiles(in: .pages).isEmpty
            ? nil
            : CofferError(
                .tryLater, "The note of an offered page is damaged, so this page is still offered.",
                rule: "pages.damaged")
    }

    /// Moves the erases of these pages into the outbox. When it cannot be written, their notes stay.
    private func takeBack(
        _ pages: [OfferedPage], without gone: Set<Hash256>, erased: Set<PageID> = [],
        name: String = OutboxEntry.newName()
    ) -> Removed {
        let entry = Self.erases(of: pages, without: gone, erased: erased, name: name)
        var removed = Removed(pages: pages.map(\.id), objects: entry.objects.count)
        guard !pages.isEmpty else { return removed }
        removed.attempt { removed throws(CofferError) in
            try keepNew(entry)
            removed.outbox = [entry.name]
            for page in pages { try forget(page.id) }
        }
        return removed
    }

    /// The erases of pages that lose these segments, and the objects to delete. Pages that are `erased` already need no
    /// erase.
    private static func erases(
        of pages: [OfferedPage], without gone: Set<Hash256>, erased: Set<PageID> = [],
        name: String = OutboxEntry.newName()
    ) -> OutboxEntry {
        let objects = pages.flatMap { $0.objects(erasing: erased.contains($0.id) ? [] : gone) }
        let notes = pages.filter { !erased.contains($0.id) }.map(\.erase)
        return OutboxEntry(name: name, notes: notes, objects: objects)
    }

    /// The erases of pages that a removal or a `withhold` took back without being able to store that; nil if all are
    /// stored. To be sent at once.
    package func erases(of pages: Set<PageID>) throws(CofferError) -> OutboxEntry? {
        let left = try offeredPages().filter { pages.contains($0.id) }
        return left.isEmpty
            ? nil : Self.erases(of: left, without: Set(left.flatMap { $0.segments.map(\.id) }.filter(isGone)))
    }

    /// Takes back every page of which a segment is gone: a full disk kept its removal from storing the erase. The lock
    /// must be held.
    func finishErases() throws(CofferError) {
        let pages = try offeredPages().filter { $0.segments.contains { isGone($0.id) } }
        let removed = takeBack(pages, without: Set(pages.flatMap { $0.segments.map(\.id) }.filter(isGone)))
        if let failure = removed.failure { throw failure }
    }

    /// An open journal, and what was set aside of it.
    private func removeJournal(_ name: String) throws(CofferError) {
        try DurableFile.remove("\(path)/journals/\(name)")
        for file in damagedFiles(in: .journals) where file.name == name {
            try DurableFile.remove("\(path)/\(file.place)")
        }
    }

    private func keep(_ removal: RemovalIntent) throws(CofferError) {
        try reserve.write(removal.encoded, to: "\(path)/removals/\(removal.name)")
    }

    /// Continues removals that a crash interrupted. The lock must be held.
    func finishRemovals() throws(CofferError) {
        let interrupted = try readAll(.removals, atMost: RemovalIntent.maximumCount) {
            try RemovalIntent(name: $0, parsing: $1)
        }
        for removal in interrupted {
            if removal.needs.allSatisfy(hasSegment) {
                _ = try complete(removal)
            } else {
                for id in removal.needs {
                    for part in ["label", "body", "header"] { try DurableFile.remove("\(segmentFile(id)).\(part)") }
                }
                try DurableFile.remove("\(path)/removals/\(removal.name)")
            }
        }
    }

    /// Erases the offered pages of these segments and never offers them again. The segments stay in the vault. Pages
    /// that are erased already need no statement, but their objects may be in the lake.
    package func withhold(_ segments: [Hash256], erased: Set<PageID> = []) throws(CofferError) -> Removed {
        try exclusively { () throws(CofferError) in
            var removed = Removed(elsewhere: segments.filter(try elsewhere().contains))
            for id in segments {
                removed.attempt { _ throws(CofferError) in
                    try reserve.write([], to: "\(path)/withheld/\(id.hex)", existing: .keep)
                }
            }
            let gone = Set(segments)
            let pages = try offeredPages().filter { $0.segments.contains { gone.contains($0.id) } }
            removed.add(takeBack(pages, without: gone, erased: erased))
            removed.failure = removed.failure ?? lostNotes
            return removed
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
    /// The size limit of an intent's file in bytes.
    static let maximumCount = 64 << 20

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
