import Ledger
package import Replica
package import Rules
package import Sealing

/// A monitor of one log: follows it, compares the checkpoints that servers return, and reports what is wrong. Two
/// checkpoints that cannot both be true leave evidence.
package actor Watch {
    private let follower: Follower
    private let servers: @Sendable (CharterTerms) -> [WatchedServer]
    private let first: CharterTerms
    private let settings: Settings
    private let now: @Sendable () -> Milliseconds

    package struct Settings: Sendable {
        /// How long brokers may take to destroy what was revoked, in milliseconds.
        package var destruction: Milliseconds = 3_600_000
        /// How old cosignatures may be, in milliseconds, if that is stricter than the charter's freshness.
        package var freshness: Milliseconds = .max

        package init() {}
    }

    /// `terms` are the charter's; an amendment in the log may replace them.
    package init(
        _ follower: Follower, terms: CharterTerms, settings: Settings = .init(),
        servers: @escaping @Sendable (CharterTerms) -> [WatchedServer], now: @escaping @Sendable () -> Milliseconds
    ) {
        self.follower = follower
        self.first = terms
        self.settings = settings
        self.servers = servers
        self.now = now
    }

    /// One round. It never throws: a failure becomes a finding.
    package func round() async -> WatchRound {
        var findings: [WatchFinding] = []
        // Checkpoints are compared with what an earlier run followed, so the log cannot go back between two runs.
        do throws(CofferError) { _ = try await follower.replay() } catch {
            return await ended([WatchFinding(.tampering, error.rule ?? "follower.store", "store", error.message)])
        }
        let terms = await follower.followed?.state.charter?.terms ?? first
        let servers = servers(terms)
        let served = await Self.checkpoints(servers)

        var reached = 0
        for (server, reply) in zip(servers, served) where server.servesLog {
            guard case .success(let note) = reply else { continue }
            do throws(CofferError) {
                _ = try await follower.follow(from: server.source, at: note)
                reached += 1
            } catch {
                findings.append(Self.finding(error, server, otherwise: "head.unfollowed"))
            }
        }
        var cosigned: [NoteKey: Seconds] = [:]
        for (server, reply) in zip(servers, served) {
            switch reply {
            case .failure(let error): findings.append(Self.finding(error, server))
            case .success(let note):
                guard await follower.followed != nil else { continue }
                do throws(CofferError) {
                    try await compare(note, server, into: &findings, &cosigned)
                } catch {
                    findings.append(Self.finding(error, server))
                }
            }
        }
        if reached == 0 {
            findings.append(
                WatchFinding(
                    .notFresh, "log.unreachable", "log",
                    "Neither the ledger nor any broker serves a checkpoint that can be followed."))
        }
        if let followed = await follower.followed {
            judge(followed, cosigned, into: &findings)
        }
        return await ended(findings)
    }

    private func ended(_ findings: [WatchFinding]) async -> WatchRound {
        let checkpoint = await follower.followed?.checkpoint
        var seen: Set<WatchFinding> = []
        return WatchRound(
            size: checkpoint?.size ?? 0, root: checkpoint?.root,
            cosigned: (checkpoint?.quorumTime).map { Milliseconds($0) },
            findings: findings.filter { seen.insert($0).inserted })
    }

    /// Each server's checkpoint. All servers are asked at the same time.
    private static func checkpoints(_ servers: [WatchedServer]) async -> [Result<SignedNote, CofferError>] {
        await withTaskGroup(of: (Int, Result<SignedNote, CofferError>).self) { group in
            for (place, server) in servers.enumerated() {
                group.addTask {
                    do throws(CofferError) {
                        let bytes = try await server.source.checkpoint()
                        guard let note = try? SignedNote(checkpoint: bytes) else {
                            throw CofferError(
                                .tampering, "It does not serve a valid checkpoint.", rule: "head.format")
                        }
                        return (place, .success(note))
                    } catch {
                        return (place, .failure(error))
                    }
                }
            }
            var replies: [(Int, Result<SignedNote, CofferError>)] = []
            for await reply in group { replies.append(reply) }
            return replies.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func compare(
        _ note: SignedNote, _ server: WatchedServer, into findings: inout [WatchFinding],
        _ cosigned: inout [NoteKey: Seconds]
    ) async throws(CofferError) {
        guard let checkpoint = try await follower.compare(note) else {
            findings.append(
                WatchFinding(
                    .warning, "head.beyond", server.name, "Its checkpoint has more entries than any server serves."))
            return
        }
        for (key, time) in checkpoint.cosignatures { cosigned[key] = max(cosigned[key] ?? 0, time) }
        if let cosigner = server.cosigner, checkpoint.cosignatures[cosigner] == nil {
            findings.append(
                WatchFinding(
                    .warning, "cosigner.missing", server.name, "Its newest checkpoint lacks its own cosignature."))
        }
        if let followed = await follower.followed { findings += Self.setBack(checkpoint, followed) }
        let size = await follower.followed?.checkpoint.size ?? 0
        guard checkpoint.size < size else { return }
        if server.isLedger {
            // It may have been asked before the others.
            let standing = await LedgerStanding.now(of: server.source, known: size)
            if let problem = standing.problem {
                findings.append(WatchFinding(.warning, "ledger.back", server.name, problem))
            }
        } else if server.servesLog, let time = checkpoint.quorumTime, isStale(time, await freshness) {
            findings.append(
                WatchFinding(
                    .warning, "server.behind", server.name,
                    "Its checkpoint has \(checkpoint.size) entries, and \(size) are known."))
        }
    }

    /// Cosigners whose time on a smaller checkpoint is well after their own on the followed one. A clock that was set
    /// back explains that, so it is no tampering.
    private static func setBack(_ old: VerifiedCheckpoint, _ followed: Followed) -> [WatchFinding] {
        guard old.size < followed.checkpoint.size, let terms = followed.state.charter?.terms else { return [] }
        return cosigners(terms).compactMap { name, cosigner in
            guard let time = old.cosignatures[cosigner], let known = followed.checkpoint.cosignatures[cosigner],
                time > known + Seconds(terms.tolerance)
            else { return nil }
            return WatchFinding(
                .warning, "cosigner.back", name,
                "It cosigned \(old.size) entries \(Calendar.minute(Milliseconds(time))), and "
                    + "\(followed.checkpoint.size) entries \(Calendar.minute(Milliseconds(known))): its clock was set "
                    + "back, or it forgot what it had cosigned.")
        }
    }

    private static func cosigners(_ terms: CharterTerms) -> [(name: String, key: NoteKey)] {
        (terms.brokers.map { ($0.name, $0.cosigner) } + terms.witnesses.map { ($0.name, $0.key) })
            .map { ($0, NoteKey(cosigner: $1)) }
    }

    private var freshness: Milliseconds {
        get async {
            min(settings.freshness, await follower.followed?.state.charter?.terms.freshness ?? first.freshness)
        }
    }

    private func isStale(_ seconds: Seconds, _ freshness: Milliseconds) -> Bool {
        seconds.rawValue > UInt64(Int64.max) / 1_000 || Milliseconds(seconds) + freshness < now()
    }

    /// An error as a finding about the server that caused it.
    private static func finding(
        _ error: CofferError, _ server: WatchedServer, otherwise: String = "server.unreachable"
    ) -> WatchFinding {
        let error = server.source.judged(error)
        let rule = error.rule ?? otherwise
        return switch error.code {
        case .tampering: WatchFinding(.tampering, error.rule ?? "head.format", server.name, error.message)
        default: WatchFinding(.warning, rule, server.name, error.message)
        }
    }

    // MARK: The state

    private func judge(
        _ followed: Followed, _ cosigned: [NoteKey: Seconds], into findings: inout [WatchFinding]
    ) {
        guard let terms = followed.state.charter?.terms else { return }
        let checkpoint = followed.checkpoint
        let freshness = min(settings.freshness, terms.freshness)
        if let seconds = checkpoint.quorumTime {
            if isStale(seconds, freshness) {
                findings.append(
                    WatchFinding(
                        .notFresh, "head.freshness", "head",
                        "No quorum has cosigned a checkpoint within \(Calendar.span(freshness)): the last time was "
                            + "\(Calendar.minute(Milliseconds(seconds)))."))
            } else if Milliseconds(seconds) > now() + terms.tolerance {
                findings.append(
                    WatchFinding(
                        .warning, "head.future", "head", "The checkpoint was cosigned in the future: check the clocks.")
                )
            }
        }
        if followed.state.clock > now() + terms.tolerance {
            findings.append(
                WatchFinding(
                    .warning, "clock", "ledger", "Entries are stamped in the future: brokers answer nothing until then."
                ))
        }
        for (name, key) in Self.cosigners(terms) {
            let time = max(cosigned[key] ?? 0, checkpoint.cosignatures[key] ?? 0)
            if Milliseconds(time) > now() + terms.tolerance {
                findings.append(
                    WatchFinding(
                        .warning, "cosigner.future", name,
                        "It cosigned \(Calendar.minute(Milliseconds(time))), in the future: check both clocks."
                    ))
                continue
            }
            guard time == 0 || isStale(time, freshness) else { continue }
            let last = time == 0 ? "" : ": the last time was \(Calendar.minute(Milliseconds(time)))"
            findings.append(
                WatchFinding(
                    .warning, "cosigner.stale", name,
                    "It has cosigned nothing within \(Calendar.span(freshness))\(last)."))
        }
        judgeDuties(followed.state, into: &findings)
    }

    /// Overdue destructions of brokers and outcomes of jobs.
    private func judgeDuties(_ state: LedgerState, into findings: inout [WatchFinding]) {
        var late = 0
        var oldest: LogPosition?
        for record in state.consents.values {
            guard let revoked = state.pseudonyms[record.consent.pseudonym]?.revoked,
                revoked.time + settings.destruction < now(), let groups = state.rosters[record.consent.rosterHash]
            else { continue }
            let isDestroyed = groups.contains { group in
                group.brokers.count { (state.destructions[$0.noteKey] ?? 0) > revoked.index } >= group.stoppingCount
            }
            guard !isDestroyed else { continue }
            late += 1
            if revoked.index < oldest?.index ?? .max { oldest = revoked }
        }
        if let oldest {
            findings.append(
                WatchFinding(
                    .warning, "destroyed.late", "brokers",
                    "\(HTML.count(late, "revoked consent")) not destroyed within "
                        + "\(Calendar.span(settings.destruction)); the oldest was revoked at entry \(oldest.index)."))
        }
        for line in OverdueLine.missing(state, now: now()) {
            findings.append(
                WatchFinding(
                    .warning, "outcome.overdue", "grant at entry \(line.grant.mark.index)",
                    "Its job read, the grant ended \(Calendar.minute(line.since)), and no outcome is logged."))
        }
        for (hash, halt) in state.halts where halt.lifted == nil {
            findings.append(
                WatchFinding(
                    .warning, "halted", "halt \(hash.prefix8)",
                    "The programme is halted since \(Calendar.minute(halt.mark.time)) (entry \(halt.mark.index))."))
        }
    }
}
