import Files
package import Ledger
package import Messages
package import Sealing

/// Supplies a follower with checkpoints and entries. Nothing from a source is trusted.
package protocol EntrySource: Sendable {
    /// The newest checkpoint, a signed note.
    func checkpoint() async throws(CofferError) -> Bytes
    /// The entries of a bundle of this width, 1…256.
    func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>]
    /// The last checkpoint that was published before an amendment replaced this charter. The first charter is 0.
    func handover(charter: Int) async throws(CofferError) -> Bytes
    /// The hashes of a tile.
    func hashes(_ tile: TilePath) async throws(CofferError) -> [Hash256]
    /// The server that it asks; nil for files, whose faults do not go away when they are read again.
    var server: String? { get }
}

extension EntrySource {
    /// A source of files.
    package var server: String? { nil }

    /// A fault that was found while reading from this source, as it counts. Files that do not fit are damaged. A server
    /// that shows what does not fit and what nobody signed proves nothing about the ledger: perhaps a proxy answered, so
    /// it can be asked again.
    package func judged(_ error: CofferError) -> CofferError {
        guard let server, error.code == .tampering, let rule = error.rule, Self.unsigned.contains(rule) else {
            return error
        }
        return CofferError(
            .tryLater, "\(server) shows what nobody signed: \(error.message)", rule: rule, entry: error.entry,
            hint: "Ask again later, and ask another server: the ledger or any broker.")
    }

    /// Whether the others are still asked after an error that was found while reading from this source. A fork, a
    /// checkpoint ahead of this machine's clock, and a fault of this machine are the same at every source.
    func leavesOthers(_ error: CofferError) -> Bool {
        switch error.code {
        case .tryLater: !error.isOfClocks
        case .tampering: !error.isFork && error != .corruptStore
        case .no, .mustGo, .usage, .notFound, .refused: true
        case .locked, .bug, .configuration: false
        }
    }

    /// The rules that anyone can break who answers in a server's place.
    private static var unsigned: Set<String> {
        [
            "head.format", "head.signature", "head.origin", "head.shorter", "entries.format", "entries.root",
            "tile.format", "charter.pin",
        ]
    }

    /// A source that has only entries.
    package func hashes(_ tile: TilePath) async throws(CofferError) -> [Hash256] {
        throw CofferError(.notFound, "There is no such tile.")
    }

    /// A source that has no such checkpoints.
    package func handover(charter: Int) async throws(CofferError) -> Bytes {
        throw CofferError(.notFound, "There is no such checkpoint.")
    }
}

/// A ledger's or broker's server, or any web server that serves a log's files.
package struct HTTPSource: EntrySource {
    package let url: String
    private let transport: any HTTPTransport

    package init(url: String, transport: any HTTPTransport) {
        self.url = ServerURL.base(url)
        self.transport = transport
    }

    package var server: String? { url }

    package func checkpoint() async throws(CofferError) -> Bytes {
        try await transport.get(url + "/checkpoint", atMost: HTTPLimits.checkpoint).served(by: url)
    }

    package func handover(charter: Int) async throws(CofferError) -> Bytes {
        try await transport.get("\(url)/charters/\(charter)/checkpoint", atMost: HTTPLimits.checkpoint).served(by: url)
    }

    package func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
        let path = TilePath(level: nil, index: bundle, width: width)
        var reader = ByteReader(try await tile(path, atMost: HTTPLimits.bundle))
        do throws(FormatError) { return try EntryBundle.parse(&reader, count: width) } catch {
            throw CofferError(.tampering, "\(url) serves malformed entries.", rule: "entries.format")
        }
    }

    package func hashes(_ tile: TilePath) async throws(CofferError) -> [Hash256] {
        let bytes = try await self.tile(tile, atMost: HTTPLimits.body)
        guard let hashes = try? HashTile.parse(Array(bytes.prefix(tile.width * 32)), width: tile.width) else {
            throw CofferError(.tampering, "\(url) serves a malformed tile.", rule: "tile.format")
        }
        return hashes
    }

    /// A full tile or bundle may stand in for a partial one that was deleted.
    private func tile(_ tile: TilePath, atMost limit: Int) async throws(CofferError) -> Bytes {
        var reply = try await transport.get("\(url)/\(tile.path)", atMost: limit)
        if reply.status == 404, tile.isPartial {
            reply = try await transport.get("\(url)/\(tile.full.path)", atMost: limit)
        }
        return try reply.served(by: url)
    }
}

/// A mirror: a log's files in a folder of this machine.
package struct DirectorySource: EntrySource {
    private let directory: TileDirectory

    package init(_ directory: TileDirectory) { self.directory = directory }

    package func checkpoint() async throws(CofferError) -> Bytes {
        let checkpoint: Bytes?
        do throws(FileError) { checkpoint = try directory.checkpoint() } catch {
            throw CofferError(.configuration, "The log's folder cannot be read: \(error).")
        }
        guard let checkpoint else { throw CofferError(.notFound, "The log's folder holds no checkpoint.") }
        return checkpoint
    }

    package func handover(charter: Int) async throws(CofferError) -> Bytes {
        guard let checkpoint = try? directory.handover(charter: charter) else {
            throw CofferError(.notFound, "The log's folder holds no such checkpoint.")
        }
        return checkpoint
    }

    package func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
        do throws(TileError) { return try directory.entries(bundle: bundle, width: width) } catch {
            throw CofferError(fromTile: error)
        }
    }

    package func hashes(_ tile: TilePath) async throws(CofferError) -> [Hash256] {
        do throws(TileError) { return try directory.hashes(tile) } catch { throw CofferError(fromTile: error) }
    }
}

extension CofferError {
    init(fromTile error: TileError) {
        self =
            switch error {
            case .file(let error):
                CofferError(.configuration, "The log's folder cannot be read: \(error).")
            case .missing, .corrupt:
                CofferError(
                    .tampering, "The log's folder lacks entries that its checkpoint covers.", rule: "entries.format")
            }
    }
}
