import CLinux
import Glibc
package import Sealing

/// One screen as 8-bit RGB: rows from top to bottom, three bytes a pixel, no padding between rows.
///
/// The pixels are in whole memory pages of their own, left out of core dumps and wiped when the last frame that shares
/// them is freed. Frames share them until one changes.
package struct ScreenFrame: Sendable {
    package let width: Int
    package let height: Int
    private var pixels: Pixels

    /// The largest width or height of a screen.
    package static let maximumSide = 16_384
    /// The most pixels that a screen may have: a little more than 8K.
    package static let maximumArea = 40_000_000

    /// A black screen, then whatever `draw` writes into its `width * height * 3` bytes.
    package init(width: Int, height: Int, draw: (UnsafeMutableRawBufferPointer) -> Void = { _ in }) throws(FormatError)
    {
        guard Self.isPossible(width: width, height: height) else { throw .outOfBounds }
        self.width = width
        self.height = height
        self.pixels = Pixels(count: width * height * 3)
        pixels.withBytes(draw)
    }

    /// Lets `draw` change the pixels: in place, unless another frame shares them. It must draw all of the rows in
    /// `replaced`, which are not copied then.
    mutating func change(replacing replaced: [Range<Int>] = [], _ draw: (UnsafeMutableRawBufferPointer) -> Void) {
        if !isKnownUniquelyReferenced(&pixels) {
            let own = Pixels(count: width * height * 3)
            pixels.withBytes { old in
                own.withBytes { new in
                    var row = 0
                    for next in replaced + [height..<height] {
                        let kept = row * width * 3..<next.lowerBound * width * 3
                        UnsafeMutableRawBufferPointer(rebasing: new[kept]).copyMemory(
                            from: UnsafeRawBufferPointer(rebasing: old[kept]))
                        row = next.upperBound
                    }
                }
            }
            pixels = own
        }
        pixels.withBytes(draw)
    }

    package static func isPossible(width: Int, height: Int) -> Bool {
        (1...maximumSide).contains(width) && (1...maximumSide).contains(height) && width * height <= maximumArea
    }

    /// The pixels, `width * height * 3` bytes.
    package func withPixels<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try pixels.withBytes { try body(UnsafeRawBufferPointer($0)) }
    }

    /// Red, green and blue at a point of the screen.
    package subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
        precondition((0..<width).contains(x) && (0..<height).contains(y), "a point outside the screen")
        return withPixels {
            let at = (y * width + x) * 3
            return ($0[at], $0[at + 1], $0[at + 2])
        }
    }
}

extension ScreenFrame: Equatable {
    package static func == (a: Self, b: Self) -> Bool {
        guard a.width == b.width, a.height == b.height else { return false }
        return a.withPixels { first in
            b.withPixels { second in
                guard let x = first.baseAddress, let y = second.baseAddress else { return true }
                return memcmp(x, y, first.count) == 0
            }
        }
    }
}

/// Whole anonymous pages, zero at first.
private final class Pixels: Sendable {
    private let count: Int
    // Written only while one ScreenFrame refers to it; read-only while several do.
    nonisolated(unsafe) private let base: UnsafeMutableRawPointer

    init(count: Int) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        self.count = (count + page - 1) / page * page
        let mapped = mmap(nil, self.count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        // Stops the process, as Swift's own allocations do. Nothing is lost: what was recorded is in the journal.
        guard let mapped, mapped != MAP_FAILED else { fatalError("no memory for a screen frame") }
        base = mapped
        // Mapping page by page takes longer than drawing. Where the system has no large pages it says so, and maps small.
        _ = madvise(mapped, self.count, MADV_HUGEPAGE)
        self.used = count
        _ = coffer_exclude_from_dumps(mapped, self.count)
    }

    private let used: Int

    func withBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
        try body(UnsafeMutableRawBufferPointer(start: base, count: used))
    }

    deinit {
        explicit_bzero(base, count)
        munmap(base, count)
    }
}
