import Replica
import Sealing

extension Follower {
    /// Why it does not follow; nil when it does.
    func failure() async -> CofferError? {
        do {
            _ = try await follow()
            return nil
        } catch {
            return error
        }
    }
}
