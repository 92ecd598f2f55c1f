import ArgumentParser
import Sealing

/// A comma-separated list on the command line.
struct CommaList: ExpressibleByArgument {
    let items: [String]

    init?(argument: String) {
        items = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if items.contains("") { return nil }
    }
}

extension CommaList {
    /// The named kinds, ascending, without duplicates.
    func kinds() throws -> [Kind] {
        try Set(items).sorted().map { name in
            guard let kind = Kind(rawValue: name) else {
                let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw CofferError(.usage, "There is no kind \(name).", hint: "The kinds are \(known).")
            }
            return kind
        }
    }

    /// The named apps, ascending, without duplicates.
    func apps() throws -> [AppName] {
        try Set(items).sorted().map { try AppName(argument: $0) }
    }
}

extension AppName {
    init(argument: String) throws {
        guard let name = try? AppName(argument) else {
            throw CofferError(
                .usage, "\(argument) is not an app's name.",
                hint: """
                    Names match [a-z0-9._-]{1,64}: a window's class in lower case (`xprop WM_CLASS` shows it). \
                    For windows of the class \(argument), write \(AppName(distinguishing: argument)).
                    """)
        }
        self = name
    }
}
