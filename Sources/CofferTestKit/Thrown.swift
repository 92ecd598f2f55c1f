/// The error of this type that the body throws; nil if it throws none, or one of another type.
package func thrown<Failure: Error>(_: Failure.Type, by body: () async throws -> Void) async -> Failure? {
    do {
        try await body()
        return nil
    } catch {
        return error as? Failure
    }
}
