import ArgumentParser
import Audit
import Files
import Foundation
import Keyholder
import Ledger
import Replica
import Rules
import Sealing
import Vault

extension Coffer {
    /// Lists the releases that name the employee's consents.
    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show who asked for your pages, from the ledger; unlocked, also which minutes of which app.",
            discussion: "Every accepted release counts as an access, whether or not it was answered.")

        @Argument(help: "Only releases under the purpose of this name.")
        var name: String?

        @Option(name: .long, help: ArgumentHelp("Write a .tlog-proof of each release there.", valueName: "dir"))
        var proof: String?

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try EmployeeContext()
            let programme = try session.programme()
            let mine = try session.directory().cards().flatMap(\.revokes)
            let state = try await state(session, programme, mine)
            let pages = try details(session)
            let prover = proof == nil ? nil : try ProofMaker(programme.store)
            if let proof { try DurableFile.makeDirectory(proof) }
            var count = 0
            for (hash, record) in state.releases.sorted(by: { $0.value.mark.index < $1.value.mark.index }) {
                for access in Access.of(record, mine: mine, state: state) where name == nil || access.name == name {
                    count += 1
                    var file: String?
                    if let proof, let prover {
                        let path = "\(proof)/\(record.mark.index)-\(hash.prefix8).tlog-proof"
                        guard let entry = try programme.store.entries(from: record.mark.index, count: 1).first else {
                            throw CofferError(.notFound, "The copy of the ledger lacks entry \(record.mark.index).")
                        }
                        let made = try prover.proof(of: record.mark.index, entry: entry)
                        try DurableFile.write(made.encoded, to: path)
                        file = path
                    }
                    try Output.item(
                        output.json ? access.json(pages, proof: file) : access.text(pages, proof: file))
                }
            }
            if count == 0 {
                output.talk("In the ledger as followed here, no release names your consents.")
            }
        }

        /// The log with every release that may name the employee's consents. A laptop that started from a broker state
        /// has only later releases; for proofs and for older consents it fetches the rest.
        private func state(_ session: EmployeeContext, _ programme: LedgerAccess, _ mine: [RevocationCard.Signed])
            async throws -> LedgerState
        {
            let state = try await session.state(programme, output: output)
            let isEarlier = try state.marks(of: mine).contains { try programme.lacks($0.index) }
            guard try isEarlier || (proof != nil && programme.lacks(0)) else { return state }
            output.talk(
                "Fetching and replaying the entries from before this machine began to follow; this happens once.")
            return try await programme.followFromTheFirstEntry().state
        }

        private func details(_ session: EmployeeContext) throws -> [String: CanonicalJSON] {
            guard session.keyholder.isAnswering else {
                output.talk(
                    "The vault is locked, so the apps and days of pages are not shown. Run `coffer unlock` to see them."
                )
                return [:]
            }
            var pages: [String: CanonicalJSON] = [:]
            try session.keyholder.ask("consents") { item in
                for page in item["pages"]?.asArray ?? [] {
                    if let id = page["page"]?.asString { pages[id] = page }
                }
            }
            return pages
        }
    }
}

extension LedgerState {
    /// The log positions of the consents of this machine's pseudonyms.
    func marks(of mine: [RevocationCard.Signed]) -> [LogPosition] {
        mine.compactMap { pseudonyms[$0.pseudonym]?.consent }.compactMap { consents[$0]?.mark }
    }
}

/// One release that names a consent of this machine.
struct Access {
    let index: UInt64
    let time: Milliseconds
    let name: String
    let pseudonym: VerifyingKey
    let job: VerifyingKey?
    let grant: Hash256
    let ids: [PageID]

    static func of(_ record: ReleaseRecord, mine: [RevocationCard.Signed], state: LedgerState) -> [Access] {
        record.release.consents.compactMap { named in
            guard let pseudonym = state.consents[named.consent]?.consent.pseudonym,
                let revoke = mine.first(where: { $0.pseudonym == pseudonym })
            else { return nil }
            return Access(
                index: record.mark.index, time: record.mark.time, name: revoke.purpose, pseudonym: pseudonym,
                job: state.grants[record.release.grant]?.grant.job, grant: record.release.grant, ids: named.ids)
        }
    }

    private var pages: [PageID] { ids.filter { $0.monday == nil } }
    private var weeks: [Day] { ids.compactMap(\.monday) }

    private func what(_ details: [String: CanonicalJSON]) -> [(app: String, kind: String, day: Day)] {
        pages.compactMap { details[$0.hex] }.map {
            (
                $0["app"]?.asString ?? "", $0["kind"]?.asString ?? "",
                Day(clamping: $0["day"]?.asInteger ?? 0)
            )
        }.sorted { ($0.day, $0.app, $0.kind) < ($1.day, $1.app, $1.kind) }
    }

    func json(_ details: [String: CanonicalJSON], proof: String?) -> String {
        JSONValue.object([
            ("schema", "coffer.history.v1"), ("entry", .integer(Int(clamping: index))),
            ("t", .string(Output.rfc3339(time))), ("name", .string(name)), ("pseudonym", .string(pseudonym.hex)),
            ("job", job.map { .string($0.hex) } ?? .null), ("grant", .string(grant.hex)),
            ("pages", .array(pages.map { .string($0.hex) })),
            ("weeks", .array(weeks.map { .string(Output.date($0)) })),
            (
                "what",
                .array(
                    what(details).map {
                        .object([
                            ("app", .string($0.app)), ("kind", .string($0.kind)), ("day", .string(Output.date($0.day))),
                        ])
                    })
            ),
            ("proof", proof.map { .string($0) } ?? .null),
        ]).text
    }

    func text(_ details: [String: CanonicalJSON], proof: String?) -> String {
        var lines = [
            "\(Output.utc(time))  entry \(index)  \(name.shown)  job \(job?.hash.prefix8 ?? "?")  "
                + (pages.isEmpty ? "the list of \(weeks.count) weeks' pages" : "\(pages.count) pages")
        ]
        for page in what(details) { lines.append("    \(Output.date(page.day))  \(page.app)  \(page.kind)") }
        if let proof { lines.append("    proof \(proof)") }
        return lines.joined(separator: "\n")
    }
}
