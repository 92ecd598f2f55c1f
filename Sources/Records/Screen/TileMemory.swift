import CLinux
import Glibc
import Synchronization

/// The memory of tiles: pieces of 64, left out of core dumps. A place that is given back is wiped at once, and taken
/// again before new memory is: a screen that changes all the time needs no new pages.
final class TileMemory: Sendable {
    static let shared = TileMemory()

    /// A place for the pixels of one tile.
    struct Place: Sendable {
        fileprivate let piece: Piece
        fileprivate let number: Int

        /// Written before it is shared, and only read from then on.
        var bytes: UnsafeMutableRawBufferPointer {
            UnsafeMutableRawBufferPointer(
                start: piece.start + number * TileGrid.tileBytes, count: TileGrid.tileBytes)
        }
    }

    /// Memory for as many tiles as a word has bits; a bit that is set is a place that is free.
    fileprivate final class Piece: Sendable {
        static let count = UInt64.bitWidth * TileGrid.tileBytes
        nonisolated(unsafe) let start: UnsafeMutableRawPointer
        /// Changed only under the lock of the memory.
        nonisolated(unsafe) var free = UInt64.max

        init() {
            let mapped = mmap(nil, Self.count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            // Stops the process, as Swift's own allocations do. Nothing is lost: what was recorded is in the journal.
            guard let mapped, mapped != MAP_FAILED else { fatalError("no memory for the tiles of a screen") }
            start = mapped
            _ = coffer_exclude_from_dumps(mapped, Self.count)
        }

        deinit { munmap(start, Self.count) }
    }

    /// Free pieces beyond these go back to the system: they are a screen of 1,920 × 1,080 pixels.
    private static let mostFree = 8

    private let pieces = Mutex<[Piece]>([])

    var pieceCount: Int { pieces.withLock(\.count) }

    /// A place whose bytes are zero.
    func take() -> Place {
        pieces.withLock { pieces in
            let piece =
                pieces.first { $0.free != 0 }
                ?? {
                    let piece = Piece()
                    pieces.append(piece)
                    return piece
                }()
            let number = piece.free.trailingZeroBitCount
            piece.free &= ~(1 << UInt64(number))
            return Place(piece: piece, number: number)
        }
    }

    func giveBack(_ place: Place) {
        if let start = place.bytes.baseAddress { explicit_bzero(start, place.bytes.count) }
        pieces.withLock { pieces in
            place.piece.free |= 1 << UInt64(place.number)
            guard place.piece.free == .max, pieces.count(where: { $0.free == .max }) > Self.mostFree else { return }
            pieces.removeAll { $0 === place.piece }
        }
    }
}

/// The pixels of one tile, which frames share until it changes.
final class TilePixels: Sendable {
    private let place: TileMemory.Place

    static let black = TilePixels(nil)

    /// A copy of a tile's bytes; black without them.
    init(_ bytes: UnsafeRawBufferPointer?) {
        place = TileMemory.shared.take()
        if let bytes { place.bytes.copyMemory(from: bytes) }
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(place.bytes) }

    deinit { TileMemory.shared.giveBack(place) }
}
