import Foundation
import Testing

/// The sizes that the format pages state are the program's. A page is the source for other implementations.
@Suite("Sizes on pages")
struct PageSizeTests {
    @Test("Pages state the sizes of the program")
    func pagesStateTheProgramsSizes() throws {
        let sizes = try StatedSize.all()
        let pages = try Dictionary(uniqueKeysWithValues: Set(sizes.map(\.page)).map { ($0, try Self.page($0)) })
        for stated in sizes {
            #expect(
                pages[stated.page]?.contains(stated.sentence) == true,
                "\(stated.page) does not say: \(stated.sentence)")
        }
    }

    @Test("Numbers are written as pages write them")
    func numbersAreWrittenAsPagesWriteThem() {
        #expect(StatedSize("", "# bytes", 95).sentence == "95 bytes")
        #expect(StatedSize("", "# bytes", 1_168).sentence == "1,168 bytes")
        #expect(StatedSize("", "# bytes", 8_388_608).sentence == "8,388,608 bytes")
    }

    /// The page with its lines joined, so that a sentence is found across a line's end.
    private static func page(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "Sources/coffer/Coffer.docc/\(name).md")
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
