import ArgumentParser
import Capture
import Foundation
import Keyholder
import Ledger
import Replica
import Rules
import Sealing
import Vault

extension Coffer {
    /// Shows what is recorded, what may leave the machine and who asked.
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is recorded, what may leave, who asked, and the state of the log.")

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let directory = try session.directory()
            let programme = try session.programme()
            let followed = try? await programme.known()
            let capture = session.home.captureFinding
            let keyholder = try session.keyholder.askIfAnswering("status", seconds: 10)
            let presence = keyholder == nil ? session.keyholder.presence : .answering
            let consents = try directory.cards().flatMap(\.revokes)
            let knowsReleases = try followed?.state.marks(of: consents).allSatisfy { try !programme.lacks($0.index) }
            let facts = Facts(
                pin: programme.pin, capture: capture, keyholder: keyholder, presence: presence,
                segments: try directory.segmentIDs().count, journals: try directory.openJournals().count,
                pages: try directory.offeredPages().count, waiting: try directory.outbox().count,
                isHalted: directory.isHalted || followed?.state.isHalted == true,
                consents: consents, followed: followed, knowsReleases: knowsReleases ?? true,
                damaged: directory.damagedFiles())
            output.data("status", facts.json, text: facts.text)
        }
    }
}

extension Coffer.Status {
    /// The values that `status` prints.
    struct Facts {
        let pin: Pin
        let capture: CaptureFinding
        let keyholder: CanonicalJSON?
        let presence: KeyholderClient.Presence
        let segments: Int
        let journals: Int
        let pages: Int
        let waiting: Int
        let isHalted: Bool
        let consents: [RevocationCard.Signed]
        let followed: Followed?
        /// Whether all releases since the first of these consents are stored here.
        let knowsReleases: Bool
        /// Files of the vault that did not have their format.
        let damaged: [DamagedFile]

        private var live: [RevocationCard.Signed] {
            guard let state = followed?.state else { return [] }
            return consents.filter { revoke in
                state.pseudonyms[revoke.pseudonym]?.consent.map { !state.hasEnded(consent: $0, at: state.clock) }
                    ?? false
            }
        }

        /// The number of releases that name a consent of this machine; nil if some releases are not stored here.
        private var releases: Int? {
            guard let state = followed?.state else { return 0 }
            guard knowsReleases else { return nil }
            let mine = Set(consents.compactMap { state.pseudonyms[$0.pseudonym]?.consent })
            return state.releases.values.filter { $0.release.consents.contains { mine.contains($0.consent) } }.count
        }

        private var cosigned: Milliseconds? { (followed?.checkpoint.quorumTime).map { Milliseconds($0) } }

        private var alarms: Int { keyholder?["alarms"]?.asArray?.count ?? 0 }

        var json: [(String, JSONValue)] {
            [
                ("capture", .string(capture.word)), ("unlocked", .boolean(presence != .locked)),
                (
                    "keyholder",
                    keyholder.map { answer in
                        .object([
                            ("pid", .integer(Int(clamping: answer["pid"]?.asInteger ?? 0))),
                            ("until", .string(Output.rfc3339(answer["until"]?.asMilliseconds ?? 0))),
                        ])
                    } ?? .null
                ),
                ("origin", .string(pin.origin)), ("charter", .string(pin.charterHash.hex)),
                ("segments", .integer(segments)),
                ("records", keyholder?["records"]?.asInteger.map { .integer(Int(clamping: $0)) } ?? .null),
                ("open", .integer(journals)), ("consents", .integer(live.count)), ("pages", .integer(pages)),
                ("releases", releases.map { .integer($0) } ?? .null), ("waitingStops", .integer(waiting)),
                ("halted", .boolean(isHalted)),
                ("alarms", keyholder == nil ? .null : .integer(alarms)),
                ("damaged", .array(damaged.map { .string($0.place) })),
                ("ledgerSize", followed.map { .integer(Int(clamping: $0.checkpoint.size)) } ?? .null),
                ("ledgerTime", cosigned.map { .string(Output.rfc3339($0)) } ?? .null),
            ]
        }

        var text: String {
            var lines = ["capture   \(capture.word)\(capture.problem == nil ? "" : ": see `coffer doctor`")"]
            let until =
                switch presence {
                case .locked: "locked"
                case .silent: "unlocked, but \(presence.error.message) Run `coffer lock`"
                case .answering:
                    keyholder?["until"]?.asMilliseconds.map { "unlocked until \(Output.utc($0))" } ?? "unlocked"
                }
            lines.append("vault     \(until); \(segments) segments, \(journals) open")
            lines.append(
                "consents  \(live.count) live\(live.isEmpty ? "" : ": " + live.map(\.purpose.shown).joined(separator: ", "))"
            )
            let named = releases.map(String.init) ?? "an unknown number of"
            lines.append("offered   \(pages) pages; named by \(named) releases (`coffer history`)")
            if let followed {
                lines.append(
                    "ledger    \(followed.checkpoint.size) entries, cosigned \(cosigned.map(Output.utc) ?? "at an unknown time")"
                )
            } else {
                lines.append("ledger    not followed yet: `coffer sync` or `coffer purposes`")
            }
            if isHalted { lines.append("HALTED    the programme is halted; nothing is released") }
            if waiting > 0 { lines.append("waiting   \(waiting) stops are not delivered yet: run `coffer sync`") }
            if !damaged.isEmpty { lines.append("DAMAGED   \(damaged.count) files of the vault: see `coffer doctor`") }
            if alarms > 0 { lines.append("ALARM     \(alarms): see `coffer doctor`") }
            return lines.joined(separator: "\n")
        }
    }
}
