import ArgumentParser
import Foundation
import Lake
import S3
import Sealing

/// Another place for the lake than the charter names: another mount point, or another way to the same bucket.
struct LakeOption: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("Where the lake is for this machine, in place of the charter's address.", valueName: "url"),
        transform: { text in
            do {
                guard case .folder(let path) = try LakeAddress(parsing: text), !text.hasPrefix("file:") else {
                    return text
                }
                // Another process may open it.
                return URL(filePath: path).path
            } catch let error as CofferError {
                throw ValidationError([error.message, error.hint ?? ""].joined(separator: " "))
            }
        })
    var lake: String?

    /// As a member of a request to the keyholder.
    var members: [CanonicalJSON.Member] { lake.map { [.init("lake", .string($0))] } ?? [] }
}

extension LakeOpener {
    /// Opens the lake of this option, else that of `COFFER_LAKE`, else the charter's.
    convenience init(_ named: String?, access: LakeAccess) {
        let environment = ProcessInfo.processInfo.environment
        let here = environment[LakeOption.variable].flatMap { $0.isEmpty ? nil : $0 }
        self.init(named: named ?? here, access: access, environment: environment, now: Now.milliseconds)
    }
}

extension LakeOption {
    static let variable = "COFFER_LAKE"
}
