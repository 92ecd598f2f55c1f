import Broker
import BrokerServer
import CofferTestKit
import Foundation
import Ledger
import Logging
import Messages
import Replica
import Rules
import Sealing
import Testing

@Suite("Bad requests to brokers and the desk")
struct BadRequestTests {
    private let requests: [(String, String, Int)] = [
        ("acme-1", "ask", 1 << 20), ("acme-1", "deposit", 1 << 20), ("acme-1", "deposit/key", 64 << 10),
        ("acme-1", "stop", 64 << 10), ("acme-1", "add-checkpoint", HTTPLimits.checkpoint), ("desk", "enrol", 64 << 10),
    ]

    @Test("Empty, short, random and oversized bodies get an error in its format, and the server lives")
    func bodies() async throws {
        let served = try await ServedOrganisation()
        try await served.run {
            try await served.house("acme-1").broker.follow()
            for (host, path, limit) in requests {
                let url = "http://\(host)/\(path)"
                for body in [[], [0], Bytes(repeating: 65, count: 33), Random.bytes(2_000), Array("old 0\n\n\n".utf8)] {
                    let reply = try await served.transport.post(url, body, atMost: 1 << 16)
                    #expect((400...422).contains(reply.status), "\(path): \(reply.status)")
                    let text = String(decoding: reply.body, as: UTF8.self)
                    #expect(!text.contains("Swift") && !text.contains(".swift"), "\(text)")
                    if path != "add-checkpoint" { #expect(text.contains(#""schema":"coffer.error.v1""#), "\(text)") }
                }
                let reply = try await served.transport.post(url, Bytes(repeating: 1, count: limit + 1), atMost: 1 << 16)
                #expect(reply.status == 413, "\(path)")
            }
            #expect(try await served.transport.get("http://acme-1/status", atMost: 1 << 16).status == 200)
        }
    }

    @Test("Paths that are not there are 404; the charter, the checkpoint, its tiles and the status are")
    func paths() async throws {
        let served = try await ServedOrganisation()
        try await served.run {
            try await served.house("acme-1").broker.follow()
            func status(_ path: String) async throws -> Int {
                try await served.transport.get("http://acme-1/\(path)", atMost: 1 << 20).status
            }
            let missing = [
                "", "nothing", "tile/0/001", "tile/0/000.p/2", "tile/9/x", "tile/../sub-keys", "sub-keys",
                "deposit/xyz",
                "deposit/" + Hash256(of: [1]).hex, "tile/entries/000.p/999",
            ]
            for path in missing { #expect(try await status(path) == 404, "\(path)") }
            for path in ["charter", "checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1", "status"] {
                #expect(try await status(path) == 200, "\(path)")
            }
            let directory = Witness.directoryName(Organisation.origin)
            #expect(try await status("\(directory)/checkpoint") == 200)
        }
    }

    @Test("A folder that is missing or in use, another's key, a lost storage key: a sentence and 78")
    func configuration() async throws {
        let served = try await ServedOrganisation()
        let other = served.directory + "/other"
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
        let cases: [(String, String, String)] = [
            (served.directory + "/acme-1", "acme-1", served.directory + "/storage/acme-1"),
            (served.directory + "/none/none", "acme-1", served.directory + "/storage/x"),
            (other, "ledger", served.directory + "/storage/x"),
            (other, "acme-1", served.directory + "/none/storage"),
        ]
        for (directory, key, storage) in cases {
            await #expect(throws: CofferError(.configuration, "")) {
                _ = try await served.open(directory, key, storage: storage)
            }
        }
        try Data([1]).write(to: URL(fileURLWithPath: other + "/sub-keys"))
        await #expect(throws: CofferError(.configuration, "")) {
            _ = try await served.open(other, "acme-2", storage: served.directory + "/storage/new")
        }
        // A charter without witnesses starts nothing.
        let text = String(decoding: served.organisation.charter.note.encoded, as: UTF8.self)
        let bare = text.replacingOccurrences(
            of: #""witnesses":\[.*?\],"reviewers""#, with: #""witnesses":[],"reviewers""#, options: .regularExpression)
        #expect(throws: CofferError(.configuration, "", rule: "charter.witnesses")) {
            try CharterFile(parsing: Array(bare.utf8))
        }
    }
}
