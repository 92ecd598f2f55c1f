import ArgumentParser
import Capture
import Files
import Foundation
import Keyholder
import Lake
import Ledger
import Replica
import Rules
import Sealing
import Vault

extension Coffer {
    /// Prints each problem on one line, with its fix.
    struct Doctor: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look for problems: one line each, with its fix. Exits 1 if there are any.")

        @OptionGroup var lake: LakeOption
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext(lake)
            var problems = files(session.home)
            if problems.isEmpty { problems += try await inside(session) }
            // A limit of many machines, and no fault of this installation, so it is told and no problem.
            if let swap = SwapSpace().exposed().first, let name = exposedProcess(session) {
                output.talk(
                    "Memory of \(name) could be swapped out to \(swap), which is not known to be encrypted. Encrypt the "
                        + "swap, or raise the limit of locked memory (ulimit -l unlimited), or run it in a unit with "
                        + "MemorySwapMax=0.")
            }
            output.data(
                "doctor",
                [
                    (
                        "problems",
                        .array(
                            problems.map { .object([("what", .string($0.what)), ("fix", .string($0.fix))]) })
                    )
                ],
                text: problems.isEmpty
                    ? "No problem found."
                    : problems.map { "\($0.what.shown)  →  \($0.fix.shown)" }.joined(separator: "\n"))
            if !problems.isEmpty { throw ExitCode(CofferError.Code.no.rawValue) }
        }

        /// A process with secrets whose memory is neither locked nor kept from being swapped; nil if all are safe.
        private func exposedProcess(_ session: EmployeeContext) -> String? {
            let agent = session.home.captureFinding.status?.memory
            let answer = (try? session.keyholder.askIfAnswering("status", seconds: 10)) ?? nil
            let keyholder = answer.map { $0["memory"]?.asString.flatMap(MemoryHold.init) ?? .partly }
            if agent == .partly { return "the capture agent" }
            if keyholder == .partly { return "the keyholder" }
            return agent == nil && keyholder == nil && MemoryProtection.here == .partly ? "a process with secrets" : nil
        }

        struct Problem {
            let what: String
            let fix: String
        }

        private func files(_ home: Home) -> [Problem] {
            guard [home.identity, home.vault + "/public"].contains(where: FileManager.default.fileExists) else {
                return [
                    Problem(
                        what: "Coffer is not set up on this machine.",
                        fix: "coffer init, or coffer key restore if you have a recovery sheet")
                ]
            }
            var problems: [Problem] = []
            do { try home.requireShortSockets() } catch {
                problems.append(Problem(what: error.message, fix: error.hint ?? "set COFFER_HOME"))
            }
            for (path, what, fix) in [
                (home.pins, "No ledger is pinned.", "coffer key restore"),
                (home.identity, "There is no identity.", "coffer key restore"),
                (home.vault + "/public", "There is no vault.", "coffer key restore"),
                (home.vault + "/device", "This device has no key.", "coffer key restore"),
                (home.vault + "/certificates", "No device is certified.", "coffer key restore"),
            ] where !FileManager.default.fileExists(atPath: path) {
                problems.append(Problem(what: what, fix: fix))
            }
            for path in [home.identity, home.vault, home.vault + "/device"] {
                let mode = (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? NSNumber
                if let mode, mode.intValue & 0o077 != 0 {
                    problems.append(Problem(what: "Other users can access \(path).", fix: "chmod go-rwx \(path)"))
                }
            }
            return problems
        }

        private func inside(_ session: EmployeeContext) async throws -> [Problem] {
            var problems: [Problem] = []
            func check(_ fix: String, _ body: () async throws -> Void) async {
                do { try await body() } catch let error as CofferError {
                    problems.append(Problem(what: error.message, fix: error.hint ?? fix))
                } catch {
                    problems.append(Problem(what: "An unexpected error of type \(type(of: error)).", fix: "report it"))
                }
            }
            let directory = try session.directory()
            problems += directory.damagedFiles().map(Problem.init)
            await check("coffer capture secrets --pattern …") { _ = try directory.readSecretFilter() }
            if let (what, fix) = session.home.captureFinding.problem { problems.append(Problem(what: what, fix: fix)) }
            for path in LedgerCopy.damaged(session.home.ledgerDatabase) {
                problems.append(
                    Problem(
                        what: "A copy of the ledger was damaged; the ledger was followed again.",
                        fix: "nothing to do: you may delete \(path)"))
            }
            let programme = try session.programme()
            await check("restore the vault from your sheet: coffer key restore") {
                _ = try directory.sealingPublicKey()
                _ = try directory.deviceKey()
            }
            await check("check that the ledger runs") {
                let followed = try await programme.follow()
                let state = followed.state
                problems += Self.clock(followed, now: programme.now())
                _ = try await programme.lake(state).exists(Hash256(of: Array("doctor".utf8)))
                if state.isHalted {
                    problems.append(
                        Problem(
                            what: "The programme is halted.",
                            fix: "nothing to do: capture and releases resume when the halt ends"))
                }
            }
            let waiting = try directory.outbox().count
            if waiting > 0 {
                problems.append(Problem(what: "\(waiting) stops are not delivered yet.", fix: "coffer sync"))
            }
            var answer: CanonicalJSON?
            await check("coffer lock, then coffer unlock") {
                answer = try session.keyholder.askIfAnswering("status", seconds: 10)
            }
            guard let status = answer else {
                let presence = session.keyholder.presence
                if case .silent = presence {
                    problems.append(Problem(what: presence.error.message, fix: "coffer lock"))
                    return problems
                }
                output.talk(
                    "The vault is locked, so segments were not checked. Run `coffer unlock`, then run this again.")
                return problems
            }
            for alarm in status["alarms"]?.asArray ?? [] {
                problems.append(Self.problem(alarm))
            }
            await check("check that the lake can be reached") {
                let lacking = try session.keyholder.ask("lake", lake.members)
                let pages = lacking["pages"]?.asInteger ?? 0
                let indices = lacking["indices"]?.asInteger ?? 0
                guard pages + indices > 0 else { return }
                problems.append(
                    Problem(
                        what: "The lake lacks objects of \(pages) pages and \(indices) indices that you published.",
                        fix: "coffer sync puts back what this laptop has"))
            }
            if let lacking = status["withoutKeys"]?.asInteger, lacking > 0 {
                output.talk("\(lacking) consents of this vault have ended, or need the next `coffer unlock`.")
            }
            return problems
        }

        /// This machine's clock beside the times at which a quorum cosigned the newest checkpoint.
        static func clock(_ followed: Followed, now: Milliseconds) -> [Problem] {
            guard let terms = followed.state.charter?.terms, let seconds = followed.checkpoint.quorumTime else {
                return []
            }
            let cosigned = Milliseconds(seconds)
            if cosigned > now + terms.tolerance {
                return [
                    Problem(
                        what: "This machine's clock is \(Seconds(cosigned - now)) s behind the ledger's cosigners'.",
                        fix: "timedatectl set-ntp true")
                ]
            }
            if cosigned + terms.freshness < now {
                return [
                    Problem(
                        what: "By this machine's clock, the ledger was last cosigned \(Seconds(now - cosigned)) s ago.",
                        fix: "set the clock if it is wrong; if it is right, tell the ledger's operator")
                ]
            }
            return []
        }

        private static func problem(_ alarm: CanonicalJSON) -> Problem {
            let name = String((alarm["name"]?.asString ?? "").prefix(16))
            return switch alarm["reason"]?.asString {
            case OpenVault.Alarm.Reason.uncertified.rawValue:
                Problem(
                    what: "ALARM: segment \(name.prefix(8)) was not made by a certified device.",
                    fix:
                        "it is never offered; run coffer show \(name.prefix(8)), then coffer rm \(name.prefix(8))"
                )
            case OpenVault.Alarm.Reason.journal.rawValue:
                Problem(
                    what: "ALARM: journal \(name) does not open or was not made by a certified device.",
                    fix: "remove it by its time with coffer rm")
            case OpenVault.Alarm.Reason.certificates.rawValue:
                Problem(
                    what: "ALARM: the list of certified devices does not open, so nothing is adopted or offered.",
                    fix: "restore the vault from your sheet: coffer key restore")
            default:
                Problem(what: "ALARM: segment \(name.prefix(8)) is damaged.", fix: "coffer rm \(name.prefix(8))")
            }
        }
    }
}

extension Coffer.Doctor.Problem {
    /// A damaged file: what it was, and which command makes up for it.
    init(_ file: DamagedFile) {
        let name = file.name.prefix(8)
        let (what, fix) =
            switch file.part {
            case .pages:
                (
                    "The note of the offered page \(name) is damaged: rm cannot take back this page.",
                    "coffer unlock, then coffer sync: that takes it back; or coffer revoke, which ends its consent"
                )
            case .cards:
                ("The revocation card of \(name) is damaged.", "coffer unlock, then coffer sync: that makes it again")
            case .outbox:
                (
                    "A stop that waited to be sent is damaged.",
                    "coffer unlock, then coffer sync: that repeats an rm; repeat a revoke with coffer revoke"
                )
            case .removals: ("The note of an interrupted removal is damaged.", "repeat the coffer rm")
            case .closing:
                (
                    "The note of an interrupted closing is damaged.",
                    "nothing: the records are taken from the journal again"
                )
            case .consents:
                (
                    "The record of the consent of \(name) is damaged: nothing is offered under it.",
                    "coffer revoke \(name), then consent again"
                )
            case .journals:
                (
                    "The journal \(file.name) is damaged: all of it that is authentic was adopted.",
                    "coffer rm with its time removes the rest"
                )
            }
        self.init(what: what, fix: "\(fix) (the file is \(file.place) in the vault)")
    }
}
