import ArgumentParser
import Foundation
import Keyholder
import Lake
import Replica
import Rules
import Sealing
import Vault

extension Coffer {
    /// Prints each problem on one line, with its fix.
    struct Doctor: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look for problems: one line each, with its fix. Exits 1 if there are any.")

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            var problems = files(session.home)
            if problems.isEmpty { problems += try await inside(session) }
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

        struct Problem {
            let what: String
            let fix: String
        }

        private func files(_ home: Home) -> [Problem] {
            var problems: [Problem] = []
            for (path, what, fix) in [
                (home.pins, "No ledger is pinned.", "coffer init"),
                (home.identity, "There is no identity.", "coffer init"),
                (home.vault + "/public", "There is no vault.", "coffer init"),
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
            let programme = try session.programme()
            await check("restore the vault from your sheet: coffer key restore") {
                _ = try directory.sealingPublicKey()
                _ = try directory.deviceKey()
                _ = try directory.offeredPages()
                _ = try directory.cards()
            }
            await check("check that the ledger runs") {
                let state = try await programme.follow().state
                let lake = try programme.lake(state)
                _ = try await lake.exists(Hash256(of: Array("doctor".utf8)))
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
            guard session.keyholder.isRunning else {
                output.talk(
                    "The vault is locked, so segments were not checked. Run `coffer unlock`, then run this again.")
                return problems
            }
            let status = try session.keyholder.ask("status")
            for alarm in status["alarms"]?.asArray ?? [] {
                problems.append(Self.problem(alarm))
            }
            await check("check that the lake can be reached") {
                let lacking = try session.keyholder.ask("lake")
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
            default:
                Problem(what: "ALARM: segment \(name.prefix(8)) is damaged.", fix: "coffer rm \(name.prefix(8))")
            }
        }
    }
}
