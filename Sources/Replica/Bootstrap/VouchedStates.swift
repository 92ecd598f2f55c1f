import Ledger
import Messages
import Rules
import Sealing

/// A broker's signed note about the state, with its broker.
struct VouchedState: Sendable {
    let note: SignedNote
    let state: StateNote
    let broker: CharterTerms.Broker
}

/// The states that brokers signed: from every group of a charter as many as its threshold, with the newest states.
///
/// Brokers sign at different sizes. A follower starts from the oldest of these states and computes the others itself.
struct VouchedStates: Sendable {
    /// In order of size; never empty.
    let all: [VouchedState]
    let oldest: VouchedState
    private let transport: any HTTPTransport

    /// Asks all brokers of the charter for their notes.
    ///
    /// Ignores brokers that are unreachable, have signed no state, return a note not signed by their key in this
    /// charter, or name more entries than the checkpoint covers. Throws `noState` when too few remain in some group.
    init(asking charter: CharterFile, upTo size: SaturatingUInt64, over transport: any HTTPTransport)
        async throws(CofferError)
    {
        let words = await Self.words(of: charter, over: transport)
        var chosen: [VouchedState] = []
        for group in charter.terms.groups {
            let keys = Set(group.brokers.map(\.noteKey))
            let usable = words.filter {
                keys.contains($0.broker.noteKey) && $0.state.size >= 1 && $0.state.size <= size
            }
            .sorted { ($0.state.size, $1.broker.name) > ($1.state.size, $0.broker.name) }
            guard usable.count >= group.threshold, group.threshold > 0 else {
                throw .noState(
                    "\(usable.count) brokers of \(group.name) vouch for a state, and \(group.threshold) are needed.")
            }
            chosen += usable.prefix(group.threshold)
        }
        chosen.sort { ($0.state.size, $0.broker.name) < ($1.state.size, $1.broker.name) }
        guard let oldest = chosen.first else { throw .noState("The charter names no brokers.") }
        self.all = chosen
        self.oldest = oldest
        self.transport = transport
    }

    private static func words(of charter: CharterFile, over transport: any HTTPTransport) async -> [VouchedState] {
        await withTaskGroup(of: VouchedState?.self) { group in
            for broker in charter.terms.brokers {
                group.addTask {
                    guard
                        let reply = try? await transport.get(Self.url(broker), atMost: HTTPLimits.note),
                        reply.status == 200, let note = try? SignedNote(parsing: reply.body),
                        let state = try? StateNote(note, origin: charter.origin, broker: broker.noteKey)
                    else { return nil }
                    return VouchedState(note: note, state: state, broker: broker)
                }
            }
            return await group.reduce(into: []) { words, word in word.map { words.append($0) } }
        }
    }

    private static func url(_ broker: CharterTerms.Broker) -> String {
        ServerURL.base(broker.url) + "/state"
    }

    /// The snapshot that a note names, from any broker that signed the same state. Throws `noState` when none serves
    /// it.
    func snapshot(of word: VouchedState) async throws(CofferError) -> Bytes {
        for other in all where other.state.size == word.state.size && other.state.snapshot == word.state.snapshot {
            let url = "\(Self.url(other.broker))/\(other.state.size)"
            if let reply = try? await transport.get(url, atMost: HTTPLimits.snapshot), reply.status == 200,
                Hash256(of: reply.body) == word.state.snapshot
            {
                return reply.body
            }
        }
        throw .noState("\(word.broker.name) does not serve the state that it vouches for.")
    }
}
