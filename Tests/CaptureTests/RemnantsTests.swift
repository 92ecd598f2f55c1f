import CofferTestKit
import Records
import Sealing
import Testing

/// What a time left on the screen is found and blackened, and nothing else.
@Suite("Remnants on the screen")
struct RemnantsTests {
    /// A terminal of letters of 6 × 13 pixels, black on white, with a cursor: what xterm draws.
    private struct Terminal {
        static let width = 640
        static let height = 400
        var lines: [(text: String, x: Int, y: Int)] = []
        var cursor: (x: Int, y: Int)?

        func frame() throws -> ScreenFrame {
            try ScreenFrame(width: Self.width, height: Self.height) { pixels in
                for at in pixels.indices { pixels[at] = 255 }
                func paint(_ x: Int, _ y: Int) {
                    for channel in 0..<3 { pixels[(y * Self.width + x) * 3 + channel] = 0 }
                }
                for line in lines {
                    for (place, letter) in line.text.unicodeScalars.enumerated() where letter != " " {
                        // Any fixed shape for each letter.
                        var shape = UInt64(letter.value) &* 0x9e37_79b9_7f4a_7c15
                        for at in 0..<50 {
                            shape = shape &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                            if shape >> 62 == 0 { paint(line.x + place * 6 + at % 5, line.y + 1 + at / 5) }
                        }
                    }
                }
                if let cursor {
                    for y in 0..<13 { for x in 0..<6 { paint(cursor.x + x, cursor.y + y) } }
                }
            }
        }
    }

    /// Outside of the macros, which copy what changes.
    private static func shown(_ frame: ScreenFrame?) throws -> ScreenFrame { try #require(frame) }

    private static func isClean(
        _ remnants: inout Remnants, _ terminal: Terminal, at location: SourceLocation = #_sourceLocation
    ) throws {
        let covered = remnants.covered(try terminal.frame())
        #expect(covered == nil, sourceLocation: location)
    }

    private func isBlack(_ frame: ScreenFrame, _ x: Int, _ y: Int, _ width: Int, _ height: Int) -> Bool {
        (y..<y + height).allSatisfy { row in (x..<x + width).allSatisfy { frame[$0, row] == (0, 0, 0) } }
    }

    /// How many pixels of two frames differ outside a rectangle of tiles.
    private func differences(_ a: ScreenFrame, _ b: ScreenFrame, outside rows: Range<Int>) -> Int {
        (0..<a.height).filter { !rows.contains($0) }.reduce(0) { count, y in
            count + (0..<a.width).count { a[$0, y] != b[$0, y] }
        }
    }

    private let prompt = "someone@laptop:~$ "
    private let secret = "hunter2-4929"

    private func started() throws -> (terminal: Terminal, before: ScreenFrame) {
        let terminal = Terminal(
            lines: [("a heading that stays", 10, 4), (prompt, 10, 200)], cursor: (10 + 18 * 6, 200))
        return (terminal, try terminal.frame())
    }

    /// A terminal in which the secret was typed letter by letter, and what was noted of it.
    private func typed() throws -> (terminal: Terminal, remnants: Remnants) {
        var (terminal, before) = try started()
        var remnants = Remnants()
        for length in 1...secret.count {
            terminal.lines[1].text = prompt + secret.prefix(length)
            terminal.cursor = (10 + (18 + length) * 6, 200)
            remnants.note(try terminal.frame(), since: before)
        }
        return (terminal, remnants)
    }

    @Test("A frame that still shows it is black there, and is otherwise as it was")
    func stillThere() throws {
        var (terminal, remnants) = try typed()
        // The cursor moves on, and another line is typed far below.
        terminal.cursor = (10, 330)
        terminal.lines.append(("something harmless", 10, 330))
        let frame = try terminal.frame()
        let covered = try Self.shown(remnants.covered(frame))
        #expect(isBlack(covered, 10 + 18 * 6, 200, secret.count * 6, 13))
        #expect(differences(covered, frame, outside: 192..<256) == 0)
        #expect(remnants.isShown)
    }

    @Test("What is drawn right above or below it does not hide it")
    func touching() throws {
        var (terminal, before) = try started()
        terminal.lines[1].text = prompt + secret
        // The cursor touches the letters from below and from above.
        for y in [211, 188] {
            terminal.cursor = (10 + 20 * 6, y)
            var remnants = Remnants()
            remnants.note(try terminal.frame(), since: before)
            var later = terminal
            later.cursor = (10, 330)
            later.lines.append(("other words there, and some more of them", 10, y))
            let covered = try Self.shown(remnants.covered(try later.frame()))
            #expect(isBlack(covered, 10 + 18 * 6, 202, secret.count * 6, 8))
            before = try started().before
        }
    }

    @Test("A part of it that is left is found, and what was repainted is shown again")
    func repainted() throws {
        var (terminal, remnants) = try typed()
        terminal.lines[1].text = prompt + secret.prefix(4)
        terminal.cursor = (10 + 22 * 6, 200)
        let covered = try Self.shown(remnants.covered(try terminal.frame()))
        #expect(isBlack(covered, 10 + 18 * 6, 200, 24, 13))
        terminal.lines[1].text = prompt
        terminal.cursor = (10 + 18 * 6, 200)
        try Self.isClean(&remnants, terminal)
        #expect(!remnants.isShown)
        // The same place, other words.
        terminal.lines[1].text = prompt + "ls -l | wc"
        try Self.isClean(&remnants, terminal)
    }

    @Test("It is found where it was scrolled to, in the same step as its line ends", arguments: [13, 26, 117])
    func scrolled(_ distance: Int) throws {
        var (terminal, remnants) = try typed()
        terminal.lines[1].y -= distance
        terminal.lines.append((prompt, 10, 200))
        terminal.cursor = (10 + 18 * 6, 200)
        let frame = try terminal.frame()
        let covered = try Self.shown(remnants.covered(frame))
        let top = 200 - distance
        #expect(isBlack(covered, 10 + 18 * 6, top, secret.count * 6, 13))
        #expect(differences(covered, frame, outside: top / 64 * 64..<(top + 12) / 64 * 64 + 64) == 0)
        // It leaves the screen, and comes back.
        let line = terminal.lines.remove(at: 1)
        try Self.isClean(&remnants, terminal)
        terminal.lines.append(line)
        _ = try Self.shown(remnants.covered(try terminal.frame()))
    }

    @Test("It is found where its window was moved to")
    func moved() throws {
        var (terminal, remnants) = try typed()
        for place in terminal.lines.indices {
            terminal.lines[place].x += 133
            terminal.lines[place].y += 57
        }
        terminal.cursor = nil
        let covered = try Self.shown(remnants.covered(try terminal.frame()))
        #expect(isBlack(covered, 143 + 18 * 6, 257, secret.count * 6, 13))
        #expect(!isBlack(covered, 143, 61, 60, 13))
    }

    @Test("Lines that were there before the time are not taken for it")
    func common() throws {
        var (terminal, remnants) = try typed()
        terminal.lines = [(prompt, 10, 200), (prompt, 10, 4), (prompt, 10, 330)]
        terminal.cursor = nil
        try Self.isClean(&remnants, terminal)
    }

    @Test("Without a frame from before the time all of it is the time's; a frame of another size is searched, too")
    func withoutBefore() throws {
        let (terminal, _) = try typed()
        var remnants = Remnants()
        let frame = try terminal.frame()
        remnants.note(frame, since: nil)
        let covered = try Self.shown(remnants.covered(frame))
        #expect(isBlack(covered, 10, 200, (18 + secret.count) * 6, 13))
        #expect(isBlack(covered, 10, 4, 20 * 6, 13))
        let larger = try ScreenFrame(width: 800, height: 600) { pixels in
            frame.withPixels { old in
                for y in 0..<Terminal.height {
                    for at in 0..<Terminal.width * 3 {
                        pixels[((y + 100) * 800 + 20) * 3 + at] = old[y * Terminal.width * 3 + at]
                    }
                }
            }
        }
        let found = try Self.shown(remnants.covered(larger))
        #expect(isBlack(found, 30 + 18 * 6, 300, secret.count * 6, 13))
    }

    @Test("A time in which nothing was drawn leaves nothing, and parts of a frame can stand for one")
    func areas() throws {
        let (_, before) = try started()
        var remnants = Remnants()
        remnants.note(before, since: before)
        let covered = remnants.covered(before)
        #expect(remnants.isEmpty && covered == nil)
        let (terminal, shown) = try typed()
        let frame = try terminal.frame()
        var told = Remnants()
        told.add(shown.areas, of: frame)
        let blackened = try Self.shown(told.covered(frame))
        #expect(isBlack(blackened, 10 + 18 * 6, 200, secret.count * 6, 13))
        told = Remnants()
        told.add(
            [.init(x: 600, y: 390, width: 5000, height: 5000), .init(x: 9000, y: 0, width: 1, height: 1)], of: frame)
        #expect(told.isEmpty)
    }
}
