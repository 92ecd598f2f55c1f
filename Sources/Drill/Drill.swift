/// Drill: opens every ACL on a copy of every store and tries to read.
///
/// `Drill` runs on a `StoreCopy`. `CanarySearch` looks for plaintext in it. `KeyHandover` gives an attacker all parts
/// but one and tries to read, against the honest servers of a `CopiedWorld`; `LeakAttempt` uses stolen stores only.
/// The result is a `DrillReport`, whose controls show that both searches would have found something.
///
/// The module imports both sides: `Vault`, `Broker`, `Job` and what is below them, no `Client` and no server. It never
/// changes the folder that it copies, and reports never contain what it found.

import Foundation
import Job
package import Lake
import Replica
import Rules
package import Sealing
import Vault

/// Opens every ACL on a copy of every store and tries to read.
///
/// First it looks for plaintext: canaries that it seals into the copy, and everything that the granted job reads.
/// Then it withholds one part at a time (consent, each broker group, log entry, job key) and tries with all others.
/// Controls show that both attempts could succeed: with all parts the job reads, and a canary in clear is found.
package struct Drill: Sendable {
    private let copy: StoreCopy
    private let charter: CharterFile
    private let custody: Custody
    private let job: SigningKey
    private let elsewhere: (any ListedLake)?
    private let now: @Sendable () -> Milliseconds
    private let talk: @Sendable (String) -> Void

    /// `directory` has the layout of `StoreCopy` and is not changed; `scratch` is a new folder that belongs to this
    /// user. `lake` is read in place of the folder's own.
    package init(
        on directory: String, scratch: String, lake: (any ListedLake)? = nil, job: SigningKey,
        now: @escaping @Sendable () -> Milliseconds,
        talk: @escaping @Sendable (String) -> Void
    ) throws(CofferError) {
        self.copy = try StoreCopy(of: directory, into: scratch)
        self.charter = try CharterFile(readingFrom: directory + "/charter")
        self.custody = try Custody(directory: directory + "/org")
        self.job = job
        self.elsewhere = lake
        self.now = now
        self.talk = talk
    }

    package func run() async throws(CofferError) -> DrillReport {
        guard let directory = copy.log(origin: charter.origin) else {
            throw CofferError(.configuration, "The copy holds no ledger.", hint: "servers/ has the ledger's folder.")
        }
        let entries = try await CopiedLog.entries(in: directory, pin: charter.pin, room: try copy.room("log"))
        let state = CopiedLog.state(charter.pin, entries)
        let grant = try grant(in: state)
        let lake = try DirectoryLake(path: copy.stores + "/lake")
        if let elsewhere {
            talk("reading the whole lake")
            try await copy.fetch(elsewhere, into: lake)
        }

        // With all parts. What the job reads must be found nowhere else.
        let handed = KeyHandover(
            copy: copy, charter: charter, custody: custody, entries: entries, state: state, grant: grant, job: job,
            lake: lake, now: now)
        talk("with everything: consent, each group, log entry, job key")
        let (all, read) = try await handed.everything()
        let planted = Planting.fresh(1)
        for vault in copy.vaults {
            try await Planting.seal(planted, into: try VaultDirectory(path: vault), lake: lake, now: now())
        }
        try copy.open()
        talk("looking for \(planted.count + read.count) canaries in every store")
        let search = CanarySearch(planted + read + RecordMarks.canaries)
        let found = try look(search, "stores")
        let control = try self.control()
        var attempts: [Attempt] = []
        for way in handed.ways {
            let made = try await handed.attempt(way)
            talk("without \(made.withheld), \(made.how): \(made.opened) opened")
            attempts.append(made)
        }
        return DrillReport(
            files: found.files, bytes: found.bytes, unpacked: found.unpacked, canaries: search.canaries,
            forms: search.forms, hits: found.hits, control: control.found, controlExpected: control.planted, all: all,
            attempts: attempts, limit: try await handed.limit())
    }

    /// A live grant of this job with live consents to its purpose.
    private func grant(in state: LedgerState) throws(CofferError) -> Hash256 {
        let view = StateView(state, now: now())
        for (hash, record) in state.grants.sorted(by: { $0.value.mark.index > $1.value.mark.index })
        where record.grant.job == job.publicKey {
            if (try? view.liveGrant(hash)) != nil, (try? view.liveConsents(to: record.grant.purpose))?.isEmpty == false
            {
                return hash
            }
        }
        throw CofferError(
            .configuration,
            "The copied ledger has no live grant of this job with a live consent: nothing to hand over.",
            hint: "COFFER_JOB_KEY names the key of a granted job.")
    }

    private func look(_ search: CanarySearch, _ directory: String) throws(CofferError) -> CanarySearch.Result {
        do { return try search.search("\(copy.scratch)/\(directory)") } catch {
            throw CofferError(.configuration, "The copied stores cannot be read.")
        }
    }

    /// Plants the drill's canaries in clear, in every form. Returns how many were planted and how many found.
    private func control() throws(CofferError) -> (planted: Int, found: Int) {
        let canaries = Planting.fresh(2)
        let directory = copy.stores + "/control"
        do {
            let planted = try Planting.inClear(canaries, below: directory)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let hits = try CanarySearch(canaries).search(copy.stores).hits
            return (planted, Set(hits.map(\.path)).count)
        } catch {
            throw CofferError(.configuration, "The control could not be planted in the copy.")
        }
    }
}

/// The beginnings that all records have. One found in clear would mean that a record is in clear.
enum RecordMarks {
    static let canaries: [Canary] = [
        Canary("form of a keys record", text: #"{"type":"press","key":""#),
        Canary("form of a keys record", text: #"{"type":"release","key":""#),
        Canary("form of a pointer record", text: #"{"type":"move","x":"#),
        Canary("form of a window record", text: #"{"title":""#),
        Canary("form of a prompt record", text: #"{"role":"user","text":""#),
        Canary("form of a terminal record", text: #"{"type":"output","text":""#),
        Canary("form of a screen record", text: #","key":true,"tiles":["#),
    ]
}
