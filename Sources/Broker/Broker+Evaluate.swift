import Ledger
import Messages
import Replica
import Rules
import Sealing

/// What a broker judges one ask by: a fresh checkpoint and the stops that it holds, read once.
struct AskBasis {
    /// The additions to the stops, read before everything else: a stop that is removed later is in the state.
    let additions: UInt64
    let stops: DirectStops
    let followed: Followed
    /// The release's entry.
    let entry: UInt64
    /// The job of the release's grant.
    let job: VerifyingKey

    var state: LedgerState { followed.state }
    var tree: SessionHead.Tree {
        SessionHead.Tree(size: followed.checkpoint.checkpoint.size, root: followed.checkpoint.root)
    }
}

/// Consecutive judged pages whose inputs x differ only in the page's id.
private struct PageRun {
    let first: JudgedPage
    /// The first page's position in the release.
    let position: UInt32
    var pages: [PageID] = []
}

extension Broker {
    /// What to judge an ask about this release by, at a fresh checkpoint. Throws rule `release` if none was accepted.
    func basis(of release: Hash256) async throws(BrokerRefusal) -> AskBasis {
        let additions = stops.additions
        let stops = directStops
        let followed = try await fresh { $0.acceptedReleases[release] != nil }
        guard let accepted = followed.state.acceptedReleases[release],
            let grant = followed.state.grants[accepted.grant]?.grant
        else { throw .noSuchRelease }
        return AskBasis(
            additions: additions, stops: stops, followed: followed, entry: accepted.mark.index, job: grant.job)
    }

    /// Whether a stop was added since this was read: it binds the answer too, because its receipt may already be sent.
    func isOutdated(_ basis: AskBasis) -> Bool { stops.additions != basis.additions }

    /// Judges every position and evaluates this broker's sub-keys: for each position, for each of its masks ascending,
    /// 32 bytes. Throws a refusal that names the first bad position. The caller wipes what it gets.
    func evaluate(_ positions: [AskPosition], of release: VerifiedRelease, by basis: AskBasis)
        throws(BrokerRefusal) -> Bytes
    {
        let work = try keyed(try judge(positions, of: release, by: basis), by: basis)
        var partials = Bytes()
        // Reserved at once, because a growing array leaves copies in memory.
        partials.reserveCapacity(Answer.partialCount * work.reduce(0) { $0 + $1.run.pages.count * $1.keys.count })
        for (run, keys) in work {
            let inputs = run.first.inputs
            for page in run.pages {
                let x = inputs.x(page)
                for key in keys { key.append(x: x, to: &partials) }
            }
        }
        return partials
    }

    /// Each run with this broker's sub-keys of its consent.
    private func keyed(_ runs: [PageRun], by basis: AskBasis) throws(BrokerRefusal)
        -> [(run: PageRun, keys: [PartialEvaluator])]
    {
        var work: [(run: PageRun, keys: [PartialEvaluator])] = []
        work.reserveCapacity(runs.count)
        for run in runs {
            if let last = work.last, last.run.first.consent == run.first.consent {
                work.append((run, last.keys))
                continue
            }
            guard let keys = subKeys.subKeys(of: run.first.consent) else { throw missing(run, by: basis) }
            work.append((run, keys.map { PartialEvaluator($0.key) }))
        }
        return work
    }

    private func judge(_ positions: [AskPosition], of release: VerifiedRelease, by basis: AskBasis)
        throws(BrokerRefusal) -> [PageRun]
    {
        var judge = basis.state.judge(of: release, now: now(), stops: basis.stops)
        var runs: [PageRun] = []
        for position in positions {
            do throws(Refusal) {
                let page = try judge.page(at: Int(position.at), position.claim)
                if runs.isEmpty || !runs[runs.count - 1].first.hasInputs(like: page) {
                    runs.append(PageRun(first: page, position: position.at))
                }
                runs[runs.count - 1].pages.append(page.page)
            } catch {
                throw .refused(
                    error.rule, "Position \(position.at): \(error.message)", entry: basis.entry,
                    position: position.at)
            }
        }
        return runs
    }

    /// Why this broker has no sub-keys of a consent.
    private func missing(_ run: PageRun, by basis: AskBasis) -> BrokerRefusal {
        guard let groups = basis.state.rosters[run.first.roster], Self.seat(of: key, in: groups) != nil else {
            return .refused(
                "ask.roster", "Position \(run.position): this broker is not in the roster of that consent.",
                entry: basis.entry, position: run.position)
        }
        return BrokerRefusal(
            CofferError(
                .tryLater, "Position \(run.position): this broker holds no sub-keys of that consent yet.",
                rule: "deposit.missing"),
            position: run.position)
    }
}
