import Client
import CofferTestKit
import Crypto
import Ledger
import Messages
import Rules
import Sealing

/// What clients and servers say to each other, and is never logged.
extension FuzzTarget {
    static let messages: [FuzzTarget] = [
        .parser("ask", seeds: { [try ask().text] }) { try Ask(parsing: $0).text },
        .parser("answer", seeds: { [answer.text] }) { try Answer(parsing: $0).text },
        .parser("session-opening", seeds: { [try opening().text] }) { try SessionOpening(parsing: $0).text },
        .parser("session-message", seeds: { [SessionMessage.ask(positions).text, SessionMessage.close.text] }) {
            try SessionMessage(parsing: $0).text
        },
        .parser("session-head", seeds: { [head.text] }) { try SessionHead(parsing: $0).text },
        .parser("deposit-key", seeds: { [depositKey.text] }) { try DepositKeyRequest(parsing: $0).text },
        .parser("deposit-key-issued", seeds: { [try issued().text] }) { try DepositKeyIssued(parsing: $0).text },
        .parser("deposit-receipt", seeds: { [receipt(.deposit).text] }) { try Receipt(.deposit, parsing: $0).text },
        .parser("stop-receipt", seeds: { [receipt(.stop).text] }) { try Receipt(.stop, parsing: $0).text },
        .parser("deposit", seeds: { [deposit.encoded] }) { try Deposit(parsing: $0).encoded },
        .parser("enrolment", seeds: { [enrolment.encoded] }) { try Enrolment(parsing: $0).encoded },
        FuzzTarget("append-answer", runs: 3000, seeds: { [try appendAnswer(), refusal] }) { readAppendAnswer($0) },
    ]

    private static let consent = Hash256(of: Array("consent".utf8))
    private static let broker = Scenario.publicKey("acme-1")

    private static let positions = [
        AskPosition(at: 0, kind: "index", app: "", day: 20_772),
        AskPosition(at: 3, kind: "keys", app: "code", day: 20_775),
    ]

    private static func ask() throws -> Ask {
        Ask(
            origin: Scenario.origin, release: consent, recipient: try Scenario.sealingKey("recipient").publicKey,
            positions: positions)
    }
    private static let answer = Answer(
        origin: Scenario.origin, release: consent, ask: consent, broker: broker, size: 12, root: Merkle.emptyRoot,
        partials: [1, 2, 3])
    private static func opening() throws -> SessionOpening {
        SessionOpening(
            origin: Scenario.origin, release: consent, broker: broker, encapsulatedHash: consent,
            recipient: try Scenario.sealingKey("recipient").publicKey)
    }
    private static let head = SessionHead(
        origin: Scenario.origin, session: consent, broker: broker, tree: .init(size: 12, root: Merkle.emptyRoot),
        transcript: consent)
    private static let depositKey = DepositKeyRequest(
        origin: Scenario.origin, id: Array(0..<16), until: Scenario.noon, consent: consent, broker: broker)

    private static func issued() throws -> DepositKeyIssued {
        DepositKeyIssued(
            origin: Scenario.origin, consent: consent, broker: broker, key: try Scenario.sealingKey("acme-1").publicKey,
            until: Scenario.noon)
    }

    private static func receipt(_ subject: Receipt.Subject) -> Receipt {
        Receipt(subject, origin: Scenario.origin, statement: consent, broker: broker, time: Scenario.noon)
    }

    private static let deposit: Deposit = {
        let shapes = Scenario.terms().groups.compactMap {
            try? GroupShape(name: $0.name, threshold: $0.threshold, count: $0.brokers.count)
        }
        return Deposit(
            root: Material.key, roster: consent, groups: shapes, pseudonym: Scenario.publicKey("ann"), group: shapes[0],
            broker: 0)
    }()

    private static let enrolment = Enrolment(
        origin: Scenario.origin, charter: consent, token: Array(0..<32),
        keys: [Scenario.key("ann"), Scenario.key("bob")])

    private static func appendAnswer() throws -> Bytes {
        let proof = try Material.make().proof
        return AppendAnswer(
            index: 5, time: Scenario.noon, verdict: .accepted(consent), isDuplicate: false, checkpoint: proof.note,
            size: 9,
            proof: proof.hashes
        ).json.encoded
    }

    private static let refusal = Array(
        #"{"schema":"coffer.error.v1","code":77,"rule":"quorum","entry":3,"message":"Too few.","hint":"Ask again."}"#
            .utf8)

    /// Whatever a ledger answers, with either status, ends in a value or an error of ours; a proof that does not hold
    /// is never taken.
    private static func readAppendAnswer(_ bytes: Bytes) {
        guard let material = try? Material.make(), let note = material.statements.last else { return }
        let policy = material.scenario.terms.checkpointPolicy(origin: Scenario.origin)
        for status in [200, 403] {
            let client = LedgerClient(
                url: "http://ledger", policy: policy, transport: Canned(status: status, body: bytes))
            let appended = wait { try? await client.append(note) }
            hold(appended == nil, "a proof of another entry was taken")
        }
    }
}

/// Answers everything with one body.
private struct Canned: HTTPTransport {
    let status: Int
    let body: Bytes

    func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        HTTPReply(status: status, body: body)
    }
    func post(_ url: String, _ sent: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        HTTPReply(status: status, body: body)
    }
}
