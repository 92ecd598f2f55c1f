import Crypto
import Lake
import Messages
import Sealing

/// An opened page: its items, and the consent, index line and release that it came from.
struct OpenedPage: Sendable {
    let consent: ConsentTerms
    let line: IndexLine
    let release: UInt64
    let items: [PageItem]

    /// The page, or an object of it.
    func place(_ object: Hash256? = nil) -> LakePlace {
        LakePlace(
            consent.pseudonym, week: line.day.monday, page: line.page, object: object ?? line.object)
    }
}

/// The indices that a stream found for one week of one consent.
struct FoundWeek: Sendable {
    let consent: ConsentTerms
    let monday: Day
    let indices: WeekIndices
}

/// A logged release with the key that its answers are sealed to.
struct OpenRelease: Sendable {
    let origin: String
    let grant: Hash256
    let hash: Hash256
    let entry: UInt64
    let recipient: SealingPrivateKey
    let panels: BrokerQuorums
    let ledger: any JobLedger
    let lake: any Lake
    /// What the stream goes on without. It grows by what is found here.
    let dropped: Dropped

    /// The indices of these weeks. Throws `.tryLater` if brokers disagree on a week.
    func indices(of targets: [Target]) async throws(CofferError) -> [FoundWeek] {
        try await goingOn(targets) { targets throws(CofferError) in try await found(targets) }
    }

    /// These pages, opened, in the same order, but for those that the stream goes on without. Throws if another one
    /// does not open.
    func pages(_ targets: [Target]) async throws(CofferError) -> [OpenedPage] {
        var files: [PageID: Bytes] = [:]
        return try await goingOn(targets) { targets throws(CofferError) in
            let missing = targets.filter { files[$0.id] == nil }
            let reads = Lookahead(missing, depth: BodiesAhead.maximumCount) { target throws(CofferError) in
                try await file(of: target)
            }
            while let (page, file) = try await reads.next() { files[page] = file }
            return try await opened(targets, files)
        }
    }

    /// Does this for the targets that the stream does not go on without, again with fewer when one more is left out.
    private func goingOn<R>(
        _ targets: [Target], _ body: ([Target]) async throws(CofferError) -> [R]
    ) async throws(CofferError) -> [R] {
        var left = dropped.filter(targets)
        while !left.isEmpty {
            do throws(CofferError) { return try await body(left) } catch {
                try await dropped.leave(error, asked: left, ledger, grant: grant)
                left = dropped.filter(left)
            }
        }
        return []
    }

    private func found(_ targets: [Target]) async throws(CofferError) -> [FoundWeek] {
        var found: [FoundWeek] = []
        let panel = panels.panel(for: targets)
        let tried = try await resolve(targets, panel) { target, key throws(CofferError) -> WeekIndices? in
            guard let week = target.week else { return nil }
            return try await lake.indices(of: week, key: key)
        }
        for (i, target) in targets.enumerated() {
            guard let week = target.week else { continue }
            if let indices = tried.results[i] {
                found.append(FoundWeek(consent: target.consent, monday: week.monday, indices: indices))
            } else if tried.partials.disagree(position: i) {
                // An object name from a wrong key looks the same as a week without pages.
                throw CofferError(
                    .tryLater, "Brokers disagree about a week, so its index cannot be found.", rule: "index.answers"
                ).at(LakePlace(week.pseudonym, week: week.monday))
            } else if let choice = tried.partials.choices(position: i).first {
                let key = ReplicatedPRF.combine(choice, consent: week.consent, x: week.x)
                let none = WeekIndices([], end: PageIndex.objectName(key: key, r: 0), hasGap: false)
                found.append(FoundWeek(consent: target.consent, monday: week.monday, indices: none))
            }
        }
        return found
    }

    private func opened(_ targets: [Target], _ files: [PageID: Bytes]) async throws(CofferError) -> [OpenedPage] {
        let panel = panels.panel(for: targets)
        let tried = try await resolve(targets, panel) { target, key throws(CofferError) -> [PageItem]? in
            guard let line = target.line, let file = files[line.page] else { return nil }
            do {
                return try Page.open(
                    file, x: target.x, key: key, pseudonym: target.consent.pseudonym, kind: line.kind,
                    app: line.app, day: line.day)
            } catch {
                guard ChunkedEncryption.isCut(file, key: key, context: target.x.bytes) else { return nil }
                throw CofferError.cutObject.at(target.place)
            }
        }
        var pages: [OpenedPage] = []
        for (i, target) in targets.enumerated() {
            guard let line = target.line, let items = tried.results[i] else {
                throw tried.partials.unopened(position: i).at(target.place)
            }
            pages.append(OpenedPage(consent: target.consent, line: line, release: entry, items: items))
        }
        return pages
    }

    private func file(of target: Target) async throws(CofferError) -> (PageID, Bytes) {
        guard let line = target.line, let file = try await lake.get(line.object, at: target.place) else {
            throw CofferError(
                .tryLater, "The lake lacks a page that an index lists.", rule: "page.missing"
            ).at(target.place)
        }
        return (line.page, file)
    }

    private struct Tried<R: Sendable> {
        var results: [R?]
        var partials: Partials
    }

    /// Closes the sessions with brokers about this release.
    func close() async { await panels.close(hash) }

    /// Asks t brokers of each group and tries every choice of their answers; if that fails, asks further.
    private func resolve<R: Sendable>(
        _ targets: [Target], _ panel: BrokerQuorum, attempt: (Target, SymmetricKey) async throws(CofferError) -> R?
    ) async throws(CofferError) -> Tried<R> {
        let ask = Ask(
            origin: origin, release: hash, recipient: recipient.publicKey, positions: targets.map(\.ask))
        let partials = try await panel.ask(ask, recipient: recipient)
        var tried = Tried<R>(results: targets.map { _ in nil }, partials: partials)
        for round in 0..<2 {
            for (i, target) in targets.enumerated() where tried.results[i] == nil {
                for choice in tried.partials.choices(position: i) {
                    let key = ReplicatedPRF.combine(choice, consent: target.consent.hash, x: target.x)
                    guard let result = try await attempt(target, key) else { continue }
                    tried.results[i] = result
                    // Who was wrong in the session, and right when it had to sign, is doubted as well.
                    panel.doubt(partials.liars(position: i, truth: choice))
                    panel.doubt(tried.partials.liars(position: i, truth: choice))
                    break
                }
            }
            if round == 1 || tried.results.allSatisfy({ $0 != nil }) { break }
            try await askFurther(&tried, ask, targets, panel)
        }
        return tried
    }

    /// A page that did not open is asked for again alone, and signed: so the answers show who gave a wrong partial, and
    /// hold no other page's. A week may have no index; for weeks only the other brokers are asked.
    private func askFurther<R: Sendable>(
        _ tried: inout Tried<R>, _ ask: Ask, _ targets: [Target], _ panel: BrokerQuorum
    ) async throws(CofferError) {
        for (i, target) in targets.enumerated() where tried.results[i] == nil {
            guard case .page = target.what else {
                return try await panel.askAll(&tried.partials, ask, recipient: recipient)
            }
            let alone = Ask(origin: origin, release: hash, recipient: recipient.publicKey, positions: [target.ask])
            try await panel.askAgain(&tried.partials, position: i, alone, recipient: recipient)
        }
    }
}

extension Partials {
    /// The error for a page that no choice of answers opens.
    fileprivate func unopened(position: Int) -> CofferError {
        let complete = groups.indices.allSatisfy { count(at: position, group: $0) == groups[$0].count }
        if complete && !disagree(position: position) {
            return CofferError(
                .tampering, "A page does not open although every broker answered: it is not what its owner wrote.",
                rule: "page.open")
        }
        return CofferError(
            .tryLater, "A page does not open with the answers received.", rule: "page.open")
    }
}
