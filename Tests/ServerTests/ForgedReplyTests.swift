import Broker
import BrokerServer
import Client
import CofferTestKit
import DeskServer
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

/// Someone on the way to the ledger answers `POST /append` in its place; everything else passes.
@Suite("Forged answers to an append", .timeLimit(.minutes(5)))
struct ForgedReplyTests {
    /// What the attacker can say without any key.
    private static func forged(_ checkpoint: Bytes) throws -> [HTTPReply] {
        let note = try SignedNote(checkpoint: checkpoint)
        func answer(isDuplicate: Bool) -> HTTPReply {
            .ok(
                AppendAnswer(
                    index: 0, time: 0, verdict: .accepted(Hash256(of: [])), isDuplicate: isDuplicate, checkpoint: note,
                    size: 1, proof: []
                ).json.encoded)
        }
        return [
            answer(isDuplicate: true), answer(isDuplicate: false),
            .text(403, #"{"schema":"coffer.error.v1","code":77,"rule":"revoked","entry":1,"message":"no"}"#),
        ]
    }

    /// The codes of these answers, in the same order.
    private static let codes: [CofferError.Code] = [.tryLater, .tryLater, .refused]

    @Test("`duplicate` proves nothing, and a refusal outside an answer names no entry")
    func client() async throws {
        let served = try await ServedOrganisation()
        try await served.run {
            let network = ScriptedTransport(passing: served.transport)
            let terms = served.organisation.charter.terms
            let client = LedgerClient(
                url: "http://ledger", policy: terms.checkpointPolicy(origin: Organisation.origin), transport: network)
            let note = try served.organisation.sign(Halt(origin: Organisation.origin), ["security"])
            let checkpoint = try await network.get("http://ledger/checkpoint", atMost: HTTPLimits.checkpoint).body
            for (reply, code) in zip(try Self.forged(checkpoint), Self.codes) {
                network.reply(to: "http://ledger/append", reply)
                do throws(CofferError) {
                    _ = try await client.append(note)
                    Issue.record("a forged answer was taken")
                } catch {
                    #expect(error.code == code && error.entry == nil)
                }
            }
            network.reply(to: "http://ledger/append", nil)
            // The refusal of one address is nobody's word: the other is asked, too.
            let policies = [try #require(terms.checkpointPolicy(origin: Organisation.origin))]
            for refusal in [HTTPReply.refusal(rule: "revoked"), .text(400, ""), .text(404, ""), .text(503, "")] {
                network.route("http://elsewhere/") { _ in refusal }
                for urls in [["http://elsewhere", "http://ledger"], ["http://ledger", "http://elsewhere"]] {
                    _ = try await LedgerClient(urls: urls, policies: policies, transport: network).append(note)
                }
                let nowhere = LedgerClient(
                    urls: ["http://elsewhere", "http://nowhere"], policies: policies, transport: network)
                let error = await #expect(throws: CofferError.self) { try await nowhere.append(note) }
                #expect(error?.isReply == true)
            }
            let first = try await client.append(note)
            let again = try await client.append(note)
            #expect(first.isDuplicate && again.isDuplicate && first.index == again.index)
        }
    }

    @Test("A dismissal stands only in the followed log")
    func dismissal() async throws {
        let served = try await ServedOrganisation()
        try await served.run {
            let network = ScriptedTransport(passing: served.transport)
            let charter = served.organisation.charter
            let follower = Follower(
                of: charter.pin,
                in: FollowerStorage(MemoryLedger(), evidence: EvidenceDirectory(path: served.directory)),
                from: NamedSources(charter.terms, transport: network), now: nil)
            let ledger = FollowedAppender(follower) { LedgerClient($0, else: "http://ledger", transport: network) }
            let dismiss = Dismiss(origin: Organisation.origin, pseudonyms: [SigningKey().publicKey])
            let note = try served.organisation.sign(dismiss, ["desk"])
            let checkpoint = try await network.get("http://ledger/checkpoint", atMost: HTTPLimits.checkpoint).body
            for (reply, code) in zip(try Self.forged(checkpoint), Self.codes) {
                network.reply(to: "http://ledger/append", reply)
                do throws(CofferError) {
                    _ = try await ledger.append(note)
                    Issue.record("a forged answer was taken")
                } catch { #expect(error.code == code) }
            }
            // The ledger has it, and its answer is lost: the log shows it all the same.
            _ = try await served.ledgerClient.append(note)
            network.reply(to: "http://ledger/append", .text(503, ""))
            let standing = try await ledger.append(note)
            #expect(standing.isRepeated && standing.entry == 1 && standing.time != nil)
            let other = Dismiss(origin: Organisation.origin, pseudonyms: dismiss.pseudonyms)
            let moot = try await ledger.append(try served.organisation.sign(other, ["desk"]))
            #expect(moot.isRepeated && moot.entry == nil)
        }
    }

    @Test("No forged answer empties the desk's waiting list")
    func desk() async throws {
        let served = try await ServedOrganisation()
        try await served.run {
            let network = ScriptedTransport(passing: served.transport)
            let directory = served.directory + "/other-desk"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let desk = try Desk(
                directory: directory, key: try served.organisation.key("desk"), charter: served.organisation.charter,
                transport: network, now: ServedOrganisation.now)
            let keys = (0..<8).map { _ in SigningKey() }
            let enrolment = Enrolment(
                origin: Organisation.origin, charter: served.organisation.charter.hash,
                token: try desk.store.makeToken(), keys: keys)
            #expect(try desk.enrol(enrolment) == 8)
            let checkpoint = try await network.get("http://ledger/checkpoint", atMost: HTTPLimits.checkpoint).body
            for (reply, code) in zip(try Self.forged(checkpoint), Self.codes) {
                network.reply(to: "http://ledger/append", reply)
                await #expect(throws: CofferError(code, "", rule: code == .refused ? "revoked" : "append.proof")) {
                    _ = try await desk.publish()
                }
                #expect(try desk.store.waiting().count == 8)
            }
            network.reply(to: "http://ledger/append", nil)
            #expect(try await desk.publish() == 8)
            #expect(try desk.store.waiting().isEmpty)
        }
    }

    @Test("A halt goes to each roster's brokers at their newest address, and counts receipts of that roster only")
    func halt() async throws {
        let served = try await ServedOrganisation()
        try await served.run {
            let state = try await served.house("acme-1").broker.follow().state
            let note = try served.organisation.sign(Halt(origin: Organisation.origin), ["security"])
            var sender = HaltSender(note, origin: Organisation.origin, transport: served.transport)
            let roster = try #require(state.stoppableRosters().first)
            for name in ["acme-1", "acme-2"] { served.transport.take(name, down: true) }
            await sender.send(to: roster.brokers.filter { $0.name != "council-1" })
            let results = sender.results([roster])
            #expect(results.map(\.receipts) == [1] && results.map(\.isStopped) == [false])
            served.transport.take("acme-1", down: false)
            served.transport.take("acme-2", down: false)
            // An address that did not answer is tried again only by a new attempt.
            await sender.send(to: roster.brokers)
            #expect(sender.receipts.count == 2)
            #expect(sender.results([roster]).map(\.isStopped) == [true])
        }
    }
}
