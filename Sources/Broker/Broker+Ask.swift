import Ledger
import Messages
import Replica
import Rules
package import Sealing
import Synchronization

/// Consecutive judged pages whose inputs x differ only in the page's id.
private struct PageRun {
    let first: JudgedPage
    /// The first page's position in the release.
    let position: UInt32
    var pages: [PageID] = []
}

extension Broker {
    /// Takes hash(release) 32 ‖ sealed ask. Returns a sealed answer for every position, or throws a refusal that names
    /// the first bad one.
    package func ask(_ body: Bytes) async throws(BrokerRefusal) -> Bytes {
        guard body.count > 32, let hash = try? Hash256(body.prefix(32)) else {
            throw .malformed("An ask must be the hash of a release and a sealed box.")
        }
        // Read before the checkpoint: a stop that is removed after this is in the state that follows.
        let additions = stops.additions
        let stops = directStops
        let followed = try await fresh { $0.acceptedReleases[hash] != nil }
        let state = followed.state
        guard let accepted = state.acceptedReleases[hash], let grant = state.grants[accepted.grant]?.grant else {
            throw .noSuchRelease
        }
        let (ask, asked) = try open(Array(body.dropFirst(32)), release: hash, job: grant.job)
        let verified = try release(hash, in: state)
        guard Release.name(of: ask.recipient) == verified.release.recipient else {
            throw .refused("ask.recipient", "The ask's recipient key is not the one that the release names.")
        }

        var judge = state.judge(of: verified, now: now(), stops: stops)
        var runs: [PageRun] = []
        for position in ask.positions {
            do throws(Refusal) {
                let page = try judge.page(at: Int(position.at), position.claim)
                if runs.isEmpty || !runs[runs.count - 1].first.hasInputs(like: page) {
                    runs.append(PageRun(first: page, position: position.at))
                }
                runs[runs.count - 1].pages.append(page.page)
            } catch {
                throw .refused(
                    error.rule, "Position \(position.at): \(error.message)", entry: accepted.mark.index,
                    position: position.at)
            }
        }
        var partials = Bytes()
        // Reserved at once, because a growing array leaves copies in memory.
        partials.reserveCapacity(ask.positions.count * Answer.partialCount * 32)
        defer { wipe(&partials) }
        var evaluators: (consent: Hash256, [PartialEvaluator])?
        for run in runs {
            let consent = run.first.consent
            if evaluators?.consent != consent {
                evaluators = subKeys.subKeys(of: consent).map { keys in
                    (consent, keys.map { PartialEvaluator($0.key) })
                }
            }
            guard let keys = evaluators?.1 else {
                guard let groups = state.rosters[run.first.roster], Self.seat(of: key, in: groups) != nil else {
                    throw .refused(
                        "ask.roster", "Position \(run.position): this broker is not in the roster of that consent.",
                        entry: accepted.mark.index, position: run.position)
                }
                throw BrokerRefusal(
                    CofferError(
                        .tryLater, "Position \(run.position): this broker holds no sub-keys of that consent yet.",
                        rule: "deposit.missing"),
                    position: run.position)
            }
            let inputs = run.first.inputs
            for page in run.pages {
                let x = inputs.x(page)
                for key in keys { key.append(x: x, to: &partials) }
            }
        }
        let answer = Answer(
            origin: origin, release: hash, ask: asked, broker: key, size: followed.checkpoint.checkpoint.size,
            root: followed.checkpoint.root,
            partials: partials)
        let box: Bytes
        do throws(CofferError) {
            box = try SealedAnswer.seal(answer, partials: partials, by: noteKey, to: ask.recipient)
        } catch {
            throw BrokerRefusal(error)
        }
        // A stop that arrived during the judging binds this answer too: its receipt may already be sent.
        guard self.stops.additions == additions else { return try await self.ask(body) }
        answers.add(1, ordering: .relaxed)
        positionsAnswered.add(UInt64(ask.positions.count), ordering: .relaxed)
        return box
    }

    /// The ask and its hash, if it is sealed to this broker, names this release, and has exactly the signature of the
    /// grant's job. Throws code `.usage` for its format and rule `ask.job` for its signature.
    private func open(_ box: Bytes, release: Hash256, job: VerifyingKey) throws(BrokerRefusal) -> (Ask, Hash256) {
        let info = HPKEInfo.statement(
            .ask, origin: origin, statement: release, recipient: sealingKey.publicKey)
        guard let plaintext = try? SealedBox.open(box, with: sealingKey, info: info) else {
            throw .malformed("The ask is not sealed to this broker for this release.")
        }
        guard let note = try? SignedNote(parsing: plaintext), let ask = try? Ask(parsing: note.text) else {
            throw .malformed("The ask is malformed.")
        }
        guard ask.origin.hasSameBytes(as: origin), ask.release == release else {
            throw .malformed("The ask names another ledger or release than its box does.")
        }
        guard note.isSigned(byExactly: job) else {
            throw .refused("ask.job", "The ask is not signed by the job that the grant names.")
        }
        return (ask, note.hash)
    }
}
