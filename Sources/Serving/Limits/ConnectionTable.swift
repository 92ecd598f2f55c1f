/// The open connections of a server: who is let in, and who gives way when there is no room. A value; time is passed in.
///
/// A connection gives way when its client has let the server wait: first one without a request, then one whose request
/// is not complete, then one whose client takes its answer slowly; among these the one that has waited longest. While
/// the server works on its request, a connection never gives way.
struct ConnectionTable: Sendable {
    typealias Instant = ContinuousClock.Instant
    typealias ID = UInt64

    /// What happens on a connection, in the order in which they give way.
    enum Phase: Int, Sendable {
        /// There is no request.
        case silent
        /// A part of a request has come.
        case asking
        /// The client takes its answer.
        case taking
        /// The server works on a request.
        case served
    }

    private struct Connection {
        let peer: PeerAddress?
        var phase = Phase.silent
        var since: Instant
    }

    private let limits: ServerLimits
    private var open: [ID: Connection] = [:]
    private var ofPeer: [PeerAddress: Int] = [:]
    private var lastID: ID = 0
    /// The requests under way that can bring no stop.
    private var ordinary = 0

    init(_ limits: ServerLimits) { self.limits = limits }

    var count: Int { open.count }
    var isFull: Bool { open.count > limits.connections }

    /// Lets a connection in, and says which one of the same address must end for it. Nil when it must end itself: its
    /// address has as many as it may, and the server works for all of them.
    mutating func enter(from peer: PeerAddress?, at now: Instant) -> (id: ID, instead: ID?)? {
        var instead: ID?
        if let peer, ofPeer[peer, default: 0] >= limits.connectionsOfAddress {
            guard let oldest = longestAwaited(where: { $0.peer == peer }) else { return nil }
            leave(oldest)
            instead = oldest
        }
        lastID += 1
        open[lastID] = Connection(peer: peer, since: now)
        if let peer { ofPeer[peer, default: 0] += 1 }
        return (lastID, instead)
    }

    mutating func leave(_ id: ID) {
        guard let connection = open.removeValue(forKey: id), let peer = connection.peer else { return }
        let left = ofPeer[peer, default: 1] - 1
        ofPeer[peer] = left > 0 ? left : nil
    }

    mutating func turn(_ id: ID, to phase: Phase, at now: Instant) {
        open[id]?.phase = phase
        open[id]?.since = now
    }

    /// The connection that gives way now; nil while there is room, or while no client is overdue. It has left.
    mutating func giveWay(at now: Instant) -> ID? {
        guard isFull, let oldest = longestAwaited(where: { $0.since + limits.patience <= now }) else { return nil }
        leave(oldest)
        return oldest
    }

    private func longestAwaited(where isAsked: (Connection) -> Bool) -> ID? {
        open.filter { $0.value.phase != .served && isAsked($0.value) }
            .min {
                ($0.value.phase.rawValue, $0.value.since, $0.key) < ($1.value.phase.rawValue, $1.value.since, $1.key)
            }?
            .key
    }

    /// Whether a request may begin. Only requests that can bring a stop may use the reserve.
    mutating func begin(mayStop: Bool) -> Bool {
        if mayStop { return true }
        guard ordinary < limits.connections else { return false }
        ordinary += 1
        return true
    }

    mutating func finish(mayStop: Bool) { if !mayStop { ordinary -= 1 } }
}
