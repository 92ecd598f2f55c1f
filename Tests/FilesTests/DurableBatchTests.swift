import Sealing
import Testing

@testable import Files

@Suite("Files that are written together")
struct DurableBatchTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private var names: [String] { get throws { try DurableFile.names(in: directory.path) } }

    @Test("Files have their names when the batch has finished, and none before")
    func finished() throws {
        var batch = DurableBatch(in: directory.path)
        for number in 0..<20 { try batch.add([UInt8(number)], as: "file-\(number)") }
        #expect(try names.count == 20 && names.allSatisfy { $0.hasSuffix(".tmp") })
        try batch.finish()
        #expect(try names == (0..<20).map { "file-\($0)" }.sorted())
        // The same batch goes on, and replaces what has the name.
        try batch.add([7, 7], as: "file-3")
        try batch.finish()
        #expect(try DurableFile.read("\(directory.path)/file-3", atMost: 10) == [7, 7])
        #expect(try DurableFile.read("\(directory.path)/file-4", atMost: 10) == [4])
        #expect(try names.count == 20)
    }

    @Test("A batch that does not finish leaves nothing")
    func abandoned() throws {
        func fail() throws {
            var batch = DurableBatch(in: directory.path)
            try batch.add([1], as: "one")
            // No file can have this name.
            try batch.add([1], as: "a/b")
            try batch.finish()
        }
        #expect(throws: CofferError.self) { try fail() }
        #expect(try names.isEmpty)
    }
}
