import Sealing
import Synchronization

/// What a stream goes on without, and why.
final class Dropped: Sendable {
    /// A person, or one page of theirs.
    struct Part: Hashable, Sendable {
        let consent: Hash256
        let page: PageID?
    }

    struct Reason: Sendable {
        let consent: ConsentTerms
        /// The page; nil for a person.
        let line: IndexLine?
        let error: CofferError
        /// A broker says so, and the followed ledger does not yet.
        let isUnlogged: Bool

        var rule: String { error.rule ?? "" }
        /// The entry of the ledger, if one ended it. What a broker names is not checked.
        var entry: UInt64? { isUnlogged ? nil : error.entry }
    }

    private let rules: DropRules
    private let parts = Mutex<[Part: Reason]>([:])

    init(_ rules: DropRules) { self.rules = rules }

    /// By person; a person before their pages.
    var inOrder: [Reason] {
        parts.withLock { parts in
            parts.values.sorted {
                ($0.consent.hash, $0.line?.page ?? .zero) < ($1.consent.hash, $1.line?.page ?? .zero)
            }
        }
    }

    func lacks(_ consent: Hash256, _ page: PageID? = nil) -> Bool {
        parts.withLock {
            $0[Part(consent: consent, page: nil)] != nil || page != nil && $0[Part(consent: consent, page: page)] != nil
        }
    }

    func filter(_ targets: [Target]) -> [Target] { targets.filter { !lacks($0.consent.hash, $0.page) } }

    /// Goes on without these people and pages if they have ended in this view. Throws the ending if the stream may not.
    func look(
        at view: any LedgerView, _ consents: some Sequence<ConsentTerms>,
        _ pages: some Sequence<(consent: ConsentTerms, line: IndexLine)>
    ) throws(CofferError) {
        for consent in consents {
            guard let ending = view.ending(of: consent.hash) else { continue }
            guard rules.allowsEnding(ending) else { throw ending.at(LakePlace(consent.pseudonym)) }
            drop(consent, nil, ending, isUnlogged: false)
        }
        for (consent, line) in pages where view.isErased(line.page, consent: consent.hash) {
            let ending = CofferError(.refused, "A page was erased while the stream was open.", rule: "page.erased")
            guard rules.allowsEnding(ending) else { throw ending.at(line.place(consent)) }
            drop(consent, line, ending, isUnlogged: false)
        }
    }

    /// Goes on without what an error about these targets is about. Throws the error if the stream may not, and if
    /// nothing is left out by it.
    func leave(
        _ error: CofferError, asked targets: [Target], _ ledger: any JobLedger, grant: Hash256
    ) async throws(CofferError) {
        if let pseudonym = error.place?.pseudonym,
            let consent = targets.first(where: { $0.consent.pseudonym == pseudonym })?.consent
        {
            if try await hasEnded(consent, ledger, grant: grant) { return }
            if rules.allowsFault(error) { return drop(consent, nil, error, isUnlogged: false) }
        }
        guard rules.allowsEnding(error) else { throw error }
        let view = try await ledger.follow()
        // A halt, a withdrawal or the grant's end explains the refusal, and nothing goes on without it.
        _ = try view.liveGrant(grant)
        let consents = Dictionary(targets.map { ($0.consent.hash, $0.consent) }) { a, _ in a }
        try look(at: view, consents.values, targets.compactMap(\.listed))
        guard filter(targets).count == targets.count else { return }
        // Only a broker knows of it. The ledger must show it in the end.
        guard let position = error.position, let target = targets.first(where: { UInt64($0.at) == position }) else {
            throw error
        }
        drop(target.consent, error.rule == "page.erased" ? target.line : nil, error, isUnlogged: true)
        guard filter(targets).count < targets.count else { throw error }
    }

    /// The same for an error about one person's part of the lake.
    func leave(
        _ error: CofferError, of consent: ConsentTerms, _ ledger: any JobLedger, grant: Hash256
    ) async throws(CofferError) {
        if try await hasEnded(consent, ledger, grant: grant) { return }
        guard rules.allowsFault(error) else { throw error }
        drop(consent, nil, error, isUnlogged: false)
    }

    /// Goes on without a person whose consent has ended by now, if the stream may. A laptop takes a
    /// revoked consent's objects out of the lake at once, so a stream can miss them before it hears of the end.
    private func hasEnded(
        _ consent: ConsentTerms, _ ledger: any JobLedger, grant: Hash256
    ) async throws(CofferError) -> Bool {
        guard rules.ended, let view = try? await ledger.follow() else { return false }
        _ = try view.liveGrant(grant)
        try look(at: view, CollectionOfOne(consent), [])
        return lacks(consent.hash)
    }

    private func drop(_ consent: ConsentTerms, _ line: IndexLine?, _ error: CofferError, isUnlogged: Bool) {
        let reason = Reason(
            consent: consent, line: line, error: error.at(line?.place(consent) ?? LakePlace(consent.pseudonym)),
            isUnlogged: isUnlogged)
        parts.withLock { parts in
            let part = Part(consent: consent.hash, page: line?.page)
            // What the ledger shows takes the place of what a broker said, and nothing else.
            if parts[part].map({ $0.isUnlogged && !isUnlogged }) ?? true { parts[part] = reason }
        }
    }

    /// Throws unless the ledger shows everything that brokers said. Call it after `look` at everything.
    func requireLogged() throws(CofferError) {
        guard let unlogged = inOrder.first(where: \.isUnlogged) else { return }
        throw CofferError(
            .tryLater, "A broker says that a consent or a page has ended, and the ledger does not show it.",
            rule: unlogged.rule, hint: "Try again once the broker's statement is in the ledger."
        ).at(unlogged.error.place ?? LakePlace(unlogged.consent.pseudonym))
    }
}

extension IndexLine {
    /// Where it lies, for errors.
    func place(_ consent: ConsentTerms) -> LakePlace {
        LakePlace(consent.pseudonym, week: day.monday, page: page, object: object)
    }
}
