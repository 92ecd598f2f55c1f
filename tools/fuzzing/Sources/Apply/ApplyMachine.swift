import CofferTestKit
import Ledger
import Rules
import Sealing

/// The fuzzer's bytes as a history: each step adds one entry to a log, and what must hold is checked after it.
///
///     step = u8 what ‖ u8 which ‖ u8 stamp ‖ …
///
/// `what` mod 4: 0 a prepared note as it is; 1 one with bytes changed (u16 at ‖ lp new); 2 a prepared text changed in
/// the same way and signed again by those who may, so that the rules behind the signatures are reached; 3 any bytes
/// (lp) as a note. `which` names the prepared note, `stamp` how the clock moves.
struct ApplyMachine {
    private let world: ApplyWorld
    private var state: LedgerState
    /// The state's, after the last entry.
    private var digest: Hash256
    private var entries: [Entry] = []
    private var verdicts: [Verdict] = []
    private var now: Milliseconds
    /// Kept apart from the state, which forgets what no entry can repeat.
    private var taken: Set<Hash256> = []

    /// Beyond this many entries a history shows nothing new, and takes long.
    private static let mostEntries = 40

    init(_ world: ApplyWorld) {
        self.world = world
        self.state = world.start
        self.now = world.now
        self.digest = world.start.digest
    }

    mutating func run(_ bytes: Bytes) {
        var reader = ByteReader(bytes)
        while entries.count < Self.mostEntries, let note = try? step(&reader) { append(note) }
        checkReplay()
    }

    private mutating func step(_ reader: inout ByteReader) throws(FormatError) -> Bytes {
        let what = try reader.u8()
        let prepared = world.prepared[Int(try reader.u8()) % world.prepared.count]
        now = Self.move(now, by: try reader.u8())
        switch what % 4 {
        case 0: return prepared.note
        case 1: return try Self.change(prepared.note, &reader)
        case 2: return Self.signed(try Self.change(prepared.text, &reader), by: prepared.signers)
        default: return try reader.lp()
        }
    }

    private static func signed(_ text: Bytes, by signers: [String]) -> Bytes {
        text + [10]
            + signers.flatMap {
                NoteKey(signer: Scenario.publicKey($0)).sign(text, with: Scenario.key($0)).encoded
            }
    }

    private static func change(_ bytes: Bytes, _ reader: inout ByteReader) throws(FormatError) -> Bytes {
        let at = Int(try reader.u16()) % max(bytes.count, 1)
        let new = try reader.lp()
        return Array(bytes[..<at]) + new + Array(bytes.dropFirst(at + new.count))
    }

    /// Mostly on; at times back, far on, or to the end of time.
    private static func move(_ now: Milliseconds, by byte: UInt8) -> Milliseconds {
        switch byte {
        case 0..<64: now
        case 64..<128: now + 60_000 * byte
        case 128..<192: now + 600_000 * byte
        case 192..<250: now + (byte - 191) * millisecondsPerDay
        case 250: 0
        case 251: Milliseconds.max
        default: now - 3_600_000
        }
    }

    private mutating func append(_ note: Bytes) {
        let before = state
        let digest = digest
        let verdict = state.apply(Entry(stamp: now, note: note))
        entries.append(Entry(stamp: now, note: note))
        verdicts.append(verdict)

        hold(state.size == before.size + 1, "an entry was not counted")
        hold(state.clock == max(before.clock, now), "the clock is not the maximum of all stamps")
        switch verdict {
        case .refused(let refusal):
            hold(state.digest == digest, "a refused entry left a trace: \(refusal.rule)")
            hold(!refusal.rule.isEmpty, "a refusal names no rule")
        case .accepted(let hash):
            hold(before.index(of: hash) == nil && taken.insert(hash).inserted, "a statement was accepted twice")
            hold(state.index(of: hash) == before.size, "an accepted statement is not known by its index")
            self.digest = state.digest
            hold(self.digest != digest, "an accepted statement left no trace")
            checkAccepted(note, hash, before)
        }
        judge()
    }

    /// What acceptance means, whatever came before.
    private func checkAccepted(_ note: Bytes, _ hash: Hash256, _ before: LedgerState) {
        guard let note = try? SignedNote(parsing: note), note.hash == hash,
            let statement = try? Statement(parsing: note.text), let signers = try? note.signers()
        else { fatalError("what is no statement was accepted") }
        hold(!signers.isEmpty && signers.count == note.signatures.count, "a line that does not verify was accepted")
        switch statement {
        case .release(let release):
            hold(!state.isHalted, "a release was accepted while halted")
            for part in release.consents {
                hold(state.isLive(consent: part.consent), "a release of a consent that ended was accepted")
            }
        case .revoke(let revoke):
            hold(state.pseudonyms[revoke.pseudonym]?.revoked != nil, "a revoke has no effect")
        case .halt: hold(state.isHalted, "a halt has no effect")
        default: break
        }
        for (key, record) in before.pseudonyms where record.revoked != nil {
            hold(state.pseudonyms[key]?.revoked == record.revoked, "a revoke was taken back")
        }
        for (purpose, mark) in before.withdrawn {
            hold(state.withdrawn[purpose] == mark, "a withdrawal was taken back")
        }
    }

    /// The broker's question ends, too, and is answered with no only while nothing is halted.
    private func judge() {
        for (hash, record) in state.releases.prefix(2) {
            for position in [0, record.release.count - 1, record.release.count, .max, -1] {
                let claim = PageClaim(kind: "keys", app: "code", day: Day(of: world.now) - 2)
                let judged = try? state.judge(release: hash, position: position, claim: claim, now: now)
                hold(judged == nil || !state.isHalted, "a page was answered while halted")
                if let judged {
                    hold(state.isLive(consent: judged.consent), "a page of a consent that ended was answered")
                }
            }
        }
    }

    /// Who replays the entries comes to the same, step by step.
    private func checkReplay() {
        var again = world.start
        for (entry, verdict) in zip(entries, verdicts) {
            let other = again.apply(entry)
            hold(other == verdict, "two replays disagree")
        }
        hold(again.digest == state.digest, "two replays come to different states")
    }
}
