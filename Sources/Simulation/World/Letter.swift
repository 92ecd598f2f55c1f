import Ledger
import LedgerServer
import Messages
import Rules
import Sealing

/// A signed statement on its way, with a name for the trace.
struct Filing: Sendable {
    let label: String
    let hash: Hash256
    let statement: Statement
    let bytes: Bytes
}

/// A job's ask to a broker.
struct Question: Sendable {
    let broker: String
    let release: Filing
    let ask: Ask
    /// The signer: the grant's job, or another key.
    let signer: String
    /// Whether kind, app and day are those of the pages.
    let isTrue: Bool
    var body: Bytes
    /// The session in which it is asked; nil if it is asked alone.
    var session: Hash256?
}

/// A job's opening of a session with a broker.
struct Opening: Sendable {
    /// The hash of its text.
    let session: Hash256
    /// To whom it goes: a corrupt broker may send it on.
    var broker: String
    let release: Filing
    let signer: String
    var body: Bytes

    var what: String { "a session about \(release.label)\(signer == Cast.job ? "" : ", by a \(signer)")" }
}

/// A message between a client and a server, which the scheduler delivers, delays, loses, repeats or overtakes.
struct Letter: Sendable {
    enum Content: Sendable {
        case append(Filing)
        case appended(Filing, Result<AppendAnswer, AppendFailure>)
        case stop(Filing)
        case stopped(Filing, Bytes)
        case ask(Question)
        case answered(Question, Bytes)
        case open(Opening)
        case opened(Opening, Bytes)
        case depositKey(consent: Hash256, person: String, Bytes)
        case depositKeyIssued(consent: Hash256, person: String, Bytes)
        case deposit(consent: Hash256, person: String, Bytes)
        case deposited(consent: Hash256, person: String, Bytes)
    }

    let number: Int
    let from: String
    let to: String
    let content: Content

    var bytes: Bytes {
        switch content {
        case .append(let filing), .stop(let filing): filing.bytes
        case .ask(let question): question.body
        case .open(let opening): opening.body
        case .answered(_, let bytes), .opened(_, let bytes), .stopped(_, let bytes), .depositKey(_, _, let bytes),
            .depositKeyIssued(_, _, let bytes), .deposit(_, _, let bytes), .deposited(_, _, let bytes):
            bytes
        case .appended: []
        }
    }

    var what: String {
        switch content {
        case .append(let filing): "append \(filing.label)"
        case .appended(let filing, _): "the answer to \(filing.label)"
        case .stop(let filing): "stop \(filing.label)"
        case .stopped(let filing, _): "the receipt for \(filing.label)"
        case .ask(let question): "ask \(question.what)"
        case .answered(let question, _): "the answer to \(question.what)"
        case .open(let opening): "open \(opening.what)"
        case .opened(let opening, _): "the answer to the opening of \(opening.what)"
        case .depositKey(_, let person, _): "\(person)'s request for a deposit key"
        case .depositKeyIssued(_, let person, _): "\(person)'s deposit key"
        case .deposit(_, let person, _): "\(person)'s deposit"
        case .deposited(_, let person, _): "the receipt for \(person)'s deposit"
        }
    }
}

/// Why a statement was not logged.
struct AppendFailure: Error, Sendable {
    let what: String
}

extension Question {
    var what: String {
        let positions = ask.positions.map { position in
            "\(position.at):\(position.claim.kind)/\(position.claim.app)/\(position.claim.day)"
        }.joined(separator: " ")
        let place = session == nil ? "" : ", in a session"
        return
            "\(release.label) [\(positions)]\(place)\(isTrue ? "" : ", a lie")\(signer == Cast.job ? "" : ", by a \(signer)")"
    }
}
