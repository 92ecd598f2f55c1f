import ArgumentParser
import Foundation
import Messages
import Sealing

/// The error message and exit code of a failed command.
struct CommandFailure {
    let error: any Error

    init(_ error: any Error) { self.error = error }

    /// The error in the form of CommandLine, "Conventions"; nil for ArgumentParser's own output (help, version, usage).
    private var coffer: CofferError? {
        switch error {
        case let error as CofferError: error
        case is CleanExit, is ExitCode, is ValidationError: nil
        default:
            Coffer.exitCode(for: error) == .failure ? Self.unexpected(error) : nil
        }
    }

    /// System errors become `.configuration`; other errors become `.bug`, with only their type in the message.
    private static func unexpected(_ error: any Error) -> CofferError {
        if let system = error as? POSIXError {
            return CofferError(.configuration, "The system reported an error: \(system.localizedDescription).")
        }
        let cocoa = error as NSError
        if cocoa.domain == NSCocoaErrorDomain, (4...1023).contains(cocoa.code) {
            let missing = cocoa.code == 4 || cocoa.code == 260
            return CofferError(
                missing ? .notFound : .configuration,
                missing ? "A file that the command needs is missing." : "A file could not be read or written.",
                hint: "Check the path, its permissions and the free space.")
        }
        return CofferError(.bug, "An unexpected error of type \(type(of: error)).", hint: "Please report it.")
    }

    func exit(json: Bool) -> Never {
        guard let coffer else { Coffer.exit(withError: error) }
        let line = json ? JSONValue(ErrorReply(coffer).json).text : Self.sentence(coffer)
        FileHandle.standardError.write(Data((line + "\n").utf8))
        Foundation.exit(coffer.code.rawValue)
    }

    private static func sentence(_ error: CofferError) -> String {
        var text = "coffer: \(error.message)"
        var place: [String] = []
        if let rule = error.rule { place.append("rule \(rule)") }
        if let entry = error.entry { place.append("entry \(entry)") }
        if !place.isEmpty { text += " (\(place.joined(separator: ", ")))" }
        if let hint = error.hint { text += "\n        \(hint)" }
        return text
    }
}
