import Logging
import NIOCore
import Testing

@testable import Serving

/// Who is let in, and who gives way, without sockets.
@Suite("The table of connections")
struct ConnectionTableTests {
    private let start = ContinuousClock.now

    private func table(_ change: (inout ServerLimits) -> Void = { _ in }) -> ConnectionTable {
        var limits = ServerLimits()
        limits.connections = 3
        limits.connectionsOfAddress = 2
        limits.patience = .seconds(2)
        change(&limits)
        return ConnectionTable(limits)
    }

    private func enter(_ table: inout ConnectionTable, _ peer: PeerAddress? = nil, after seconds: Int = 0) throws
        -> ConnectionTable.ID
    {
        let entered = table.enter(from: peer, at: start + .seconds(seconds))
        return try #require(entered).id
    }

    /// Expects that this connection gives way then, or none.
    private func expect(
        _ id: ConnectionTable.ID?, from table: inout ConnectionTable, after time: Duration,
        at location: SourceLocation = #_sourceLocation
    ) {
        let gone = table.giveWay(at: start + time)
        #expect(gone == id, sourceLocation: location)
    }

    private func peer(_ address: String) throws -> PeerAddress? {
        PeerAddress(try SocketAddress(ipAddress: address, port: 1))
    }

    @Test("Without room the one gives way that has let the server wait longest, first those that asked for nothing")
    func order() throws {
        var table = table { $0.connections = 0 }
        let ids = try (0..<5).map { try enter(&table, after: $0) }
        table.turn(ids[0], to: .served, at: start)
        table.turn(ids[1], to: .taking, at: start)
        table.turn(ids[2], to: .asking, at: start)
        let later = start + .seconds(60)
        var gone: [ConnectionTable.ID] = []
        while let id = table.giveWay(at: later) { gone.append(id) }
        #expect(gone == [ids[3], ids[4], ids[2], ids[1]])
        #expect(table.count == 1)
    }

    @Test("With room nobody gives way, and before its time is over nobody does either")
    func patience() throws {
        var table = table()
        let first = try enter(&table)
        for _ in 0..<2 { _ = try enter(&table) }
        expect(nil, from: &table, after: .seconds(60))
        _ = try enter(&table)
        #expect(table.isFull)
        expect(nil, from: &table, after: .milliseconds(1_999))
        expect(first, from: &table, after: .seconds(2))
        #expect(!table.isFull)
        expect(nil, from: &table, after: .seconds(60))
    }

    @Test("An address at its bound gets a new connection for its oldest idle one; when all are served, none")
    func addresses() throws {
        var table = table { $0.connections = 100 }
        let (mine, other) = (try peer("192.0.2.1"), try peer("192.0.2.2"))
        let first = try enter(&table, mine)
        let second = try enter(&table, mine, after: 1)
        table.turn(first, to: .served, at: start + .seconds(2))
        let entered = table.enter(from: mine, at: start + .seconds(3))
        let third = try #require(entered)
        #expect(third.instead == second)
        table.turn(third.id, to: .served, at: start + .seconds(3))
        let fourth = table.enter(from: mine, at: start + .seconds(4))
        #expect(fourth == nil)
        for peer in [other] + Array(repeating: nil, count: 50) {
            let entered = table.enter(from: peer, at: start + .seconds(4))
            #expect(entered != nil && entered?.instead == nil)
        }
        table.leave(first)
        let fifth = table.enter(from: mine, at: start + .seconds(5))
        #expect(fifth != nil && fifth?.instead == nil)
    }

    @Test("Beyond the bound only requests that can bring a stop begin, and ended ones make room")
    func reserve() {
        var table = table()
        var begun = (0..<4).map { _ in table.begin(mayStop: false) }
        #expect(begun == [true, true, true, false])
        begun = (0..<100).map { _ in table.begin(mayStop: true) }
        #expect(!begun.contains(false))
        table.finish(mayStop: true)
        begun = [table.begin(mayStop: false)]
        table.finish(mayStop: false)
        begun += (0..<2).map { _ in table.begin(mayStop: false) }
        #expect(begun == [false, true, false])
    }

    @Test("An address is IPv4, also as IPv6 shows it, or half of IPv6; this machine has none")
    func peers() throws {
        #expect(try peer("192.0.2.1") == peer("::ffff:192.0.2.1"))
        #expect(try peer("192.0.2.1") != peer("192.0.2.2"))
        #expect(try peer("2001:db8:1:2::1") == peer("2001:db8:1:2:ffff::9"))
        #expect(try peer("2001:db8:1:2::1") != peer("2001:db8:1:3::1"))
        for own in ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"] { #expect(try peer(own) == nil) }
        #expect(PeerAddress(nil) == nil)
        #expect(PeerAddress(try SocketAddress(unixDomainSocketPath: "/a")) == nil)
    }

    @Test("A process with few descriptors takes fewer connections, and several servers share them")
    func descriptors() {
        let limits = ServerLimits()
        #expect(limits.fitting(descriptors: 20_000, servers: 1).connections == 1_024)
        #expect(limits.fitting(descriptors: 1_024, servers: 1).connections == 832)
        #expect(limits.fitting(descriptors: 1_024, servers: 2).connections == 320)
        #expect(limits.fitting(descriptors: 10, servers: 7).connections == 16)
    }

    @Test("What happens often is one line a minute, with its number")
    func rareLines() {
        let log = KeptLog()
        let line = RareLine(.readersCut, log.logger(format: .text))
        for second in [0, 1, 59, 60, 61, 119, 120] { line.happened(at: start + .seconds(second)) }
        let counts = log.text.split(separator: "\n").map { $0.suffix(7) }
        #expect(counts == ["count=1", "count=3", "count=3"])
        #expect(log.text.contains("warning event=\"\(ServerEvent.readersCut.rawValue)\""))
    }
}
