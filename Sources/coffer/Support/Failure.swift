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
        guard let coffer else { exitAsParsed(json: json) }
        tell(coffer, json: json)
        Foundation.exit(coffer.code.rawValue)
    }

    private func tell(_ coffer: CofferError, json: Bool) {
        Output.talk(json ? JSONValue(ErrorReply(coffer).json).text : Self.sentence(coffer))
    }

    /// Prints what the argument parser has to say: help and version are data, a wrong usage is a message. A bare exit
    /// code has no text: its reasons are on stdout, so it is told when stdout has lost them.
    private func exitAsParsed(json: Bool) -> Never {
        let code = Coffer.exitCode(for: error)
        let text = Coffer.fullMessage(for: error)
        if !text.isEmpty { code.isSuccess ? Output.data(text) : Output.talk(text) }
        do { try Output.finish() } catch {
            let lost = error as? CofferError
            if let lost { tell(lost, json: json) }
            if code.isSuccess { Foundation.exit((lost?.code ?? .no).rawValue) }
        }
        Foundation.exit(code.rawValue)
    }

    private static func sentence(_ error: CofferError) -> String {
        var text = "coffer: \(ForeignText.line(error.fullMessage))"
        var place: [String] = []
        if let rule = error.rule { place.append("rule \(ForeignText.line(rule))") }
        if let entry = error.entry { place.append("entry \(entry)") }
        if !place.isEmpty { text += " (\(place.joined(separator: ", ")))" }
        if let hint = error.hint { text += "\n        \(ForeignText.line(hint))" }
        return text
    }
}
