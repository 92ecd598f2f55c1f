import HTTPTypes
package import Hummingbird

/// The patterns of a router's routes, e.g. `/deposit/{consent}`, with their methods; they hold no text from a client.
package struct RoutePatterns: Sendable {
    private struct Route: Sendable {
        let parts: [Substring]
        let method: HTTPRequest.Method
    }

    let patterns: Set<String>
    private let routes: [Route]

    package init(_ router: Router<some RequestContext>) {
        patterns = Set(router.routes.map(\.path.description))
        routes = router.routes.map { Route(parts: $0.path.description.split(separator: "/"), method: $0.method) }
    }

    /// The methods that a path can be asked by, sorted; empty for a path that no route matches.
    func methods(at path: String) -> [HTTPRequest.Method] {
        let parts = path.split(separator: "/")
        var methods = Set(routes.filter { Self.matches($0.parts, parts) }.map(\.method))
        if methods.contains(.get) { methods.insert(.head) }
        return methods.sorted { $0.rawValue < $1.rawValue }
    }

    private static func matches(_ pattern: [Substring], _ path: [Substring]) -> Bool {
        let takesMore = pattern.last == "**"
        let fixed = takesMore ? pattern.dropLast() : pattern[...]
        return (takesMore ? path.count > fixed.count : path.count == fixed.count)
            && zip(fixed, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
