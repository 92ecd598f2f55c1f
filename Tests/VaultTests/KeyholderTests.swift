import CofferTestKit
import Crypto
import Files
import Foundation
import Sealing
import Synchronization
import Testing

@testable import Keyholder
@testable import Vault

/// The keyholder's socket: what it answers, and what it does not.
@Suite("Keyholder", .serialized)
struct KeyholderTests {
    private let world: World
    private let ann: Person
    /// The socket must be in a folder of this user alone.
    private let room: TemporaryDirectory
    private let socket: String

    init() throws {
        world = try World.empty()
        ann = try Person(world)
        ann.purpose()
        room = try TemporaryDirectory()
        socket = room.path + "/keyholder.sock"
    }

    private func start() throws -> (KeyholderServer, KeyholderClient) {
        let keyholder = Keyholder(
            try ann.open, consents: ann.keys, programme: ann.programme,
            deadline: world.clock.now + 3_600_000)
        let server = try KeyholderServer(keyholder, path: socket) {}
        try server.start()
        return (server, KeyholderClient(socket: socket, lock: socket + ".lock"))
    }

    @Test("A locked vault is an error with its own code")
    func lockedIsAnErrorWithItsCode() {
        #expect(throws: CofferError(.locked, "")) {
            try KeyholderClient(socket: socket, lock: socket + ".lock").ask("ls")
        }
        #expect(!KeyholderClient(socket: socket, lock: socket + ".lock").isAnswering)
    }

    @Test("The socket is for this user only")
    func theSocketIsForThisUserOnly() async throws {
        try await blocking {
            let (server, client) = try start()
            defer { server.stop() }
            #expect(client.isAnswering)
            let mode = try #require(
                (try FileManager.default.attributesOfItem(atPath: socket)[.posixPermissions] as? NSNumber)?.intValue)
            #expect(mode & 0o077 == 0)
        }
    }

    @Test("The keyholder lists and shows")
    func listsAndShows() async throws {
        try await blocking {
            try ann.record(5)
            let (server, client) = try start()
            defer { server.stop() }
            var segments: [CanonicalJSON] = []
            try client.ask("ls", [.init("selector", Selector().json)]) { segments.append($0) }
            #expect(segments.count == 1)
            #expect(segments[0]["records"]?.asInteger == 5)
            var records: [CanonicalJSON] = []
            let id = try #require(segments[0]["id"]?.asString)
            try client.ask("show", [.init("selector", Selector(ids: [String(id.prefix(8))]).json)]) {
                records.append($0)
            }
            #expect(records.compactMap { $0["record"]?["key"]?.asString } == ["k0", "k1", "k2", "k3", "k4"])
        }
    }

    @Test("Errors cross the socket unchanged")
    func errorsCrossTheSocketWhole() async throws {
        try await blocking {
            let (server, client) = try start()
            defer { server.stop() }
            #expect(throws: CofferError(.notFound, "")) {
                try client.ask("show", [.init("selector", Selector(ids: ["abcdef12"]).json)])
            }
            #expect(throws: CofferError(.usage, "")) { try client.ask("rm", [.init("selector", Selector().json)]) }
            #expect(throws: CofferError(.usage, "")) { try client.ask("nonsense") }
            #expect(throws: CofferError(.usage, "")) { try client.ask("ls") }
        }
    }

    @Test("The keyholder selects by app and removes")
    func selectsByAppAndRemoves() async throws {
        try await blocking {
            try ann.record(5)
            try ann.record(2, app: try AppName("mail"))
            let (server, client) = try start()
            defer { server.stop() }
            let removed = try client.ask("rm", [.init("selector", Selector(apps: ["mail"]).json)])
            #expect(removed["segments"]?.asArray?.count == 1)
            #expect(try ann.directory.segmentIDs().count == 1)
        }
    }

    @Test("A damaged segment is removed by its time or its id, and named where its app or its records must be known")
    func damagedSegmentsAreNotPassedOver() async throws {
        try await blocking {
            let (server, client) = try start()
            defer { server.stop() }
            func damage() throws -> String {
                let id = try ann.record(5)
                try DurableFile.write([1], to: ann.directory.segmentFile(id) + ".header")
                return id.hex
            }
            func ask(_ operation: String, _ selector: Selector) throws -> [String: [String]] {
                let answer = try client.ask(operation, [.init("selector", selector.json)])
                return ["segments", "unknown"].reduce(into: [:]) {
                    $0[$1] = answer[$1]?.asArray?.compactMap(\.asString)
                }
            }
            let id = try damage()
            let times = Selector(since: ann.twoDaysAgo, until: ann.twoDaysAgo + 60_000)
            var labels = times
            labels.apps = ["code"]
            #expect(try ask("rm", labels) == ["segments": [], "unknown": [id]])
            #expect(try ask("redact", times) == ["segments": [], "unknown": [id]])
            #expect(try ask("rm", Selector(until: ann.twoDaysAgo - 60_000)) == ["segments": [], "unknown": []])
            #expect(try ask("rm", times) == ["segments": [id], "unknown": []])
            let other = try damage()
            #expect(try ask("rm", Selector(ids: [String(other.prefix(8))])) == ["segments": [other], "unknown": []])
            #expect(try ann.directory.segmentIDs().isEmpty)
        }
    }

    @Test("Malformed requests are answered and do no harm")
    func garbageIsAnsweredAndSurvived() async throws {
        try await blocking {
            let (server, client) = try start()
            defer { server.stop() }
            for garbage in ["", "{", "\u{0}", "[]", "{\"op\":1}", "{\"op\":\"ls\",\"selector\":[]}"] {
                let connection = try #require(try LocalSocket.connect(socket))
                #expect(connection.write(line: Array(garbage.utf8)))
                let line = try #require(connection.readLine())
                guard case .error = try KeyholderMessage.reply(line) else {
                    Issue.record("\(garbage) was served")
                    continue
                }
            }
            #expect(client.isAnswering)
        }
    }

    @Test("A consent that is handed over is served")
    func aConsentHandedOverIsServed() async throws {
        try ann.record(5)
        let (server, client) = try start()
        defer { server.stop() }
        let consent = try await ann.consent()
        let report = try await blocking {
            try client.hand(ann.keys[0])
            return try client.ask("sync")
        }
        #expect(report["pages"]?.asInteger == 1)
        #expect(try await world.read(consent, weeks: ann.weeks).records.count == 5)
    }

    @Test("After locking no keyholder answers")
    func lockingLeavesNobodyToAsk() async throws {
        try await blocking {
            let (server, client) = try start()
            try client.ask("lock")
            #expect(!client.isAnswering)
            server.stop()
        }
    }

    @Test("Two hundred connections that say nothing keep no request out: the oldest are closed")
    func silentCallers() async throws {
        try await blocking {
            let (server, client) = try start()
            defer { server.stop() }
            let silent = try (0..<200).map { _ in
                try #require(try LocalSocket.connect(socket, seconds: 600))
            }
            #expect(client.isAnswering)
            #expect(try client.ask("status")["segments"]?.asInteger == 0)
            // It waits until the server closes it.
            #expect(silent[0].readLine() == nil)
            // One that stays is served.
            #expect(silent[199].write(line: Bytes(#"{"op":"ping"}"#.utf8)) && silent[199].readLine() != nil)
        }
    }

    @Test("One that hangs is not waited for: it is named, left aside, and ended by its lock")
    func oneThatHangs() async throws {
        try await blocking {
            // It accepts connections and never answers, as a stopped process does.
            var listener: LocalListener? = try LocalListener(socket)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sleep")
            process.arguments = ["300"]
            try process.run()
            defer { process.terminate() }
            let stat = try String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
            let started = try #require(stat.split(separator: ")").last).split(separator: " ")[19]
            let line = "keyholder \(process.processIdentifier) \(started)\n"
            try Data(line.utf8).write(to: URL(fileURLWithPath: socket + ".lock"))
            let lock = try FileLock(socket + ".lock")
            let client = KeyholderClient(socket: socket, lock: socket + ".lock")
            #expect(client.presence == .silent(process.processIdentifier))
            let error = #expect(throws: CofferError.self) { try client.ask("ls") }
            #expect(error?.code == .tryLater && error?.rule == "keyholder.silent")
            #expect(try client.askIfAnswering("rm", seconds: 5) == nil)
            // The process ends; this test holds the lock in its place, so the keys count as held.
            #expect(throws: CofferError(.tryLater, "", rule: "keyholder.silent")) { try client.end() }
            process.waitUntilExit()
            #expect(process.terminationStatus == SIGKILL)
            lock.release()
            // Something listens still: that is no proof that no one holds keys.
            #expect(listener != nil && client.presence == .silent(nil))
            listener = nil
            #expect(client.presence == .locked)
            #expect(try !client.end())
        }
    }

    @Test("A lock that another command holds is not a keyholder's")
    func anotherHolder() async throws {
        try await blocking {
            let lock = try VaultLock.take(socket + ".lock", as: .rotate)
            #expect(KeyholderClient(socket: socket, lock: socket + ".lock").presence == .locked)
            #expect(throws: CofferError(.tryLater, "", rule: "vault.busy")) {
                try VaultLock.take(socket + ".lock", as: .keyholder)
            }
            withExtendedLifetime(lock) {}
        }
    }

    @Test("A keyholder that another unlock has started is not taken for the one that was ended")
    func theNextKeyholder() async throws {
        try await blocking {
            let path = socket + ".lock"
            let lock = try VaultLock.take(path, as: .keyholder)
            let keyholder = Keyholder(
                try ann.open, consents: [], programme: ann.programme, deadline: world.clock.now + 3_600_000)
            // When this keyholder ends, the lock is at once that of another process.
            let server = try KeyholderServer(keyholder, path: socket) {
                let line = "keyholder 2 1".padding(toLength: 63, withPad: " ", startingAt: 0) + "\n"
                let file = FileHandle(forUpdatingAtPath: path)
                file?.write(Data(line.utf8))
            }
            try server.start()
            #expect(try KeyholderClient(socket: socket, lock: path).end())
            #expect(VaultLock.keyholder(path).holder?.process == 2)
            withExtendedLifetime(lock) {}
        }
    }

    @Test("After the unlocked time nothing is answered, and the end comes even while a sync hangs")
    func theDeadline() async throws {
        let ended = Mutex(false)
        let keyholder = Keyholder(
            try ann.open, consents: [], programme: ann.programme, deadline: world.clock.now + 3_600_000)
        let server = try KeyholderServer(keyholder, path: socket) { ended.withLock { $0 = true } }
        try server.start()
        try server.startDeadline()
        // The ledger takes the request and never answers.
        world.network.silence("http://ledger.example/")
        let sync = Task { try await keyholder.sync(offering: true) }
        world.clock.advance(by: 3_600_001)
        await #expect(throws: CofferError(.locked, "")) {
            try await keyholder.answer(.object([.init("op", .string("status"))])) { _ in }
        }
        try await waitUntil("it ends") { ended.withLock { $0 } }
        sync.cancel()
        try await blocking {
            #expect(!KeyholderClient(socket: socket, lock: socket + ".lock").isAnswering)
        }
    }

    @Test("Secrets cross the pipe, and nothing else is accepted")
    func secretsCrossThePipeAndNothingElseIsTaken() async throws {
        try await blocking {
            let consents = (0..<3).map { _ in ConsentKeys(root: .init(size: .bits256), pseudonym: SigningKey()) }
            let secrets = KeyholderSecrets(keys: try ann.open.keys, consents: consents)
            let bytes = try secrets.encoded().withBytes { Bytes($0) }
            func read(_ bytes: Bytes) throws -> KeyholderSecrets {
                var position = 0
                return try KeyholderSecrets { memory in
                    memory.withMutableBytes { target in
                        guard position + target.count <= bytes.count else { return false }
                        target.copyBytes(from: bytes[position..<position + target.count])
                        position += target.count
                        return true
                    }
                }
            }
            let back = try read(bytes)
            #expect(back.keys.sealing.publicKey == secrets.keys.sealing.publicKey)
            #expect(back.keys.index == secrets.keys.index)
            #expect(back.consents.map(\.root) == consents.map(\.root))
            #expect(back.consents.map(\.pseudonym.publicKey) == consents.map(\.pseudonym.publicKey))
            for cut in [0, 3, 4, 40, bytes.count - 1] {
                #expect(throws: CofferError.self) { try read(Array(bytes[..<cut])) }
            }
            var wrong = bytes
            wrong[3] ^= 1
            #expect(throws: CofferError.self) { try read(wrong) }
        }
    }
}
