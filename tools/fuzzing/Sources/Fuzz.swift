import CFuzz
import Glibc
import Sealing
import Synchronization

/// One program for all parsers and for `apply`: `Fuzz NAME`, followed by libFuzzer's options.
///
/// `Fuzz list` prints every name with the inputs of a brief run, `Fuzz make-corpus DIRECTORY` writes the seeds.
@main
enum Fuzz {
    static func main() throws {
        var arguments = CommandLine.arguments
        guard arguments.count > 1 else { fail("usage: Fuzz list | make-corpus DIRECTORY | NAME [OPTION…] [FOLDER…]") }
        let name = arguments.remove(at: 1)
        switch name {
        case "list": for target in FuzzTarget.all { print(target.name, target.runs) }
        case "make-corpus": try Corpus.write(to: arguments.last ?? ".")
        default:
            guard let target = FuzzTarget.all.first(where: { $0.name == name }) else { fail("no such target: \(name)") }
            chosen.withLock { $0 = target.check }
            run(arguments)
        }
    }

    static func fail(_ message: String) -> Never { fatalError(message) }

    private static func run(_ arguments: [String]) {
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var count = CInt(arguments.count)
        pointers.withUnsafeMutableBufferPointer { buffer in
            var start = buffer.baseAddress
            exit(LLVMFuzzerRunDriver(&count, &start, fuzzOneInput))
        }
    }
}

/// What is fuzzed in this process.
private let chosen = Mutex<(@Sendable (Bytes) -> Void)?>(nil)

/// libFuzzer's own `main` asks for this name, though ours takes its place.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let check = chosen.withLock { $0 }
    check?(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}
