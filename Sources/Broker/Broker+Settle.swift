import Files
package import Ledger
package import Messages
package import Replica
import Rules
package import Sealing
import Synchronization

extension Broker {
    /// Brings the stores to the ledger's state: destroys ended consents, and removes stops whose effect stands in it.
    func settle(_ followed: Followed) throws(CofferError) {
        let state = followed.state
        try destroyEnded(in: state, at: followed.certainTime(now: now()))
        for held in stops.all where state.hasEffect(of: held.statement) {
            do throws(FileError) { try stops.remove(held.note.hash) } catch { throw .brokerStore }
        }
    }

    /// Destroys the sub-keys of consents that have ended in this state, or whose revoke the broker holds. A destruction
    /// cannot be undone, so `time` is one that no single clock decides.
    func destroyEnded(in state: LedgerState, at time: Milliseconds) throws(CofferError) {
        let revoked = directStops.revoked
        let ended = subKeys.consents.filter { consent in
            guard let pseudonym = state.consents[consent]?.consent.pseudonym else { return false }
            return state.hasEnded(consent: consent, at: time) || revoked.contains(pseudonym)
        }
        guard !ended.isEmpty else { return }
        do throws(SubKeyStoreError) { try subKeys.destroy(Set(ended)) } catch { throw .brokerStore }
        for consent in ended { oneTimeKeys.destroy(for: consent) }
    }

    /// What the broker has to log: the stops that it received, and `destroyed` after consents of its roster ended.
    package func submissions(_ followed: Followed) throws(CofferError) -> [SignedNote] {
        let state = followed.state
        // Sorted, so that what a broker logs depends only on what it holds.
        let time = now()
        var notes = stops.all.filter { $0.nextSubmission <= time && !state.hasEffect(of: $0.statement) }.map(\.note)
            .sorted { $0.hash < $1.hash }
        let ended = endedConsents(followed)
        let until = now() + millisecondsPerDay
        if ended > lastDestroyedCount.load(ordering: .relaxed), ended > 0, until > state.clock {
            let heading = Heading(origin: origin, until: until)
            let statement = Destroyed(heading: heading, broker: key, size: followed.checkpoint.checkpoint.size)
            notes.append(try SignedNote.message(statement.text, by: noteKey))
        }
        return notes
    }

    /// Logs the submissions. What the ledger cannot take now is tried again the next time, and a stop that it refuses
    /// ten seconds later: no answer ends a stop, only the followed state does.
    package func submit(_ followed: Followed, to ledger: some LedgerAppender) async throws(CofferError) {
        for note in try submissions(followed) {
            do throws(CofferError) {
                _ = try await ledger.append(note)
            } catch {
                guard error.code == .refused else { continue }
                stops.postpone(note.hash, until: now() + 10_000)
            }
            if case .destroyed = try? Statement(parsing: note.text) {
                lastDestroyedCount.store(endedConsents(followed), ordering: .relaxed)
            }
        }
    }

    /// How many consents of rosters with this broker have ended, by the time at which it destroys.
    private func endedConsents(_ followed: Followed) -> Int {
        let (state, time) = (followed.state, followed.certainTime(now: now()))
        let rosters = state.rosters.filter { $0.value.contains { $0.brokers.contains { $0.noteKey == key } } }
        return state.consents.count {
            rosters[$0.value.consent.rosterHash] != nil && state.hasEnded(consent: $0.key, at: time)
        }
    }

    /// Positions answered since the start, stopping statements held, open sessions: for the operator's metrics.
    package var counts: (positions: UInt64, stops: Int, sessions: Int) {
        (positionsAnswered.load(ordering: .relaxed), stops.all.count, sessions.count)
    }

    /// What the broker tells anyone about itself; no pseudonyms, no consents.
    package var status: BrokerStatus {
        get async {
            let followed = await follower.followed
            return BrokerStatus(
                origin: origin, broker: key, size: followed?.checkpoint.size ?? 0, root: followed?.checkpoint.root,
                cosigned: followed?.checkpoint.quorumTime, answers: answers.load(ordering: .relaxed),
                subKeys: subKeys.count)
        }
    }
}

extension CofferError {
    package static let brokerStore = CofferError(
        .configuration, "The broker cannot write its store.", hint: "Check both media, then start it again.")
}
