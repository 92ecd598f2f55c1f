import ArgumentParser
import Audit
import Ledger
import Replica
import Rules
import Sealing

/// Prints the keys whose signatures make a checkpoint trusted, for other tools (C2SP tlog-policy).
struct AuditPolicy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Print the witness policy as a C2SP tlog-policy file.",
        discussion: """
            Any tool that reads c2sp.org/tlog-policy can check this ledger's checkpoints, and the proofs of `coffer history \
            --proof`, with it. The terms in force are read from the log; with --offline, from the charter alone, as it \
            was signed.
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .long, help: "Use only the charter, without the log: amendments are not seen.")
    var offline = false

    func run() async throws {
        let file = try ledger.pinned.file()
        var terms = file.terms
        var source = file.hash
        var basis: KnownLog.Basis?
        if !offline {
            let log = try await ledger.known().log
            basis = log.basis
            if let charter = log.state.charter { (terms, source) = (charter.terms, charter.hash) }
        }
        guard let policy = terms.witnessPolicy(origin: file.origin), let witnesses = CheckpointPolicy(policy) else {
            throw CofferError(.configuration, "The charter names no usable ledger key.", rule: "charter.keys")
        }
        let text = String(decoding: policy.encoded, as: UTF8.self)
        output.data(
            "policy",
            [
                ("origin", .string(file.origin)), ("terms", .string(source.hex)),
                ("cosigners", .integer(witnesses.witnesses.count)), ("quorum", .integer(witnesses.quorum)),
                ("policy", .string(text)),
            ] + (basis?.members ?? [("basis", "charter")]),
            text: "# Coffer, terms \(source.hex)\n" + text.dropLast())
        output.talk(
            "The terms are \(basis.map { "those in force: \($0.words)" } ?? "the charter's; amendments are not seen")")
    }
}
